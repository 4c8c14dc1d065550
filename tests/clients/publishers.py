"""Publishers on loopback, and their record of who asked and when."""

import random
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from service import expect

SYLLABLES = ["ba", "ko", "ri", "tu", "ze", "mi", "lo", "sha", "ven", "dor", "qui"]


class Publisher:
    """A feed that grows; its `ETag` tells how many items it has."""

    def __init__(self, name, dice):
        self.name = name
        self.dice = dice
        self.items = []
        self.status = 200
        self.delay = 0
        self.asked = []

    def publish(self, kept, when):
        """One more item, about the topic or not, in words that nobody else uses."""
        words = (
            "".join(self.dice.choices(SYLLABLES, k=3)) for _ in range(6)
        )
        about = "Shanghai Cooperation Organisation" if kept else "harbour"
        guid = f"{self.name}-{len(self.items)}"
        self.items.append((guid, f"{about} {' '.join(words)}", when, kept))

    def tag(self):
        return f'"{self.name}-{len(self.items)}"'

    def document(self):
        listed = "".join(
            f'<item><guid isPermaLink="false">{guid}</guid><title>{title}</title>'
            f"<link>https://articles.example/{guid}</link><pubDate>{date(when)}</pubDate></item>"
            for guid, title, when, _ in reversed(self.items)
        )
        return (
            '<?xml version="1.0"?><rss version="2.0"><channel><title>Made up</title>'
            f"<link>https://articles.example/</link>{listed}</channel></rss>"
        ).encode()


def date(when):
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(when))


class Publishers:
    """Publishers of these names, on a free port. Their clock is ahead by `ahead` seconds."""

    def __init__(self, names, seed=0):
        dice = random.Random(seed)
        self.all = {name: Publisher(name, random.Random(dice.random())) for name in names}
        self.ahead = 0
        self.open = 0
        self.changed = threading.Condition()
        publishers = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                publisher = publishers.all.get(self.path.strip("/"))
                if publisher is None:
                    self.send_error(404)
                    return
                publisher.asked.append(publishers.now())
                time.sleep(publisher.delay)
                body = publisher.document()
                tag = publisher.tag()
                status = publisher.status
                if status == 200 and self.headers.get("If-None-Match") == tag:
                    status = 304
                try:
                    self.send_response(status)
                    if status in (200, 304):
                        self.send_header("ETag", tag)
                    self.send_header("Content-Length", str(len(body) if status == 200 else 0))
                    self.end_headers()
                    if status == 200:
                        self.wfile.write(body)
                except OSError:
                    pass  # It was killed.

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 256

            def process_request(self, *request):
                with publishers.changed:
                    publishers.open += 1
                super().process_request(*request)

            def shutdown_request(self, request):
                super().shutdown_request(request)
                with publishers.changed:
                    publishers.open -= 1
                    publishers.changed.notify_all()

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def now(self):
        return time.time() + self.ahead

    def hear_the_last(self):
        """Waits until everything that was sent by one who is dead is written down."""
        # Connections are taken in the order in which they were made.
        with socket.create_connection(self.server.server_address) as last:
            last.sendall(b"GET /nobody HTTP/1.0\r\n\r\n")
            while last.recv(4096):
                pass
        with self.changed:
            heard = self.changed.wait_for(lambda: self.open == 0, timeout=20)
        expect(heard, "a connection of the dead does not end")

    def config(self, every, publish, host="127.0.0.1"):
        """A feeds.toml with all of them."""
        port = self.server.server_port
        tables = [
            '[feed]\nurl = "https://sco.example/"\n'
            f'[publish]\ndirectory = "{publish}"\n[server]\nlisten = "127.0.0.1:0"\n'
        ]
        for name in self.all:
            tables.append(
                f'[[source]]\nname = "{name}"\nfeed = "http://{host}:{port}/{name}"\n'
                f'every = "{every}"\nallow_private = true\n'
            )
        return "".join(tables)
