"""Rounds of a thousand sources on loopback: wall, CPU, resident memory.

usage: rounds.py [PROFILE]    (after `cargo build --profile PROFILE --bins --examples`)

The origin is a process of its own, `examples/origin.rs`; what it costs is not
counted, but it shares the machine.
"""

import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BUILT = TARGET / (sys.argv[1] if len(sys.argv) > 1 else "release")
SOURCES = 1000


class Origin:
    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [BUILT / "examples" / "origin", "--sources", str(SOURCES), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def configure(folder, port):
    tables = ['[feed]\nurl = "https://sco.example/"\n']
    for n in range(SOURCES):
        tables.append(
            f'[[source]]\nname = "s{n}"\nfeed = "http://127.0.0.1:{port}/{n}"\n'
            'every = "1h"\nallow_private = true\n'
        )
    (folder / "feeds.toml").write_text("".join(tables))


def once(folder, what):
    """One `run --once`, measured."""
    database = folder / "data" / "scofeed.db"
    if database.exists():
        connection = sqlite3.connect(database)
        with connection:
            connection.execute("UPDATE source SET due = 0")
            connection.execute("DELETE FROM asked")
            connection.execute("DELETE FROM poll")
        connection.close()
    arguments = ["run", "--once", "--config", folder / "feeds.toml", "--data", folder / "data"]
    began = time.time()
    process = subprocess.Popen(
        [BUILT / "scofeed", *arguments], stderr=subprocess.PIPE, text=True
    )
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.time() - began
    assert os.waitstatus_to_exitcode(status) == 0, said
    connection = sqlite3.connect(database)
    count = "SELECT count(*), max(at), sum(failure IS NOT NULL) FROM poll WHERE "
    # A source that does not end its answer fails after ten seconds of silence.
    polls, last, failed = connection.execute(count + "took_ms < 9000").fetchone()
    (slow,) = connection.execute("SELECT count(*) FROM poll WHERE took_ms >= 9000").fetchone()
    stories = connection.execute("SELECT count(*) FROM story WHERE shows IS NOT NULL").fetchone()
    connection.close()
    print(
        f"{what:<42} {wall:6.2f} s wall, {usage.ru_utime + usage.ru_stime:5.2f} s CPU, "
        f"{usage.ru_maxrss / 1024:5.1f} MiB; {polls} answers settled after "
        f"{last / 1000 - began:.2f} s, {failed} of them errors; {slow} that never end; "
        f"{stories[0]} stories",
        flush=True,
    )


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with Origin() as origin:
            configure(folder, origin.port)
            once(folder, "all new, 30 items and 42 KB each")
            once(folder, "all unchanged (304)")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with Origin(
            "--latency", "100", "--wrong-one-in", "20", "--endless-one-in", "100"
        ) as origin:
            configure(folder, origin.port)
            once(folder, "all new, 100-200 ms, 5 % errors, 1 % endless")


main()
