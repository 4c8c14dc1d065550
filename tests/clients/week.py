"""newsboat, subscribed for a week: each story once, and none comes back.

usage: week.py DIR

DIR holds the feeds of a made-up week (`examples/week.rs`). They are served one
after the other at one address, and newsboat reads each. After every reload all
is marked as read, so that what comes back is seen as unread again.
"""

import http.server
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import threading

from service import entries, expect, note


class Feed(http.server.BaseHTTPRequestHandler):
    """One document, with its time of change."""

    document = b""
    changed = "0"

    def do_GET(self):
        if self.headers.get("If-None-Match") == self.changed:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/atom+xml")
        self.send_header("Content-Length", str(len(self.document)))
        self.send_header("ETag", self.changed)
        self.end_headers()
        self.wfile.write(self.document)

    def log_message(self, *_):
        pass


def reload(home):
    reader = ["newsboat", "-C", home / "config", "-u", home / "urls", "-c", home / "cache.db"]
    subprocess.run(
        [*reader, "-x", "reload"],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"},
        check=True,
        timeout=60,
    )


def seen(home):
    """All stories by id, those that are unread, and marks them as read."""
    with sqlite3.connect(home / "cache.db") as cache:
        rows = cache.execute("SELECT guid, url, unread FROM rss_item WHERE deleted = 0").fetchall()
        cache.execute("UPDATE rss_item SET unread = 0")
    guids = [guid for guid, *_ in rows]
    expect(len(set(guids)) == len(guids), "newsboat holds a story twice")
    return {guid: url for guid, url, _ in rows}, {guid for guid, _, unread in rows if unread}


def main(directory):
    directory = pathlib.Path(directory)
    stories = int((directory / "stories").read_text())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    documents = sorted(directory.glob("*.xml"))
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        (home / "urls").write_text(f"http://127.0.0.1:{server.server_port}/atom.xml\n")
        (home / "config").write_text("max-items 0\n")
        known = {}
        for document in documents:
            Feed.document, Feed.changed = document.read_bytes(), f'"{document.name}"'
            reload(home)
            now, unread = seen(home)
            lost = set(known) - set(now)
            expect(not lost, f"{document.name}: newsboat has lost {lost}")
            back = unread & set(known)
            expect(not back, f"{document.name}: {back} came back")
            ids = set(entries(Feed.document))
            expect(ids <= set(now), f"{document.name}: newsboat does not see {ids - set(now)}")
            known = now
    expect(len(known) == stories, f"{stories} stories were told, newsboat saw {len(known)}")
    note(f"newsboat, {len(documents)} times in a week: each of {stories} stories once")


main(*sys.argv[1:])
