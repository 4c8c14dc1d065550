"""From the start of the program to its word that it is ready, with 100,000
items stored (D-16): 300 ms at most, on a machine that nobody else uses.

usage: python3 benches/long/start.py PROGRAM [STARTS]
"""

import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "clients"))
from publishers import Publishers  # noqa: E402
from service import Service, expect  # noqa: E402

SOURCES = 200
ITEMS = 500
AT_MOST = 0.3


def processor(process):
    """Seconds of processor time so far."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def ready(program, arguments, told, ends_well):
    """How long a start takes, and how much of a processor; it ends well, or is killed."""
    began = time.monotonic()
    env = os.environ | {"NOTIFY_SOCKET": told.getsockname()}
    with Service(program, "run", *arguments, env=env) as service:
        while b"READY=1" not in told.recv(4096):
            pass
        took = time.monotonic() - began
        busy = processor(service.process.pid)
        service.line("Ctrl-C ends")
        if ends_well:
            code, _ = service.end()
            expect(code == 0, "it ends badly")
    return took, busy


def main(program, starts=5):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        publishers = Publishers([f"source-{n}" for n in range(SOURCES)])
        for publisher in publishers.all.values():
            for n in range(ITEMS):
                publisher.publish(n % 10 == 0, publishers.now() - 600 * (ITEMS - n))
        config = folder / "feeds.toml"
        config.write_text(publishers.config("1h", folder / "site"))
        arguments = ["--config", str(config), "--data", str(folder / "data")]
        began = time.monotonic()
        subprocess.run([program, "run", "--once", *arguments], check=True, capture_output=True)
        size = (folder / "data" / "scofeed.db").stat().st_size
        print(f"{SOURCES * ITEMS:,} items in {time.monotonic() - began:.1f} s, {size / 2**20:.0f} MiB")
        told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        told.bind(str(folder / "told"))
        for how, ends_well in (("after an end", True), ("after a kill", False)):
            took = sorted(ready(program, arguments, told, ends_well) for _ in range(int(starts)))
            median, busy = took[len(took) // 2]
            print(
                f"ready {how}: {median * 1000:.0f} ms, {busy * 1000:.0f} ms of a processor "
                f"(median of {starts}, {took[-1][0] * 1000:.0f} ms at most)"
            )
            # What others take of the machine is not ours.
            expect(busy <= AT_MOST, "that is more than 300 ms")


if __name__ == "__main__":
    main(*sys.argv[1:])
