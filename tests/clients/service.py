"""Starts the program and talks to it, for the scripts beside this one.

They wait for a line of its log, an answer over HTTP or its end; a number of
seconds is only how long they put up with a broken program.
"""

import queue
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from xml.etree import ElementTree

ATOM = "{http://www.w3.org/2005/Atom}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
ROUND = "the first round is done"


class Service:
    """`scofeed run` or `scofeed demo`, killed when its block is left."""

    def __init__(self, program, *arguments, env=None):
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
        self.said = []
        self._lines = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stderr:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def line(self, words, seconds=20):
        """The next line of the log that holds these words."""
        until = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0, until - time.monotonic()))
            except queue.Empty:
                fail(f'"{words}" is not said within {seconds} s', *self.said)
            if line is None:
                fail(f'it ended before it said "{words}"', *self.said)
            self.said.append(line)
            if words in line:
                return line

    def rest(self):
        """All lines of one that has ended."""
        while (line := self._lines.get(timeout=20)) is not None:
            self.said.append(line)
        return self.said

    def address(self):
        """Where it serves, as the log tells."""
        return self.line("the page:  http://").split()[-1].rstrip("/")

    def end(self, by=signal.SIGTERM, seconds=20):
        """Ends it; its exit code, and how long that took."""
        told = time.monotonic()
        self.process.send_signal(by)
        try:
            code = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            fail(f"{by.name} does not end it within {seconds} s", *self.said)
        return code, time.monotonic() - told

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()


def demo(program, data):
    """The demo on a free port."""
    return Service(program, "demo", "--listen", "127.0.0.1:0", "--data", str(data))


def pass_the_intervals(database):
    """Lets the intervals of all sources pass."""
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("UPDATE source SET due = 0")
    connection.close()


def get(address):
    """The body of a good answer."""
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.read()


def entries(feed):
    """The entries of an Atom feed by id; none may stand there twice."""
    found = {}
    for entry in ElementTree.fromstring(feed).iter(ATOM + "entry"):
        name = entry.findtext(ATOM + "id")
        if name in found:
            fail(f"{name} is in the feed twice")
        found[name] = entry
    return found


def stories(feed):
    """What must never change of a story: its date and title by id."""
    return {
        name: (entry.findtext(ATOM + "published"), entry.findtext(ATOM + "title"))
        for name, entry in entries(feed).items()
    }


def note(*said):
    """A figure for the eyes of whoever reads the report."""
    print("note:", *said, flush=True)


def fail(*said):
    """Ends the script; what is wrong comes first."""
    print("FAILED:", *said, sep="\n  ", file=sys.stderr)
    sys.exit(1)


def expect(holds, *said):
    """Fails unless it holds."""
    if not holds:
        fail(*said)
