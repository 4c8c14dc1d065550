"""Feed readers that others wrote see what we publish.

usage: readers.py PROGRAM feedparser|newsboat
"""

import calendar
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

from service import ROUND, demo, entries, expect, get, note


def with_feedparser(address, ids):
    import feedparser

    feeds = {path: feedparser.parse(f"{address}/{path}") for path in ["atom.xml", "rss.xml"]}
    shown = {}
    for path, feed in feeds.items():
        expect(feed.bozo == 0, f"{path}: {feed.get('bozo_exception')}")
        expect(feed.feed.title and feed.feed.link, f"{path} has no title or link")
        for entry in feed.entries:
            for field in ["title", "link", "published_parsed"]:
                expect(entry.get(field), f"{path}: {entry.get('id')} has no {field}")
        listed = [entry.id for entry in feed.entries]
        expect(len(set(listed)) == len(listed), f"{path}: an id is there twice")
        expect(set(listed) == ids, f"{path}: other ids than in the feed")
        shown[path] = [
            (entry.id, entry.title, entry.link, calendar.timegm(entry.published_parsed))
            for entry in feed.entries
        ]
    versions = [feed.version for feed in feeds.values()]
    expect(versions == ["atom10", "rss20"], f"versions {versions}")
    for atom, rss in zip(*shown.values()):
        expect(atom == rss, "the twins differ:", atom, rss)
    note(f"feedparser {feedparser.__version__}: the same {len(ids)} stories in both")


def with_newsboat(address, ids):
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        for path in ["atom.xml", "rss.xml"]:
            (home / "urls").write_text(f"{address}/{path}\n")
            (home / "config").write_text("")
            cache = home / f"{path}.db"
            # The second reload is answered with 304 and must change nothing.
            for _ in range(2):
                reader = ["newsboat", "-C", home / "config", "-u", home / "urls", "-c", cache]
                subprocess.run(
                    [*reader, "-x", "reload"],
                    env={"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"},
                    check=True,
                    timeout=60,
                )
                rows = sqlite3.connect(cache).execute("SELECT guid, title, url FROM rss_item")
                rows = rows.fetchall()
                expect(len(rows) == len(ids), f"newsboat sees {len(rows)} of {len(ids)} in {path}")
                expect({guid for guid, *_ in rows} == ids, f"newsboat sees other ids in {path}")
                expect(all(title and url for _, title, url in rows), f"{path}: no title or link")
    note(f"newsboat: {len(ids)} stories in both, and after a second reload")


def main(program, reader):
    with tempfile.TemporaryDirectory() as data, demo(program, data) as service:
        address = service.address()
        service.line(ROUND)
        ids = set(entries(get(address + "/atom.xml")))
        expect(ids, "the feed is empty")
        {"feedparser": with_feedparser, "newsboat": with_newsboat}[reader](address, ids)


main(*sys.argv[1:])
