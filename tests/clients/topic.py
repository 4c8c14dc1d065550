"""Precision and recall of the topic filter on labelled rows.

usage: topic.py PROGRAM PRECISION RECALL RECALL_OF_A_LANGUAGE FILE…

The last mark holds for every language with five true rows or more.
"""

import collections
import json
import subprocess
import sys

from service import expect, note


TRUE_ROWS_THAT_TELL = 5


def true_rows(files):
    count = collections.Counter()
    for path in files:
        with open(path, encoding="utf-8") as lines:
            rows = (json.loads(line) for line in lines if line.strip())
            count.update(row.get("lang") or "?" for row in rows if row.get("label"))
    return count


def main(program, precision, recall, recall_of_a_language, *files):
    command = [program, "eval", "topic", "--json", *files]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    *rows, whole = (json.loads(line) for line in ran.stdout.splitlines())
    expect(rows and all(row["verdict"] for row in rows), "a row without a verdict")
    expect(whole["rows"] > 0, "no row is labelled")
    for language, score in sorted(whole["by_language"].items()):
        print(f"{language:8} {score['rows']:5} {score['precision']:.3f} {score['recall']:.3f}")
    for language, true in true_rows(files).items():
        reached = whole["by_language"][language]["recall"]
        if true >= TRUE_ROWS_THAT_TELL:
            said = f"recall {reached:.3f} of {true} rows in {language}"
            expect(reached >= float(recall_of_a_language), said)
    said = f"precision {whole['precision']:.4f}, recall {whole['recall']:.4f}, {whole['rows']} rows"
    expect(whole["precision"] >= float(precision) and whole["recall"] >= float(recall), said)
    note(said)


main(*sys.argv[1:])
