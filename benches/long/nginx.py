"""The feed from memory against nginx with the same bytes as a file.

usage: python3 benches/long/nginx.py PROGRAM [SECONDS]   (ten minutes with 2)

Needs nginx, wrk and h2load. Both servers run at the same time on this machine, two
workers each, and are asked in turns, so that whatever else the machine does
meets both. A line for each kind of answer and number of connections, the
median of the rounds: requests/s, p99 and processor time of each request of
scofeed, then of nginx, and the medians of the quotients of rates and p99. On a
machine that does other things the processor time is the figure to trust.

How long an answer takes can be compared only where both are asked equally
often: whoever answers more requests a second keeps the machine, and the one
that measures, busier. So a second table has the times of answers at one rate.
Times near a millisecond are those in which the system lets somebody else have
the processor, and differ by half from round to round.
"""

import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "clients"))
from service import ROUND, Service, get  # noqa: E402

ROUNDS = 7
CONNECTIONS = [2, 16, 64]
SOURCES, ITEMS = 11, 10
# Requests/s of the second table: a fifth of what the slower one can do.
PACE = 6000

NGINX = """
daemon off;
worker_processes 2;
pid {home}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=100 inactive=1h;
    keepalive_requests 100000000;
    types {{ application/atom+xml xml; }}
    client_body_temp_path {home}; proxy_temp_path {home}; fastcgi_temp_path {home};
    uwsgi_temp_path {home}; scgi_temp_path {home};
    server {{
        listen 127.0.0.1:{port};
        root {home}/files;
        gzip_static on;
        add_header Cache-Control "public, max-age=900";
        add_header Vary Accept-Encoding;
        add_header X-Content-Type-Options nosniff;
    }}
}}
"""


def feed(source):
    """A made-up feed of ten stories in the size that outlets send."""
    lead = "Ministers of the member states met to talk about trade, transit and water. " * 5
    items = "".join(
        f"<item><title>Story {item} of outlet {source}: ministers meet</title>"
        f"<link>https://outlet{source}.example/{item}</link>"
        f"<pubDate>Mon, 23 Nov 2026 {item:02}:{source:02}:00 GMT</pubDate>"
        f"<description>{item} {source} {lead}</description></item>"
        for item in range(ITEMS)
    )
    return f"<rss version='2.0'><channel><title>Outlet {source}</title>{items}</channel></rss>"


def config(address, files):
    lines = [f'[feed]\nurl = "https://sco.example/"\n[server]\nlisten = "127.0.0.1:0"\n']
    lines.append(f'[publish]\ndirectory = "{files}"\n[stories]\nsimilar = false\n')
    for source in range(SOURCES):
        lines.append(
            f'[[source]]\nname = "outlet-{source}"\nfeed = "{address}/{source}.xml"\n'
            'match = "all"\nallow_private = true\n'
        )
    return "".join(lines)


def spent(process):
    """Seconds of processor time of a process and its children."""
    ticks = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        if process.pid in [int(stat.parent.name), int(fields[1])]:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def wrk(address, fields, connections, seconds, process):
    before = spent(process)
    command = ["wrk", "-t", "2" if connections > 2 else "1", "-c", str(connections)]
    command += ["-d", f"{seconds}s", "--latency", f"{address}/atom.xml"]
    for name, value in fields.items():
        command += ["-H", f"{name}: {value}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said and "If-None-Match" not in fields or "Socket errors" in said:
        print(said)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()
    p99 = float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    requests = int(re.search(r"(\d+) requests in", said)[1])
    return rate, p99, (spent(process) - before) / requests * 1e6


def paced(address, fields, connections, seconds, log):
    """Milliseconds of the median answer and of the 99th of 100, at `PACE`."""
    command = ["h2load", "--h1", "-t", "1", "-c", str(connections), "-D", str(seconds)]
    command += ["--warm-up-time", "1", "--rps", str(PACE / connections), f"--log-file={log}"]
    for name, value in fields.items():
        command += ["-H", f"{name}: {value}"]
    subprocess.run([*command, f"{address}/atom.xml"], capture_output=True, check=True)
    answers = [line.split("\t") for line in log.read_text().splitlines()]
    log.unlink()
    bad = [answer for answer in answers if answer[1] not in ["200", "304"]]
    assert not bad and len(answers) > PACE * seconds * 0.9, (len(answers), bad[:3])
    times = sorted(int(answer[2]) / 1000 for answer in answers)
    return times[len(times) // 2], times[len(times) * 99 // 100]


def tag(address, fields):
    request = urllib.request.Request(f"{address}/atom.xml", headers=fields)
    with urllib.request.urlopen(request) as answer:
        return answer.headers["ETag"]


def main(program, seconds="3"):
    with tempfile.TemporaryDirectory() as home:
        pathlib.Path(home).chmod(0o755)
        home = pathlib.Path(home)
        (home / "feeds").mkdir()
        for source in range(SOURCES):
            (home / "feeds" / f"{source}.xml").write_text(feed(source))
        command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
        origin = subprocess.Popen(
            [*command, "--directory", home / "feeds"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        port = re.search(r"port (\d+)", origin.stdout.readline())[1]
        (home / "feeds.toml").write_text(config(f"http://127.0.0.1:{port}", home / "files"))
        nginx_port = int(port) + 1 if int(port) < 60000 else int(port) - 1
        (home / "nginx.conf").write_text(NGINX.format(home=home, port=nginx_port))
        arguments = ["run", "--config", home / "feeds.toml", "--data", home / "data"]
        with Service(program, *arguments) as service:
            ours = service.address()
            service.line(ROUND)
            origin.kill()
            nginx = subprocess.Popen(
                ["nginx", "-c", home / "nginx.conf", "-p", home, "-e", "stderr"]
            )
            theirs = f"http://127.0.0.1:{nginx_port}"
            try:
                servers = [(ours, service.process), (theirs, nginx)]
                measure(servers, int(seconds))
                measure_paced(servers, int(seconds), home / "h2load.log")
            finally:
                nginx.terminate()
                nginx.wait()


def measure(servers, seconds):
    (ours, _), (theirs, _) = servers
    for _ in range(1000):
        try:
            get(f"{theirs}/atom.xml")
            break
        except OSError:
            time.sleep(0.01)
    size = len(get(f"{theirs}/atom.xml"))
    assert get(f"{ours}/atom.xml") == get(f"{theirs}/atom.xml")
    print(f"a feed of {SOURCES * ITEMS} stories, {size} bytes")
    print("answer  connections    scofeed/s  p99 ms  µs CPU     nginx/s  p99 ms  µs CPU   quotients: rate  p99")
    for name, connections, rounds in in_turns(servers, wrk, seconds, ["304", "gzip", "plain"]):
        figures = [
            "{:11,.0f} {:7.2f} {:7.1f}".format(
                *(median(rounds, who, what) for what in range(3))
            )
            for who in [0, 1]
        ]
        quotients = "{:17.2f} {:4.2f}".format(*(quotient(rounds, what) for what in range(2)))
        print(f"{name:6} {connections:12} {figures[0]} {figures[1]} {quotients}", flush=True)


def measure_paced(servers, seconds, log):
    print(f"\nat {PACE} requests/s each; ms")
    print("answer  connections    scofeed p50     p99       nginx p50     p99   quotients: p50  p99")

    def ask(address, fields, connections, seconds, _process):
        return paced(address, fields, connections, seconds, log)

    for name, connections, rounds in in_turns(servers, ask, seconds, ["304", "gzip"]):
        figures = [
            "{:15.3f} {:7.3f}".format(*(median(rounds, who, what) for what in range(2)))
            for who in [0, 1]
        ]
        quotients = "{:16.2f} {:4.2f}".format(*(quotient(rounds, what) for what in range(2)))
        print(f"{name:6} {connections:12} {figures[0]} {figures[1]} {quotients}", flush=True)


def in_turns(servers, ask, seconds, kinds):
    """Each of these kinds of answer and number of connections, with what `ask`
    measured in each round of each server."""
    for name in kinds:
        fields = {} if name == "plain" else {"Accept-Encoding": "gzip"}
        conditional = name == "304"
        for connections in CONNECTIONS:
            rounds = []
            for number in range(ROUNDS):
                one = {}
                # Who comes second meets what the first has warmed up.
                for who in [0, 1] if number % 2 else [1, 0]:
                    address, process = servers[who]
                    more = {"If-None-Match": tag(address, fields)} if conditional else {}
                    one[who] = ask(address, {**fields, **more}, connections, seconds, process)
                rounds.append(one)
            yield name, connections, rounds


def median(rounds, who, what):
    return statistics.median(one[who][what] for one in rounds)


def quotient(rounds, what):
    return statistics.median(one[0][what] / one[1][what] for one in rounds)


if __name__ == "__main__":
    main(*sys.argv[1:])
