"""Requests across restarts, while somebody else keeps the socket, as systemd
does: none is refused, and none goes without its answer.

usage: sockets.py PROGRAM REQUESTS RESTARTS
"""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from service import expect, note

CLIENTS = 4
REQUEST = b"GET /atom.xml HTTP/1.1\r\nHost: sco.example\r\nConnection: close\r\n\r\n"
CONFIG = '[feed]\nurl = "https://sco.example/"\n'


def start(program, data, listener, config):
    """Starts it with the socket as descriptor 3, and the words for it."""
    os.dup2(listener.fileno(), 3, inheritable=True)
    arguments = f'"{program}" run --config "{config}" --data "{data}"'
    return subprocess.Popen(
        ["sh", "-c", f"LISTEN_FDS=1 LISTEN_PID=$$ exec {arguments}"],
        pass_fds=[3],
        stderr=subprocess.DEVNULL,
    )


def ask(address):
    """Empty if it was answered in full, else what went wrong."""
    try:
        with socket.create_connection(address, timeout=20) as client:
            client.sendall(REQUEST)
            answer = b""
            while part := client.recv(65536):
                answer += part
    except OSError as error:
        return str(error)
    return "" if answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"</feed>\n") else "torn"


def main(program, requests, restarts):
    requests, restarts = int(requests), int(restarts)
    wrong, done, enough = [], [], threading.Event()
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        address = listener.getsockname()
        with tempfile.TemporaryDirectory() as data:
            config = pathlib.Path(data) / "feeds.toml"
            config.write_text(CONFIG)
            service = start(program, data, listener, config)

            def client():
                while not enough.is_set():
                    if said := ask(address):
                        wrong.append(said)
                    done.append(time.monotonic())

            clients = [threading.Thread(target=client) for _ in range(CLIENTS)]
            for thread in clients:
                thread.start()
            def some_more():
                aim = len(done) + requests // (restarts + 1) + 1
                while len(done) < aim:
                    time.sleep(0.001)

            for _ in range(restarts):
                some_more()
                service.send_signal(signal.SIGTERM)
                code = service.wait(timeout=20)
                expect(code == 0, f"it ends with {code}")
                service = start(program, data, listener, config)
            some_more()
            enough.set()
            for thread in clients:
                thread.join()
            service.kill()
            service.wait()
    pauses = [after - before for before, after in zip(sorted(done), sorted(done)[1:])]
    expect(not wrong, f"{len(wrong)} of {len(done)} requests failed", *set(wrong))
    note(f"{len(done)} requests across {restarts} restarts, none refused; at most {max(pauses):.2f} s of waiting")


main(*sys.argv[1:])
