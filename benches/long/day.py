"""Resident memory after a day of polling 50 sources (C-16): 40 MiB at most.

usage: python3 benches/long/day.py PROGRAM [ONE_IN [SECONDS_A_POLL]]

The day is played in minutes: each source is asked 96 times, as if it were
every quarter of an hour, and has something new every hour, one in five about
the topic. The environment is the unit's.
"""

import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "clients"))
from publishers import Publishers  # noqa: E402
from service import ROUND, Service, expect, get  # noqa: E402

UNIT = pathlib.Path(__file__).parents[2] / "systemd" / "scofeed.service"
SOURCES = 50
POLLS = 96
LOOKS = 25
AT_MOST = 40


def memory(service):
    """Resident memory now, what of it is no file, and the most there was, in MiB."""
    status = pathlib.Path(f"/proc/{service.process.pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return [int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon", "VmHWM")]


def environment():
    """What the unit sets for malloc."""
    lines = UNIT.read_text().splitlines()
    told = [line.removeprefix("Environment=") for line in lines if line.startswith("Environment=")]
    return dict(setting.split("=") for setting in " ".join(told).split())


def main(program, one_in="5", every="1"):
    one_in = int(one_in)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        publishers = Publishers([f"source-{n}" for n in range(SOURCES)])
        everyone = publishers.all.values()
        for publisher in everyone:
            for n in range(30):
                publisher.publish(n % one_in == 0, publishers.now() - 3600 * (30 - n))
        config = folder / "feeds.toml"
        config.write_text(publishers.config(f"{every}s", folder / "site"))
        arguments = ["run", "--config", str(config), "--data", str(folder / "data")]
        with Service(program, *arguments, env=os.environ | environment()) as service:
            address = service.address()
            service.line(ROUND)
            print("after the first round: {:.1f} MiB now, {:.1f} of it no file; {:.1f} at most".format(*memory(service)))
            hours = 0
            while (polls := min(len(p.asked) for p in everyone)) < POLLS:
                if polls // 4 > hours:
                    hours = polls // 4
                    for number, publisher in enumerate(everyone):
                        publisher.publish((hours + number) % one_in == 0, publishers.now())
                    for path in ("", "atom.xml", "rss.xml", "status"):
                        get(f"{address}/{path}")
                time.sleep(0.2)
            # Not while an edition is built, which takes some of it for a moment.
            looks = []
            for _ in range(LOOKS):
                looks.append(memory(service))
                time.sleep(0.2)
            now, own, _ = sorted(looks)[LOOKS // 2]
            most = looks[-1][2]
            asked = sum(len(p.asked) for p in everyone)
            print(f"after {asked:,} polls: {now:.1f} MiB now, {own:.1f} of it no file; {most:.1f} at most")
            expect(now <= AT_MOST, f"that is more than {AT_MOST} MiB")


if __name__ == "__main__":
    main(*sys.argv[1:])
