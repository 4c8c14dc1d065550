"""The demo in a fresh data directory: how soon it serves what it promises.

usage: demo.py PROGRAM
"""

import subprocess
import sys
import tempfile
import time

from service import ATOM, LANGUAGE, demo, entries, expect, get, note

READY_WITHIN = 2
REFUSED_WITHIN = 1


def main(program):
    with tempfile.TemporaryDirectory() as data, demo(program, data) as service:
        address = service.address()
        while len(found := entries(get(address + "/atom.xml"))) < 10:
            age = time.monotonic() - service.started
            expect(age < READY_WITHIN, f"{len(found)} stories after {age:.1f} s")
            time.sleep(0.005)
        ready = time.monotonic() - service.started
        expect(ready <= READY_WITHIN, f"ready only after {ready:.2f} s")
        service.line("the first round is done")

        found = entries(get(address + "/atom.xml"))
        outlets = {entry.find(ATOM + "category").get("term") for entry in found.values()}
        languages = {entry.get(LANGUAGE).split("-")[0] for entry in found.values()}
        counts = f"{len(found)} stories of {len(outlets)} outlets in {len(languages)} languages"
        expect(len(found) >= 10 and len(outlets) >= 5 and len(languages) >= 4, counts)
        note(f"ready after {ready:.2f} s: {counts}")

        asked = time.monotonic()
        second = [program, "demo", "--listen", "127.0.0.1:0", "--data", data]
        second = subprocess.run(second, capture_output=True, text=True, timeout=20)
        took = time.monotonic() - asked
        expect(second.returncode == 75, f"a second instance ends with {second.returncode}")
        expect(data in second.stderr, "and does not name the directory:", second.stderr)
        expect(took < REFUSED_WITHIN, f"and takes {took:.2f} s for that")

        code, took = service.end()
        expect(code == 0 and took < 2, f"SIGTERM: exit {code} after {took:.2f} s")


main(*sys.argv[1:])
