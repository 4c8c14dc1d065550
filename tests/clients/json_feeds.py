"""JSON Feeds are valid against a JSON schema.

usage: json_feeds.py PROGRAM SCHEMA FILE…
"""

import json
import pathlib
import sys

import jsonschema

from service import expect, note


def main(_program, schema, *files):
    schema = json.loads(pathlib.Path(schema).read_text())
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    judge = kind(schema)
    items = 0
    for file in files:
        feed = json.loads(pathlib.Path(file).read_text())
        wrong = [f"{error.json_path}: {error.message[:300]}" for error in judge.iter_errors(feed)]
        expect(not wrong, file, *wrong)
        items += len(feed["items"])
    expect(items, "no item in any of them")
    note(f"{len(files)} JSON Feeds, {items} items")


main(*sys.argv[1:])
