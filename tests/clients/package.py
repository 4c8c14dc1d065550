"""The Debian package through its life: install, configure, upgrade, remove,
purge. As root, on a machine where scofeed is not installed.

usage: package.py /usr/bin/scofeed DEB NEWER_DEB
"""

import json
import pathlib
import pwd
import re
import signal
import subprocess
import sys

from service import ATOM, ROUND, Service, entries, expect, fail, get, note

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIG = pathlib.Path("/etc/scofeed/feeds.toml")
STATE = pathlib.Path("/var/lib/scofeed")
ACCOUNT = ["setpriv", "--reuid=scofeed", "--regid=scofeed", "--clear-groups", "--"]


def call(*command, **options):
    """What a command that must succeed prints."""
    done = subprocess.run(command, text=True, capture_output=True, **options)
    if done.returncode != 0:
        fail(f"{' '.join(command)} ends with {done.returncode}", done.stdout, done.stderr)
    return done.stdout


def files():
    """The paths that the package owns, without directories."""
    paths = map(pathlib.Path, call("dpkg", "--listfiles", "scofeed").splitlines())
    return [path for path in paths if not path.is_dir()]


def keys(schema):
    """All keys that feeds.toml can have."""
    for name, value in schema.items() if isinstance(schema, dict) else ():
        if name == "properties":
            yield from value
        yield from keys(value)


def follow(page, known):
    """Does what a page of the manual shows; how many commands that are.

    No service manager runs here: what is said to it is done as it would be,
    without a network. There is no journal either.
    """
    blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", page.read_text(), re.M | re.S)
    commands = "".join(blocks).splitlines()
    directories = [f"CONFIGURATION_DIRECTORY={CONFIG.parent}", f"STATE_DIRECTORY={STATE}"]
    service = None
    for command in commands:
        match command.replace("ADDRESS", known).split():
            case ["systemctl", "enable", "--now", "scofeed"]:
                service = Service("unshare", "-n", *ACCOUNT, "env", *directories, "scofeed", "run")
                service.line(ROUND)
            case ["systemctl", "reload", "scofeed"]:
                service.process.send_signal(signal.SIGHUP)
                service.line("configuration loaded")
            case ["sudo", "-u", "scofeed", *asked]:
                call(*ACCOUNT, *asked, cwd="/")
            case ["journalctl", "-u", "scofeed", field]:
                expect(re.fullmatch("[A-Z]+=[a-z]+", field), f"{command} asks for no field")
            case ["scofeed", *asked]:
                call("scofeed", *asked, cwd="/")
            case _:
                fail(f"{page.name} shows a command that nothing runs here: {command}")
    code, _ = service.end()
    expect(code == 0, "the service ends badly")
    return len(commands)


def main(program, deb, newer):
    if CONFIG.parent.exists() or STATE.exists():
        fail("scofeed is installed on this machine, and the end of this would delete its ledger")

    call("dpkg", "--install", deb)
    installed = files()
    for path in installed:
        expect(path.is_file(), f"{path} is not there")
    expect(pwd.getpwnam("scofeed").pw_shell == "/usr/sbin/nologin", "the account can log in")
    expect(STATE.owner() == "scofeed", f"{STATE} is not the service's own")
    # A place without a feeds.toml of its own: the installed one is read.
    said = call(program, "check", cwd="/")
    expect("the configuration is good" in said, "the installed feeds.toml is not good", said)
    version = call(program, "--version").split()[1]

    for page in sorted(path for path in installed if "/man/" in str(path)):
        rendered = call("man", "--warnings", "--local-file", str(page))
        expect(len(rendered.splitlines()) > 10, f"{page} says nothing")

    schema = json.loads(call(program, "schema"))
    manual = call("man", "5", "feeds.toml")
    missing = [key for key in keys(schema) if key not in manual]
    expect(not missing, f"feeds.toml(5) does not tell of {missing}")

    demo = [*ACCOUNT, program, "demo", "--listen", "127.0.0.1:0", "--data", str(STATE)]
    with Service(*demo) as service:
        address = service.address()
        service.line(ROUND)
        shown = entries(get(f"{address}/atom.xml"))
        expect(len(shown) > 20, "the installed program does not show the demo")
        code, _ = service.end()
        expect(code == 0, "it ends badly")

    # What the demo stored is there for the commands that ask.
    for file in (STATE / "demo").iterdir():
        file.rename(STATE / file.name)
    (STATE / "demo").rmdir()
    known = next(iter(shown.values())).find(ATOM + "link[@rel='alternate']").get("href")
    done = follow(ROOT / "package/scofeed.8", known)

    changed = CONFIG.read_text() + "\n# a line of the admin's\n"
    CONFIG.write_text(changed)
    ledger = STATE / "scofeed.db"
    expect(ledger.exists(), "the service has no ledger")
    call("dpkg", "--install", "--force-confold", newer)
    expect(CONFIG.read_text() == changed, "an upgrade has changed an edited feeds.toml")
    expect(ledger.exists(), "an upgrade has lost the ledger")

    call("dpkg", "--remove", "scofeed")
    expect(not pathlib.Path(program).exists(), "the program was not removed")
    expect(CONFIG.read_text() == changed and ledger.exists(), "removing took files of the admin")
    call("dpkg", "--purge", "scofeed")
    expect(not CONFIG.parent.exists() and not STATE.exists(), "purging leaves something behind")
    left = [path for path in installed if path.exists()]
    expect(not left, f"left behind: {left}")
    note(
        f"{version}: {len(installed)} files, {len(shown)} stories from the installed demo, "
        f"{done} commands of scofeed(8)"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
