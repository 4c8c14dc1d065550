"""The file edition under nginx and Caddy, configured as our examples show.

usage: files.py PROGRAM NGINX_CONF CADDYFILE

Every link leads to a file, and every file has the type, the fields and the
codings that the program's own server gives it.
"""

import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from service import ROUND, demo, expect, fail, get, note

CADDY = """{
	admin off
	auto_https off
}
"""
NGINX = """
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 64; }}
http {{
    access_log off;
    include /etc/nginx/mime.types;
    client_body_temp_path {home}; proxy_temp_path {home}; fastcgi_temp_path {home};
    uwsgi_temp_path {home}; scgi_temp_path {home};
    include {home}/scofeed.conf;
}}
"""
LINK = re.compile(rb'\bhref="([^"#:]*)"')
TYPES = {
    "": "text/html; charset=utf-8",
    "atom.xml": "application/atom+xml; charset=utf-8",
    "rss.xml": "application/rss+xml; charset=utf-8",
    "feed.json": "application/feed+json",
    "opml.xml": "application/xml; charset=utf-8",
}


def ask(address, fields=None):
    request = urllib.request.Request(address, headers=fields or {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, b""


def publish(program, home):
    """The demo's documents as files: its database, under another configuration."""
    with demo(program, home) as service:
        service.line(ROUND)
        service.end()
    config = home / "feeds.toml"
    config.write_text(
        '[feed]\nurl = "https://sco.example/"\n'
        f'[publish]\ndirectory = "{home}/files"\n'
    )
    subprocess.run(
        [program, "run", "--once", "--config", config, "--data", home / "demo"],
        check=True,
        capture_output=True,
    )


    for folder in [home / "files/archive", home / "files/lang/en/archive"]:
        folder.mkdir()
        for name in ["2026-01.html", "2026-01-part-2.html", "2026-01.xml", "2026-01-15.xml"]:
            (folder / name).write_text("made up")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def with_settings(example, home, *pairs):
    """Our example for another directory, and in other words where a test must."""
    text = pathlib.Path(example).read_text()
    for what, instead in [("/var/www/scofeed", f"{home}/files"), *pairs]:
        expect(what in text, f"{example} does not say {what}")
        text = text.replace(what, instead)
    return text


def nginx(home, example, port):
    text = with_settings(example, home, ("listen 80;", f"listen 127.0.0.1:{port};"))
    (home / "scofeed.conf").write_text(text)
    (home / "nginx.conf").write_text(NGINX.format(home=home))
    return ["nginx", "-c", home / "nginx.conf", "-p", home, "-e", "stderr"]


def caddy(home, example, port):
    text = with_settings(example, home, ("sco.example.org {", f"http://127.0.0.1:{port} {{"))
    (home / "Caddyfile").write_text(CADDY + text)
    return ["caddy", "run", "--config", home / "Caddyfile", "--adapter", "caddyfile"]


def main(program, nginx_conf, caddyfile):
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        home.chmod(0o755)
        publish(program, home)
        for configure, example in [(nginx, nginx_conf), (caddy, caddyfile)]:
            port = free_port()
            command = configure(home, example, port)
            server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            try:
                check(server, command[0], f"http://127.0.0.1:{port}/")
            finally:
                server.terminate()
                server.wait()


def check(server, name, address):
    while True:
        try:
            get(address)
            break
        except OSError:
            if server.poll() is not None:
                fail(f"{name} does not start")
    for sheet, kind in TYPES.items():
        status, headers, body = ask(address + sheet)
        expect(status == 200, f"/{sheet}: {status}")
        expect(headers["Content-Type"] == kind, f"/{sheet} is {headers['Content-Type']}")
        expect(headers["X-Content-Type-Options"] == "nosniff", f"/{sheet}: no nosniff")
        expect("max-age=900" in headers["Cache-Control"], f"/{sheet}: {headers['Cache-Control']}")
        is_feed = sheet in ["atom.xml", "rss.xml", "feed.json"]
        origin = headers["Access-Control-Allow-Origin"]
        expect((origin == "*") == is_feed, f"/{sheet}: origin {origin}")
        known, _, _ = ask(address + sheet, {"If-None-Match": headers["ETag"]})
        expect(known == 304, f"/{sheet} with its tag: {known}")
        _, packed, less = ask(address + sheet, {"Accept-Encoding": "gzip"})
        expect(packed["Content-Encoding"] == "gzip", f"/{sheet} is not packed")
        expect(less[:2] == b"\x1f\x8b", f"/{sheet} is not packed")
    waiting, met = [address], set()
    while waiting:
        page = waiting.pop()
        if page in met:
            continue
        met.add(page)
        status, headers, body = ask(page)
        expect(status == 200, f"{page}: {status}")
        if headers["Content-Type"].startswith("text/html"):
            for link in LINK.findall(body):
                waiting.append(urllib.parse.urljoin(page, link.decode()))
    stories = [page for page in met if "/story/" in page]
    expect(len(stories) > 10, f"{len(stories)} story pages")
    status, _, _ = ask(stories[0].removesuffix(".html"))
    expect(status == 200, f"a story page without its ending: {status}")
    # The demo has no months before this one.
    for sheet, kind, cache in [
        ("archive/2026-01.html", "text/html; charset=utf-8", "max-age=900"),
        ("archive/2026-01", "text/html; charset=utf-8", "max-age=900"),
        ("lang/en/archive/2026-01-part-2", "text/html; charset=utf-8", "max-age=900"),
        ("archive/2026-01.xml", "application/atom+xml; charset=utf-8", "immutable"),
        ("lang/en/archive/2026-01-15.xml", "application/atom+xml; charset=utf-8", "immutable"),
    ]:
        status, headers, _ = ask(address + sheet)
        expect(status == 200, f"/{sheet}: {status}")
        expect(headers["Content-Type"] == kind, f"/{sheet} is {headers['Content-Type']}")
        expect(cache in headers["Cache-Control"], f"/{sheet}: {headers['Cache-Control']}")
    note(f"{name}: {len(met)} files, each link leads to one; types, tags and packed forms are right")


main(*sys.argv[1:])
