"""`kill -9` at random moments against live publishers: nothing is lost, told
twice, renamed, torn or asked too soon.

usage: kills.py PROGRAM FAULT_LIBRARY KILLS [SEED]

The library sets the program's clock ahead by a minute and a half from life to
life, as if it had lain dead for so long; the publishers' clock goes with it.
"""

import gzip
import os
import pathlib
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from xml.etree import ElementTree

from publishers import Publishers
from service import ATOM, ROUND, Service, expect, get, note

READY = "Ctrl-C ends"
EVERY = 15
DEAD = 90
SOURCES = 40


class World:
    def __init__(self, program, library, folder, seed):
        self.program = program
        self.library = library
        self.dice = random.Random(seed)
        self.publishers = Publishers([f"source-{n}" for n in range(SOURCES)], seed)
        self.data = folder / "data"
        self.site = folder / "site"
        self.config = folder / "feeds.toml"
        self.config.write_text(self.publishers.config(f"{EVERY}s", self.site))
        self.told = {}
        for publisher in self.publishers.all.values():
            for _ in range(3):
                publisher.publish(self.dice.random() < 0.4, self.publishers.now() - 3600)

    def start(self):
        env = os.environ | {"LD_PRELOAD": self.library, "FAULT_CLOCK": str(self.publishers.ahead)}
        arguments = ["run", "--config", str(self.config), "--data", str(self.data)]
        return Service(self.program, *arguments, env=env)

    def pass_the_time(self):
        """Some publishers have something new, some are slow."""
        self.publishers.ahead += DEAD
        for publisher in self.publishers.all.values():
            publisher.delay = self.dice.choice([0, 0, 0.02, 0.1])
            if self.dice.random() < 0.05:
                publisher.publish(self.dice.random() < 0.4, self.publishers.now() - 10)

    def check_site(self):
        """The files that a web server would serve now: whole, and nothing changed in them."""
        for path in self.site.rglob("*"):
            if path.suffix == ".gz":
                plain = path.with_suffix("")
                packed = gzip.decompress(path.read_bytes())
                expect(plain.exists(), f"{path} without its plain form")
                whole(plain, packed)
            elif path.is_file():
                whole(path, path.read_bytes())
        feed = self.site / "atom.xml"
        if feed.exists():
            self.check_feed(feed.read_bytes())

    def check_feed(self, feed):
        here = set()
        for entry in ElementTree.fromstring(feed).iter(ATOM + "entry"):
            title = entry.findtext(ATOM + "title")
            now = [entry.findtext(ATOM + name) for name in ("id", "published", "updated")]
            expect(title not in here, f"{title} is told twice")
            here.add(title)
            before = self.told.setdefault(title, now)
            expect(before[:2] == now[:2], f"{title} was {before}, is {now}")
            expect(before[2] <= now[2], f"{title}: updated went back from {before} to {now}")
            self.told[title] = now
        missing = self.told.keys() - here
        expect(not missing, f"no longer told: {missing}")

    def check_database(self):
        """What is committed, read from a copy, so that the program finds what it left."""
        with tempfile.TemporaryDirectory() as copy:
            for end in ("", "-wal"):
                file = self.data / f"scofeed.db{end}"
                if file.exists():
                    shutil.copy(file, copy)
            database = pathlib.Path(copy) / "scofeed.db"
            if not database.exists() or database.stat().st_size == 0:
                return
            connection = sqlite3.connect(database)
            sound = connection.execute("PRAGMA integrity_check").fetchone()
            expect(sound == ("ok",), f"integrity_check: {sound}")
            if connection.execute("PRAGMA user_version").fetchone() == (0,):
                return
            items = {}
            for source, key in connection.execute("SELECT source, key FROM item"):
                items.setdefault(source, set()).add(key)
            sources = connection.execute("SELECT key, etag, due FROM source").fetchall()
            connection.close()
        promised = {key: due / 1000 for key, _, due in sources}
        for key, tag, _ in sources:
            known = items.get(key, set())
            stands_for = int(tag.decode().strip('"').rsplit("-", 1)[1]) if tag else 0
            missing = {f"{key}-{n}" for n in range(stands_for)} - known
            expect(not missing, f"the validator {tag} is ahead of its items: {missing}")
        for name, publisher in self.publishers.all.items():
            if publisher.asked:
                last = publisher.asked[-1]
                expect(
                    promised.get(name, 0) >= last + EVERY,
                    f"{name} was asked at {last}, promised is {promised.get(name)}",
                )

    def check_spacing(self):
        gaps = []
        for name, publisher in self.publishers.all.items():
            for before, after in zip(publisher.asked, publisher.asked[1:]):
                gaps.append(after - before)
                expect(after - before >= EVERY, f"{name} at {before} and {after}")
        return len(gaps) + SOURCES, min(gaps)

    def check_all_is_told(self, feed):
        kept = {
            title
            for publisher in self.publishers.all.values()
            for _, title, _, is_kept in publisher.items
            if is_kept
        }
        expect(self.told.keys() == kept, "lost:", *(kept - self.told.keys()))
        self.check_feed(feed)
        connection = sqlite3.connect(self.data / "scofeed.db")
        known = connection.execute("SELECT source, key FROM item").fetchall()
        shown = [
            (name, item[0])
            for name, publisher in self.publishers.all.items()
            for item in publisher.items
        ]
        expect(sorted(known) == sorted(shown), "the ledger is not what was shown")
        return len(kept), len(shown)


def whole(path, content):
    if path.suffix == ".xml":
        try:
            ElementTree.fromstring(content)
        except ElementTree.ParseError as error:
            expect(False, f"{path} is torn: {error}")
    elif path.suffix == ".html":
        expect(content.rstrip().endswith(b"</html>"), f"{path} is torn")


def main(program, library, kills, seed=None):
    seed = int(seed) if seed else random.randrange(2**32)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        world = World(program, str(pathlib.Path(library).resolve()), pathlib.Path(folder), seed)
        began = time.monotonic()
        with world.start() as service:
            service.line(ROUND)
            life = time.monotonic() - service.started
            service.end()
        world.publishers.hear_the_last()
        in_mid_poll = 0
        for _ in range(int(kills)):
            world.pass_the_time()
            with world.start() as service:
                time.sleep(world.dice.uniform(0, life))
                service.kill()
            world.publishers.hear_the_last()
            said = "\n".join(service.rest())
            expect("panicked" not in said, said)
            in_mid_poll += READY in said and ROUND not in said
            world.check_database()
            world.check_site()
        # What was promised before the last kill passes.
        world.pass_the_time()
        world.publishers.ahead += DEAD
        with world.start() as service:
            address = service.address()
            service.line(ROUND)
            feed = get(address + "/atom.xml")
            service.end()
        world.check_site()
        requests, gap = world.check_spacing()
        stories, items = world.check_all_is_told(feed)
    note(
        f"{kills} kills, {in_mid_poll} of them in mid-poll: {items} items and {stories} stories, "
        f"0 lost, doubled, changed or torn; {requests} requests, the nearest "
        f"{gap:.1f} s apart of {EVERY}; {time.monotonic() - began:.0f} s"
    )


main(*sys.argv[1:])
