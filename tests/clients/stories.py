"""What the story joiner joins of labelled rows, by set.

usage: stories.py PROGRAM ROWS PAIRS
"""

import json
import subprocess
import sys

from service import expect, note


# Precision and recall that each set reaches at least.
MARKS = {
    "same-headline-other-day": (1, 1),
    "daily-boilerplate": (1, 1),
    "link-variant": (0.995, 0.98),
    "sco-pages": (1, 1),
    "uci": (0.93, 0.155),
}
PAIRS = (0.97, 0.40)

# Same news in two languages: all of these rows are in one.
KIN_AT_MOST = 2


def scores(program, path):
    command = [program, "eval", "stories", "--json", path]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(ran.stdout.splitlines()[-1])


def check(name, score, marks):
    said = f"{name}: precision {score['precision']:.3f}, recall {score['recall']:.3f}"
    print(said, score["pairs"])
    precision, recall = marks
    expect(score["precision"] >= precision and score["recall"] >= recall, said)
    return said


def main(program, rows, pairs):
    whole = scores(program, rows)
    expect(whole["by_set"].keys() == MARKS.keys(), f"other sets: {sorted(whole['by_set'])}")
    for name, marks in MARKS.items():
        said = check(name, whole["by_set"][name], marks)
    kin = whole["kin"]
    expect(len(kin) <= KIN_AT_MOST, "\n".join(kin))
    note(f"{said}; {check('pairs', scores(program, pairs), PAIRS)}")


main(*sys.argv[1:])
