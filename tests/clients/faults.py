"""One round, spoiled at its n-th call, for every n and every fault: whatever
happens, what readers have is whole, nobody is asked twice, and the next round
brings the state that a faultless one brings. The same after a panic in the loop
that schedules and writes, which ends the service with a failure (X-25).

usage: faults.py PROGRAM FAULT_LIBRARY [STEP]

With STEP only every STEP-th call is spoiled.
"""

import gzip
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from xml.etree import ElementTree

from publishers import Publishers
from service import ATOM, expect, fail, note

EVERY = 60
DAY = 86_400
# The looks at the clock of a start, and of the first turns of the loop.
PANICS = 20
FAULTS = ["EIO", "ENOSPC", "EROFS", "EMFILE", "EINTR", "ETIMEDOUT", "SHORT", "TORN", "KILL"]
# Bits of the trace: what a call does.
WRITES, MAKES, OPENS, SYNCS, NET, SIZED = 2, 4, 8, 16, 32, 64


def can_befall(fault, does):
    """What the library spoils: see `error_of` there."""
    return {
        "EIO": True,
        "ENOSPC": does & (WRITES | MAKES | SYNCS) and not does & NET,
        "EROFS": does & (WRITES | MAKES) and not does & NET,
        "EMFILE": does & OPENS,
        "EINTR": does & SIZED,
        "ETIMEDOUT": does & NET and not does & OPENS,
        "SHORT": does & SIZED,
        "TORN": does & SIZED and does & WRITES and not does & NET,
        "KILL": True,
    }[fault]


class Round:
    """The canonical round: one source has news, one has none, one is in trouble."""

    def __init__(self, program, library, folder):
        self.program = program
        self.library = library
        self.folder = folder
        self.publishers = Publishers(["changed", "same", "wrong"])
        self.trace = folder / "trace"
        self.base = folder / "base"
        self.place = folder / "place"
        config = self.publishers.config(f"{EVERY}s", self.place / "site", "localhost")
        (folder / "feeds.toml").write_text(config)
        now = self.publishers.now()
        for publisher in self.publishers.all.values():
            for n in range(4):
                publisher.publish(n % 2 == 0, now - 7200 + n)
        self.place.mkdir()
        expect(self.once().returncode == 0, "the first round fails")
        self.publishers.all["changed"].publish(True, now)
        self.publishers.all["wrong"].status = 500
        shutil.copytree(self.place, self.base)

    def reset(self):
        shutil.rmtree(self.place)
        shutil.copytree(self.base, self.place)
        self.forget()

    def forget(self):
        for publisher in self.publishers.all.values():
            publisher.asked = []

    def asked(self):
        return Counter({name: len(p.asked) for name, p in self.publishers.all.items()})

    def once(self, ahead=0, **fault):
        """`run --once`, its clock so far ahead."""
        return self.run(["--once"], ahead, fault)

    def run(self, options, ahead, fault):
        """`run`, its clock so far ahead, until it ends by itself."""
        env = os.environ | {
            "LD_PRELOAD": self.library,
            "FAULT_UNDER": str(self.place),
            "FAULT_TRACE": str(self.trace),
            "FAULT_CLOCK": str(ahead),
        }
        env |= {f"FAULT_{name.upper()}": str(value) for name, value in fault.items()}
        self.trace.unlink(missing_ok=True)
        arguments = ["run", *options, "--config", self.folder / "feeds.toml"]
        try:
            return subprocess.run(
                [self.program, *arguments, "--data", self.place / "data"],
                env=env,
                capture_output=True,
                text=True,
                timeout=60,
            )
        except subprocess.TimeoutExpired:
            fail(f"it hangs: {fault}")

    def calls(self):
        """What each call did, by the trace of the last run, and which were spoiled."""
        lines = [line.split() for line in self.trace.read_text().splitlines()]
        return [(name, int(does), file, bool(spoiled)) for _, name, does, file, *spoiled in lines]

    def state(self):
        """All that is remembered and published, but for times."""
        connection = sqlite3.connect(self.place / "data" / "scofeed.db")
        sound = connection.execute("PRAGMA integrity_check").fetchone()
        expect(sound == ("ok",), f"integrity_check: {sound}")
        rows = [
            "SELECT source, key, title, verdict, standing, version FROM item ORDER BY 1, 2",
            "SELECT hex(story.id), source, key FROM story JOIN member ON member.story = story.seq "
            "JOIN item ON item.seq = member.item ORDER BY 1, 2, 3",
            "SELECT key, etag, validators_of, hex(body_hash), failure FROM source ORDER BY 1",
        ]
        stored = [connection.execute(select).fetchall() for select in rows]
        connection.close()
        return stored, self.published(), sorted(self.names())

    def names(self):
        site = self.place / "site"
        return [str(path.relative_to(site)) for path in site.rglob("*")]

    def published(self):
        feed = ElementTree.parse(self.place / "site" / "atom.xml")
        entries = feed.iter(ATOM + "entry")
        return sorted((e.findtext(ATOM + "id"), e.findtext(ATOM + "title")) for e in entries)

    def check_whole(self, what):
        """Every file that a web server would serve now is whole."""
        for path in (self.place / "site").rglob("*"):
            if path.name.startswith("."):
                continue
            if path.suffix == ".gz":
                content = gzip.decompress(path.read_bytes())
            elif path.is_file():
                content = path.read_bytes()
            else:
                continue
            name = path.name.removesuffix(".gz")
            if name.endswith(".xml"):
                try:
                    ElementTree.fromstring(content)
                except ElementTree.ParseError:
                    fail(f"{what}: {path} is torn")
            else:
                expect(content, f"{what}: {path} is empty")

    def spoil(self, fault, number):
        """Whether the fault befell anything; fails if it did harm."""
        what = f"{fault} at call {number}"
        self.reset()
        ran = self.once(ahead=DAY, do=fault, at=number)
        calls = self.calls()
        spoiled = [f"{name} {file}" for name, _, file, spoiled in calls if spoiled]
        what += f" ({', '.join(spoiled)})"
        killed = ran.returncode == -9
        expect(killed or ran.returncode in (0, 1), f"{what}: exit {ran.returncode}", ran.stderr)
        expect("panicked" not in ran.stderr, what, ran.stderr)
        self.recover(what)
        return bool(spoiled), what

    def panic(self, number):
        """The loop of the service panics at its look at the clock of this
        number: it ends, so that it is started again."""
        what = f"panic at look {number}"
        self.reset()
        ran = self.run([], DAY, {"do": "TIMELESS", "at": number})
        expect(ran.returncode == 101, f"{what}: exit {ran.returncode}", ran.stderr)
        expect("panicked" in ran.stderr, what, ran.stderr)
        self.recover(what)
        return what

    def recover(self, what):
        """What readers have is whole, and the next rounds end well."""
        self.check_whole(what)
        asked = self.asked()
        expect(max(asked.values(), default=0) <= 1, f"{what}: asked {asked}")
        # At once again: whoever was asked is not asked a second time.
        ran = self.once(ahead=DAY + 5)
        twice = [name for name, times in self.asked().items() if times > 1]
        expect(not twice, f"{what}: {twice} asked again at once", ran.stderr)
        ran = self.once(ahead=2 * DAY)
        expect(ran.returncode == 0, f"{what}: the next round fails", ran.stderr)
        self.once(ahead=3 * DAY)


def main(program, library, step=1):
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        library = str(pathlib.Path(library).resolve())
        canonical = Round(program, library, pathlib.Path(folder))
        canonical.reset()
        expect(canonical.once(ahead=DAY).returncode == 0, "the faultless round fails")
        calls = canonical.calls()
        canonical.once(ahead=2 * DAY)
        canonical.once(ahead=3 * DAY)
        faultless = canonical.state()
        counts = Counter()
        for fault in FAULTS:
            numbers = [n for n, (_, does, *_) in enumerate(calls, 1) if can_befall(fault, does)]
            for number in numbers[:: int(step)]:
                befell, what = canonical.spoil(fault, number)
                expect(canonical.state() == faultless, f"{what}: another state")
                counts[fault] += befell
        for number in range(1, PANICS + 1):
            what = canonical.panic(number)
            expect(canonical.state() == faultless, f"{what}: another state")
            counts["panic"] += 1
    told = ", ".join(f"{n} × {fault}" for fault, n in counts.items())
    note(
        f"{len(calls)} calls in a round; {told}: the same state after each; "
        f"{time.monotonic() - began:.0f} s"
    )


main(*sys.argv[1:])
