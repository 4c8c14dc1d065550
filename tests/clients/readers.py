"""Feed readers that others wrote see the same stories in every format.

usage: readers.py PROGRAM DIRECTORY…

Each DIRECTORY holds what a service publishes, as `documents.py` leaves it. In
each of its views Atom, RSS and JSON Feed are read by feedparser, newsboat and
feed-rs, as far as they know the format; ids, titles, links and dates must be
the same in all. What JSON Feed says is taken as it stands.
"""

import calendar
import datetime
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

import feedparser

from service import expect, note


def with_feedparser(file):
    feed = feedparser.parse(file.read_bytes())
    expect(feed.bozo == 0, f"{file}: {feed.get('bozo_exception')}")
    versions = {"atom.xml": "atom10", "rss.xml": "rss20"}
    expect(feed.version == versions[file.name], f"{file} is {feed.version}")
    expect(feed.feed.title and feed.feed.link, f"{file} has no title or link")
    return [
        (entry.id, entry.title, entry.link, calendar.timegm(entry.published_parsed))
        for entry in feed.entries
    ]


def with_newsboat(file):
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        (home / "urls").write_text(f"file://{file.resolve()}\n")
        (home / "config").write_text("")
        cache = home / "cache.db"
        found = None
        # A second reload must change nothing.
        for _ in range(2):
            subprocess.run(
                ["newsboat", "-C", home / "config", "-u", home / "urls", "-c", cache, "-x", "reload"],
                env={"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"},
                check=True,
                timeout=60,
            )
            rows = sqlite3.connect(cache).execute("SELECT guid, title, url, pubDate FROM rss_item")
            rows = sorted(rows.fetchall())
            expect(found in [None, rows], f"{file}: newsboat sees other stories at the second reload")
            found = rows
        return found


def with_feed_rs(program, file):
    """`try` reads by feed-rs, after our own mending: there is nothing to mend."""
    command = [program, "try", "--json", "--url", f"https://sco.example/{file.name}", file]
    document = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    expect(not document["skipped"], f"{file}: feed-rs leaves out", *document["skipped"])
    return [
        (item["key"], item["title"], item["link"], seconds(item["published"]))
        for item in document["items"]
    ]


def as_it_stands(file):
    feed = json.loads(file.read_text())
    return [
        (item["id"], item["title"], item["url"], seconds(item["date_published"]))
        for item in feed["items"]
    ]


def seconds(moment):
    moment = datetime.datetime.fromisoformat(moment.replace("Z", "+00:00"))
    return int(moment.timestamp())


def main(program, *directories):
    views = stories = 0
    for atom in sorted(atom for d in directories for atom in pathlib.Path(d).rglob("atom.xml")):
        rss, feed = atom.with_name("rss.xml"), atom.with_name("feed.json")
        expected = as_it_stands(feed)
        expect(len({story for story, *_ in expected}) == len(expected), f"{feed}: an id is there twice")
        views += 1
        stories += len(expected)
        seen = {
            f"feedparser in {atom}": with_feedparser(atom),
            f"feedparser in {rss}": with_feedparser(rss),
            f"newsboat in {atom}": with_newsboat(atom),
            f"newsboat in {rss}": with_newsboat(rss),
        }
        if expected:
            # `try` reads markup and references in titles of the others, as
            # outlets mean them; what feed-rs alone makes of ours, a unit test
            # tells.
            seen[f"feed-rs in {atom}"] = with_feed_rs(program, atom)
        for by, found in seen.items():
            differ = set(found) ^ set(expected)
            expect(not differ, f"{by}: other stories than in {feed}", *sorted(differ)[:6])
    expect(stories, "there is no story")
    note(f"{stories} stories in {views} views: the same for feedparser, newsboat and feed-rs")


main(*sys.argv[1:])
