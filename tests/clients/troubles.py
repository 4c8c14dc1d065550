"""The service in trouble: a disk that is full, read-only or broken, a database
that somebody locks, a call that hangs, a process that stands still, SIGTERM at
any moment, fifty starts at once, an odd environment.

usage: troubles.py PROGRAM FAULT_LIBRARY
"""

import os
import pathlib
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

from publishers import Publishers
from service import ROUND, Service, expect, get, note

EVERY = 3


class Place:
    """A data directory, a configuration, three publishers."""

    def __init__(self, program, library, folder):
        self.program = str(pathlib.Path(program).resolve())
        self.folder = pathlib.Path(folder)
        self.library = library
        self.publishers = Publishers(["one", "two", "three"])
        for publisher in self.publishers.all.values():
            publisher.publish(True, time.time() - 3600)
        self.data = self.folder / "data"
        self.site = self.folder / "site"
        self.trouble = self.folder / "trouble"
        config = self.publishers.config(f"{EVERY}s", self.site)
        (self.folder / "feeds.toml").write_text(config)
        self.arguments = ["run", "--config", self.folder / "feeds.toml", "--data", self.data]

    def start(self, fault=None, **env):
        env = os.environ | env
        if fault:
            env |= {
                "LD_PRELOAD": self.library,
                "FAULT_UNDER": str(self.folder),
                "FAULT_DO": fault,
                "FAULT_WHILE": str(self.trouble),
            }
        return Service(self.program, *self.arguments, env=env)

    def news(self):
        """One more item of each; how many there are then."""
        for publisher in self.publishers.all.values():
            publisher.publish(True, time.time() - 60)
        return sum(len(publisher.items) for publisher in self.publishers.all.values())


def told(address):
    return get(address + "/atom.xml").count(b"<entry")


def becomes(address, stories, seconds):
    """Waits until so many stories are served; how long that took."""
    began = time.monotonic()
    while told(address) != stories:
        waited = time.monotonic() - began
        expect(waited < seconds, f"{told(address)} stories after {waited:.0f} s, not {stories}")
        time.sleep(0.1)
    return time.monotonic() - began


def spent(process):
    """Seconds of CPU."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def disk(place, fault):
    """The last edition is served, nothing spins, and it heals by itself."""
    with place.start(fault) as service:
        address = service.address()
        service.line(ROUND)
        stories = told(address)
        files = {path: path.read_bytes() for path in place.site.rglob("*") if path.is_file()}
        place.trouble.touch()
        expected = place.news()
        service.line("error", seconds=60)
        said, cpu = len(service.said), spent(service.process)
        time.sleep(5)
        expect(told(address) == stories, f"{fault}: another edition is served")
        for path, content in files.items():
            expect(path.read_bytes() == content, f"{fault}: {path} changed")
        cpu = spent(service.process) - cpu
        expect(cpu < 1, f"{fault}: {cpu} s of CPU in 5 s")
        place.trouble.unlink()
        healed = becomes(address, expected, 90)
        service.end()
        spoken = len(service.rest()) - said
        expect(spoken < 60, f"{fault}: {spoken} lines")
        note(f"{fault}: the last edition stood; {cpu:.2f} s of CPU in 5 s; well {healed:.1f} s after")


def locked(place):
    """A shell that holds the database for a while loses nothing."""
    with place.start() as service:
        address = service.address()
        service.line(ROUND)
        other = sqlite3.connect(place.data / "scofeed.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        expected = place.news()
        service.line("error", seconds=60)
        get(address + "/atom.xml")
        other.execute("ROLLBACK")
        healed = becomes(address, expected, 120)
        note(f"a locked database: well {healed:.1f} s after")


def hangs(place):
    """Who hangs does not say that he is alive, and is killed for it."""
    with tempfile.TemporaryDirectory() as folder:
        heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        heard.bind(folder + "/notify")
        heard.settimeout(5)
        silent = threading.Event()

        def listen():
            try:
                while True:
                    heard.recv(4096)
            except TimeoutError:
                silent.set()

        env = {"NOTIFY_SOCKET": folder + "/notify", "WATCHDOG_USEC": "1000000"}
        with place.start("HANG", **env) as service:
            threading.Thread(target=listen, daemon=True).start()
            service.line(ROUND)
            expect(not silent.is_set(), "it does not say that it is alive")
            place.trouble.touch()
            expect(silent.wait(60), "it says that it is alive although it hangs")
            service.kill()
    place.trouble.unlink()
    with place.start() as service:
        service.line(ROUND)


def stands_still(place):
    """SIGSTOP for some intervals: who comes back asks once, and no sooner."""
    with place.start() as service:
        address = service.address()
        service.line(ROUND)
        service.process.send_signal(signal.SIGSTOP)
        expected = place.news()
        time.sleep(3 * EVERY)
        for publisher in place.publishers.all.values():
            publisher.asked = []
        service.process.send_signal(signal.SIGCONT)
        woke = becomes(address, expected, 60)
        time.sleep(EVERY)
        for name, publisher in place.publishers.all.items():
            gaps = [b - a for a, b in zip(publisher.asked, publisher.asked[1:])]
            expect(all(gap >= EVERY for gap in gaps), f"{name}: {gaps} s apart after SIGCONT")
        code, _ = service.end()
        expect(code == 0, f"exit {code}", *service.rest())
        note(f"SIGSTOP for {3 * EVERY} s: well {woke:.1f} s after")


def environments(place):
    """What is stored is published in the same bytes, whatever is around."""
    config = place.folder / "slow.toml"
    config.write_text(place.publishers.config("1h", place.site))
    arguments = ["run", "--once", "--config", config, "--data", place.data]
    junk = {f"JUNK_{n}": "\x7fé " * 400 for n in range(100)}
    kept = {"PATH": os.environ["PATH"]}
    around = [
        {},
        {"env": kept},
        {"env": kept | {"LC_ALL": "tr_TR.UTF-8", "LANG": "ru_RU.KOI8-R"}},
        {"env": kept | {"TZ": "Asia/Kathmandu"}},
        {"env": kept | {"TZ": "no/such:zone"}},
        {"env": kept | junk},
        {"umask": 0o077},
        {"cwd": "/"},
        {"close": [0]},
        {"close": [1]},
    ]
    files = None
    for how in around:
        shutil.rmtree(place.site)
        close = how.pop("close", [])
        ran = subprocess.run(
            [place.program, *arguments],
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: [os.close(fd) for fd in close],
            **how,
        )
        expect(ran.returncode == 0, f"{how}: exit {ran.returncode}", ran.stderr)
        now = {path: path.read_bytes() for path in place.site.rglob("*") if path.is_file()}
        files = files or now
        other = [str(path) for path in now | files if now.get(path) != files.get(path)]
        expect(not other, f"{how}: other bytes", *other)
    note(f"{len(files)} files, the same bytes in {len(around)} environments")


def stops(place, times):
    """SIGTERM at random moments."""
    dice = random.Random(1)
    longest = 0
    for _ in range(times):
        with place.start() as service:
            time.sleep(dice.uniform(0.05, 0.4))
            code, took = service.end()
            # Before it listens for the signal, the signal ends it.
            expect(code in (0, -15), f"SIGTERM: exit {code}", *service.rest())
            longest = max(longest, took)
    expect(longest < 15, f"SIGTERM: {longest} s")
    note(f"{times} times SIGTERM: ended after {longest:.1f} s at most")


def fifty(place):
    """Of fifty that start at once exactly one lives; the others name it."""
    started = [
        subprocess.Popen([place.program, *place.arguments], stderr=subprocess.PIPE, text=True)
        for _ in range(50)
    ]
    ended, deadline = {}, time.monotonic() + 30
    while len(ended) < 49 and time.monotonic() < deadline:
        for process in started:
            if process.pid not in ended and process.poll() is not None:
                ended[process.pid] = process
        time.sleep(0.01)
    [alive] = [process for process in started if process.pid not in ended]
    for process in ended.values():
        said = process.stderr.read()
        expect(process.returncode == 75, f"exit {process.returncode}: {said}")
        named = re.search(r"another scofeed \(process (\d+)\)", said)
        expect(named and int(named[1]) == alive.pid, f"not {alive.pid}: {said}")
    began = time.monotonic()
    second = subprocess.run([place.program, *place.arguments], stderr=subprocess.DEVNULL)
    took = time.monotonic() - began
    expect(second.returncode == 75 and took < 1, f"exit {second.returncode} after {took:.2f} s")
    alive.terminate()
    alive.wait()
    note(f"50 starts at once: 1 lives, 49 name it; one more ended after {took:.2f} s")


def main(program, library):
    with tempfile.TemporaryDirectory() as folder:
        place = Place(program, str(pathlib.Path(library).resolve()), folder)
        for fault in ["ENOSPC", "EROFS", "EIO"]:
            disk(place, fault)
        locked(place)
        hangs(place)
        stands_still(place)
        stops(place, 20)
        fifty(place)
        environments(place)


main(*sys.argv[1:])
