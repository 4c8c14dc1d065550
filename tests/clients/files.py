"""The file edition under nginx, configured as package/nginx.conf shows.

usage: files.py PROGRAM NGINX_CONF

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


def main(program, conf):
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        home.chmod(0o755)
        publish(program, home)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        text = pathlib.Path(conf).read_text()
        for what, instead in [
            ("listen 80;", f"listen 127.0.0.1:{port};"),
            ("/var/www/scofeed", f"{home}/files"),
        ]:
            expect(what in text, f"{conf} does not say {what}")
            text = text.replace(what, instead)
        (home / "scofeed.conf").write_text(text)
        (home / "nginx.conf").write_text(NGINX.format(home=home))
        nginx = subprocess.Popen(["nginx", "-c", home / "nginx.conf", "-p", home, "-e", "stderr"])
        try:
            check(nginx, f"http://127.0.0.1:{port}/")
        finally:
            nginx.terminate()
            nginx.wait()


def check(nginx, address):
    while True:
        try:
            get(address)
            break
        except OSError:
            if nginx.poll() is not None:
                fail("nginx does not start")
    for name, kind in TYPES.items():
        status, headers, body = ask(address + name)
        expect(status == 200, f"/{name}: {status}")
        expect(headers["Content-Type"] == kind, f"/{name} is {headers['Content-Type']}")
        expect(headers["X-Content-Type-Options"] == "nosniff", f"/{name}: no nosniff")
        expect("max-age=900" in headers["Cache-Control"], f"/{name}: {headers['Cache-Control']}")
        is_feed = name in ["atom.xml", "rss.xml", "feed.json"]
        origin = headers["Access-Control-Allow-Origin"]
        expect((origin == "*") == is_feed, f"/{name}: origin {origin}")
        known, _, _ = ask(address + name, {"If-None-Match": headers["ETag"]})
        expect(known == 304, f"/{name} with its tag: {known}")
        _, packed, less = ask(address + name, {"Accept-Encoding": "gzip"})
        expect(packed["Content-Encoding"] == "gzip", f"/{name} is not packed")
        expect(less[:2] == b"\x1f\x8b", f"/{name} is not packed")
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
    note(f"nginx: {len(met)} files, each link leads to one; types, tags and packed forms are right")


main(*sys.argv[1:])
