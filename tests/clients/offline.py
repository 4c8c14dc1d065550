"""`run` with the shipped feeds.toml and no network.

usage: offline.py PROGRAM FEEDS_TOML

It must be ready at once, serve the last edition, say of every source what is
wrong, and come back later, not sooner, also over a restart. Run it where
there is no network (`unshare -rnm`); elsewhere the sources that answer are
fine, too.
"""

import datetime
import fcntl
import json
import os
import pathlib
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

from service import ROUND, Service, demo, expect, fail, get, note, stories

READY_WITHIN = 2
ENDS_WITHIN = 2
ROUND_WITHIN = 120
LEAST_INTERVAL = 15 * 60


def alone():
    """Whether this process has a network of its own, with loopback only.

    A fresh one has it switched off; then it is ours to switch on.
    """
    if [name for _, name in socket.if_nameindex()] != ["lo"]:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        up_and_running = struct.pack("16sh", b"lo", 0x1 | 0x40)
        fcntl.ioctl(control, 0x8914, up_and_running)  # SIOCSIFFLAGS
    return True


def ready(program, config, data):
    """Starts it as systemd does; it is ready when it says so."""
    path = os.path.join(data, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(path)
        systemd.settimeout(20)
        env = {**os.environ, "NOTIFY_SOCKET": path}
        service = Service(program, "run", "--config", config, "--data", data, env=env)
        try:
            while b"READY=1" not in systemd.recv(4096).split(b"\n"):
                pass
        except TimeoutError:
            service.kill()
            fail("it is never ready", *service.said)
        took = time.monotonic() - service.started
    os.unlink(path)
    expect(took <= READY_WITHIN, f"ready only after {took:.2f} s")
    return service, took


def report(program, config, data):
    """The sources that are on, as `status` tells of them."""
    command = [program, "status", "--json", "--config", config, "--data", data]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    sources = [json.loads(line) for line in lines.splitlines()][:-1]
    return {source["source"]: source for source in sources if source["state"] != "off"}


def asked(data):
    """When each source was asked last, by what the ledger holds."""
    connection = sqlite3.connect(os.path.join(data, "scofeed.db"))
    return dict(connection.execute("SELECT key, asked_at FROM source"))


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def without_network(program, config, is_alone):
    with tempfile.TemporaryDirectory() as folder:
        with demo(program, folder) as service:
            address = service.address()
            service.line(ROUND)
            last = stories(get(address + "/atom.xml"))
            service.end()
        data = os.path.join(folder, "demo")

        service, took = ready(program, config, data)
        with service:
            served = stories(get(service.address() + "/atom.xml"))
            expect(last and last.items() <= served.items(), "the last edition is not served")
            service.line(ROUND, ROUND_WITHIN)
            code, ended = service.end()
            expect(code == 0 and ended < ENDS_WITHIN, f"exit {code} after {ended:.1f} s")
        sources = report(program, config, data)
        expect(sources, "no source is on")
        times = asked(data)
        wrong = 0
        for name, source in sources.items():
            # What cannot read a robots.txt keeps away: blocked.
            troubled = ["failing", "blocked"]
            states = troubled if is_alone else [*troubled, "fine"]
            expect(source["state"] in states, f"{name} is {source['state']}")
            if source["state"] in troubled:
                expect(source["wrong"] and source["failing_since"], f"{name} does not say why")
                wrong += 1
            next_poll = moment(source["next"]["at"])
            expect(next_poll > time.time(), f"{name} is due again")
            wait = next_poll - times[name] / 1000
            expect(wait >= LEAST_INTERVAL, f"{name} is asked again after {wait:.0f} s")
            expect(source["next"]["why"], f"{name} does not say why then")

        service, _ = ready(program, config, data)
        with service:
            service.line(ROUND)
            service.end()
        for name, source in report(program, config, data).items():
            expect(source["next"] == sources[name]["next"], f"{name}: the promise moved")
        expect(asked(data) == times, "a restart asked before the promised time")
    where = "without a network" if is_alone else "with this machine's network"
    note(f"{where}: ready after {took:.2f} s, {wrong} of {len(sources)} sources say what is wrong")


def slow_resolver(program):
    """Ctrl-C, while a name is looked up at a resolver that never answers."""
    with tempfile.TemporaryDirectory() as data:
        config = pathlib.Path(data) / "feeds.toml"
        config.write_text(
            '[server]\nlisten = "127.0.0.1:0"\n'
            '[[source]]\nname = "a"\nfeed = "https://a.example.org/feed"\n'
        )
        resolver = pathlib.Path(data) / "resolv.conf"
        resolver.write_text("nameserver 127.0.0.1\n")
        subprocess.run(["mount", "--bind", resolver, "/etc/resolv.conf"], check=True)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 53))
            silent.settimeout(20)
            with Service(program, "run", "--config", config, "--data", data) as service:
                silent.recv(512)
                code, took = service.end(signal.SIGINT)
                expect(code == 0 and took < 1, f"Ctrl-C: exit {code} after {took:.1f} s")
        subprocess.run(["umount", "/etc/resolv.conf"], check=True)
    note(f"Ctrl-C during a look-up: ended after {took:.2f} s")


def main(program, config):
    is_alone = alone()
    without_network(program, config, is_alone)
    if is_alone:
        slow_resolver(program)


main(*sys.argv[1:])
