"""Runs the examples of README.md as they are written, and every `--help`.

usage: readme.py PROGRAM

A block of `console` is a session: `$ ` begins a command, what follows is what
it prints. `…` at the end of a line stands for the rest of the line, alone for
any number of lines. Digits are compared as digits only, since times differ.
Sessions run one after the other in a directory that holds what a checkout
holds, beside a demo that has run once and a service that has no network.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from service import ROUND, Service, demo, expect, fail, note

ROOT = pathlib.Path(__file__).resolve().parents[2]


def sessions(text):
    """The console blocks: lists of (command, expected lines)."""
    for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S):
        session = []
        for line in block.splitlines():
            if line.startswith("$ "):
                session.append((line[2:], []))
            elif session[-1][0].endswith("\\") or unfinished(session[-1][0]):
                session[-1] = (f"{session[-1][0]}\n{line}", [])
            else:
                session[-1][1].append(line)
        yield session


def unfinished(command):
    """Whether a here-document is still open."""
    opened = re.search(r"<<'?(\w+)'?", command)
    return opened and not command.endswith("\n" + opened[1])


def plain(text):
    """The text without what differs from run to run: ids, waits, numbers."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r"\b\d+(h|m|s|ms)( \d+(m|s))?\b", "WAIT", text)
    return re.sub(r"\d+", "N", text)


def pattern(lines):
    """What the output must be like."""
    parts = []
    for line in map(plain, lines):
        if line.strip() == "…":
            parts.append("(?:.*\n)*?")
        else:
            parts.append(".*".join(map(re.escape, line.split("…"))) + "\n")
    return "".join(parts)


def run(session, directory, environment):
    for command, lines in session:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=directory,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
        )
        if not re.fullmatch(pattern(lines), plain(done.stdout)):
            fail(f"README says of `{command}`:", *lines, "It says:", done.stdout)


def helps(program, *below):
    """Reads the help of a command and of all below it; their number."""
    done = subprocess.run([program, *below, "--help"], text=True, capture_output=True)
    expect(done.returncode == 0 and not done.stderr, f"{below} --help: {done.stderr}")
    commands = re.search(r"^Commands:\n(.*?)\n\n", done.stdout + "\n\n", re.M | re.S)
    names = re.findall(r"^  (\w[\w-]*)", commands[1], re.M) if commands else []
    return 1 + sum(helps(program, *below, name) for name in names if name != "help")


def main(program):
    program = pathlib.Path(program).resolve()
    blocks = list(sessions((ROOT / "README.md").read_text()))
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        shutil.copytree(ROOT / "demo", directory / "demo")
        shutil.copy(ROOT / "feeds.toml", directory)
        with demo(program, directory / "data") as service:
            service.line(ROUND)
            service.end()
        # A proxy or a network that is there would change what is said.
        alone = ["unshare", "-rnm", str(program), "run", "--once"]
        subprocess.run(alone, cwd=directory, capture_output=True, check=False, timeout=120)
        environment = dict(os.environ, PATH=f"{program.parent}:{os.environ['PATH']}")
        for session in blocks:
            run(session, directory, environment)
    count = sum(len(session) for session in blocks)
    note(f"{count} commands of README, {helps(str(program))} pages of help")


if __name__ == "__main__":
    main(*sys.argv[1:])
