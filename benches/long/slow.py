"""500 slow clients, and a normal one beside them (S-31).

usage: python3 benches/long/slow.py PROGRAM

The slow ones come again and again: a third say nothing, a third send their
request byte by byte, a third take their answer byte by byte. The normal one
asks for the feed 2,000 times, each time on a connection of its own; printed
is how long that took without the others and beside them.
"""

import pathlib
import socket
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "clients"))
from service import ROUND, demo, expect  # noqa: E402

SLOW = 500
REQUESTS = 2000
REQUEST = b"GET /atom.xml HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"


def slow(address, number, there, done):
    while not done.is_set():
        try:
            with socket.create_connection(address, timeout=20) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                there.release()
                if number % 3 == 2:
                    client.sendall(REQUEST)
                for place in range(len(REQUEST)):
                    if done.wait(0.5):
                        return
                    if number % 3 == 1:
                        client.sendall(REQUEST[place : place + 1])
                    elif number % 3 == 2 and not client.recv(1):
                        break
        except OSError:
            pass


def ask(address):
    began = time.perf_counter()
    with socket.create_connection(address, timeout=20) as client:
        client.sendall(REQUEST)
        answer = b""
        while part := client.recv(65536):
            answer += part
    expect(answer.startswith(b"HTTP/1.1 200"), answer[:100])
    return (time.perf_counter() - began) * 1000


def figures(address):
    times = sorted(ask(address) for _ in range(REQUESTS))
    return f"median {times[REQUESTS // 2]:.2f} ms, p99 {times[REQUESTS * 99 // 100]:.2f} ms, worst {times[-1]:.2f} ms"


def main(program):
    with tempfile.TemporaryDirectory() as data, demo(program, data) as service:
        host, port = service.address().removeprefix("http://").split(":")
        address = (host, int(port))
        service.line(ROUND)
        print("alone:       ", figures(address), flush=True)
        there, done = threading.Semaphore(0), threading.Event()
        for number in range(SLOW):
            threading.Thread(target=slow, args=(address, number, there, done), daemon=True).start()
        for _ in range(SLOW):
            there.acquire()
        print(f"beside {SLOW}:  ", figures(address), flush=True)
        done.set()


main(*sys.argv[1:])
