"""Precision and recall of the topic filter on labelled rows.

usage: topic.py PROGRAM PRECISION RECALL FILE…
"""

import json
import subprocess
import sys

from service import expect, note


def main(program, precision, recall, *files):
    command = [program, "eval", "topic", "--json", *files]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    *rows, whole = (json.loads(line) for line in ran.stdout.splitlines())
    expect(rows and all(row["verdict"] for row in rows), "a row without a verdict")
    expect(whole["rows"] > 0, "no row is labelled")
    for language, score in sorted(whole["by_language"].items()):
        print(f"{language:8} {score['rows']:5} {score['precision']:.3f} {score['recall']:.3f}")
    said = f"precision {whole['precision']:.4f}, recall {whole['recall']:.4f}, {whole['rows']} rows"
    expect(whole["precision"] >= float(precision) and whole["recall"] >= float(recall), said)
    note(said)


main(*sys.argv[1:])
