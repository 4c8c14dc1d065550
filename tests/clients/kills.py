"""`kill -9` at random moments of a poll: nothing is lost, repeated or renamed.

usage: kills.py PROGRAM KILLS [SEED]
"""

import pathlib
import random
import sqlite3
import sys
import tempfile
import time
from collections import defaultdict

from service import ROUND, demo, expect, get, note, pass_the_intervals, stories

READY = "Ctrl-C ends"


def whole_round(program, data):
    """Runs it for one round; the stories, and when it was ready and done."""
    with demo(program, data) as service:
        address = service.address()
        service.line(READY)
        ready = time.monotonic() - service.started
        service.line(ROUND)
        done = time.monotonic() - service.started
        return stories(get(address + "/atom.xml")), (ready, done)


def ledger(database):
    """What is known of every item, and which of them tell one story."""
    connection = sqlite3.connect(database)
    sound = connection.execute("PRAGMA integrity_check").fetchone()
    expect(sound == ("ok",), f"integrity_check: {sound}")
    items = connection.execute("SELECT source, key, verdict, standing FROM item").fetchall()
    together = defaultdict(set)
    for story, *item in connection.execute(
        "SELECT member.story, source, key FROM member JOIN item ON item.seq = member.item"
    ):
        together[story].add(tuple(item))
    return sorted(items), sorted(map(sorted, together.values()))


def unchanged(known, now):
    for name, story in known.items():
        expect(now.get(name) == story, f"{name} was {story}, is {now.get(name)}")


def main(program, kills, seed=None):
    seed = int(seed) if seed else random.randrange(2**32)
    print(f"seed {seed}", flush=True)
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as data:
        expected, (ready, done) = whole_round(program, data)
        expected_ledger = ledger(pathlib.Path(data) / "demo" / "scofeed.db")
    with tempfile.TemporaryDirectory() as data:
        database = pathlib.Path(data) / "demo" / "scofeed.db"
        known = {}
        in_mid_poll = 0
        for number in range(int(kills)):
            if number > 0:
                pass_the_intervals(database)
            with demo(program, data) as service:
                time.sleep(dice.uniform(ready / 2, done))
                service.kill()
            said = "\n".join(service.rest())
            in_mid_poll += READY in said and ROUND not in said
            now, _ = whole_round(program, data)
            unchanged(known, now)
            known = now
        pass_the_intervals(database)
        last, _ = whole_round(program, data)
        unchanged(known, last)
        counts = len(last), len(expected)
        expect(counts[0] == counts[1], f"{counts[0]} stories, without kills {counts[1]}")
        expect(ledger(database) == expected_ledger, "the ledger differs from one without kills")
    note(f"{kills} kills, {in_mid_poll} of them in mid-poll: the same {len(last)} stories")


main(*sys.argv[1:])
