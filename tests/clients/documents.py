"""Everything that three services publish: the demo, one over hostile
documents with a history, and one without a source.

usage: documents.py PROGRAM DOCUMENTS DIRECTORY

DOCUMENTS is a folder of made-up documents, each of which becomes a source.
What is published is left in DIRECTORY, a folder for each service, under the
names that the edition's files have. Every link of a published document to
another one must lead to it.
"""

import contextlib
import functools
import http.server
import pathlib
import re
import shutil
import sqlite3
import sys
import tempfile
import threading
import urllib.parse
from html import unescape

from service import ROUND, Service, demo, expect, get, note

TYPES = {".html": "text/html", ".json": "application/feed+json"}
EXPECTATIONS = ".json"
DAY_MS = 24 * 60 * 60 * 1000

# Links of pages and feeds, and what archives say of each other.
LINK = re.compile(r'\b(?:href|src|action)="([^"]*)"')

SELF = re.compile(r'<link rel="self"[^>]* href="([^"]*)atom.xml"')

EMPTY = """
[feed]
url = "https://sco.example/"
[server]
listen = "127.0.0.1:0"
"""

# Whatever an admin writes into a title is text, too.
HOSTILE = """
[feed]
title = 'SCO <script>alert("1")</script> & ]]> الأخبار'
url = "https://sco.example/"
contact = "mailto:editor@sco.example"
rights = '© 2026 <b>"us"</b> & others'

[topic]
vocabulary = "none"

[[view]]
name = "talks"
title = 'Talks <i> & "more"'
words = ["summit"]
"""


class Origin(http.server.SimpleHTTPRequestHandler):
    """The made-up documents, on loopback."""

    def guess_type(self, path):
        return TYPES.get(pathlib.Path(path).suffix, "application/xml")

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def origin(folder):
    handler = functools.partial(Origin, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def hostile_config(folder, address):
    lines = [HOSTILE, '[server]\nlisten = "127.0.0.1:0"\n']
    for document in sorted(pathlib.Path(folder).glob("[a-z]*")):
        if document.suffix != EXPECTATIONS:
            lines.append(
                f'[[source]]\nname = "{document.stem}"\n'
                f"title = 'The <b>{document.stem}</b> & \"co\"'\n"
                f'feed = "{address}/{document.name}"\n'
                'match = "all"\njoin = false\nallow_private = true\n'
            )
    return "\n".join(lines)


def serve(program, config, data):
    path = pathlib.Path(data) / "feeds.toml"
    path.write_text(config)
    return Service(program, "run", "--config", path, "--data", data)


def age(database):
    """Most of the stories entered in the last months: they leave the window."""
    connection = sqlite3.connect(database)
    with connection:
        stories = connection.execute("SELECT seq, entered FROM story WHERE entered IS NOT NULL")
        stories = sorted(stories.fetchall())
        old = stories[: len(stories) * 2 // 3]
        for number, (story, entered) in enumerate(old):
            then = entered - (100 - number * 90 // len(old)) * DAY_MS
            for table, key in [("story", "seq"), ("shelf", "story")]:
                connection.execute(
                    f"UPDATE {table} SET entered = ? WHERE {key} = ?", (then, story)
                )
    connection.close()


def crawl(address, public, folder):
    """Fetches what can be reached from the page, each document once."""
    shutil.rmtree(folder, ignore_errors=True)
    waiting, met = ["", "search?q=sco", "search?q=bank"], set()
    while waiting:
        name = waiting.pop()
        if name in met:
            continue
        met.add(name)
        text = get(f"{address}/{name}")
        path = folder / file_name(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
        if name.endswith((".json", "opml.xml")):
            continue
        for link in LINK.findall(text.decode()):
            target = urllib.parse.urljoin(f"{public}{name}", unescape(link))
            target, _, _ = target.partition("#")
            if target.startswith(public):
                waiting.append(target.removeprefix(public))
    return met


def file_name(name):
    if name == "" or name.endswith("/"):
        return f"{name}index.html"
    if "." in name.rpartition("/")[2]:
        return name
    return f"{name.replace('?q=', '-')}.html"


def main(program, documents, directory):
    directory = pathlib.Path(directory)
    counts = []

    def keep(service, name):
        address = service.address()
        service.line(ROUND, 60)
        public = SELF.search(get(f"{address}/atom.xml").decode())[1]
        met = crawl(address, public, directory / name)
        counts.append(f"{len(met)} of {name}")
        return met

    with tempfile.TemporaryDirectory() as data, demo(program, data) as service:
        keep(service, "demo")
    with tempfile.TemporaryDirectory() as data, serve(program, EMPTY, data) as service:
        keep(service, "empty")
    with tempfile.TemporaryDirectory() as data, origin(documents) as address:
        config = hostile_config(documents, address)
        with serve(program, config, data) as service:
            service.line(ROUND, 60)
            service.end()
        age(pathlib.Path(data) / "scofeed.db")
        with serve(program, config, data) as service:
            met = keep(service, "hostile")
        archives = [name for name in met if "archive/" in name]
        expect(len(archives) >= 4, f"only {len(archives)} archives")
    note("documents:", ", ".join(counts))


main(*sys.argv[1:])
