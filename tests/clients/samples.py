"""`try --json` over documents as publishers sent them: each gives items or a
stated reason, and a feed gives items.

usage: samples.py PROGRAM FILE…
"""

import json
import pathlib
import subprocess
import sys

from service import expect, note

FEEDS = [".atom", ".rdf", ".rss", ".xml"]


def main(program, *files):
    expect(files, "no files")
    ran = subprocess.run([program, "try", "--json", *files], capture_output=True, text=True)
    expect(ran.returncode in [0, 1], f"exit {ran.returncode}", ran.stderr)
    expect("panicked" not in ran.stderr, ran.stderr)
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    expect([answer["document"] for answer in answers] == list(files), "not one answer a file")
    for answer in answers:
        name = pathlib.Path(answer["document"]).name
        items, error = answer["items"], answer["error"]
        print(f"{len(items):4} items, {len(answer['skipped'])} left out: {name}: {error}")
        expect(items or error, f"{name}: neither items nor a reason")
        expect("panicked" not in (error or ""), f"{name}: {error}")
        expect(items or pathlib.Path(name).suffix not in FEEDS, f"{name}: {error}")
        keys = {item["key"] for item in items}
        expect(len(keys) == len(items), f"{name}: a key is there twice")
    read = sum(bool(answer["items"]) for answer in answers)
    note(f"{len(files)} files: {read} give items, {len(files) - read} a reason")


main(*sys.argv[1:])
