"""``python -m tests.bench.generator HOST PORT CONNECTIONS SECONDS FILE``: ask for the targets of FILE over kept connections.

Prints one object of JSON: ``rate`` (answers a second), ``p50`` and ``p99`` (ms), ``answers``, ``bytes`` of bodies,
``wrong`` (answers that were no 200 or came cut). 0 seconds: each target once. A line of FILE is what stands behind GET.
"""

import json
import math
import selectors
import socket
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

PIECE = 1 << 18


@dataclass(slots=True)
class Talk:
    """One connection, and the answer that is on its way."""

    host: str
    port: int
    line: socket.socket = field(init=False)
    head: bytes = b""
    left: int | None = None
    chunked: bytes | None = None
    begun: float = 0.0

    def __post_init__(self) -> None:
        self.line = socket.create_connection((self.host, self.port), timeout=30)
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


@dataclass(slots=True)
class Tally:
    times: list[float] = field(default_factory=list)
    size: int = 0
    wrong: int = 0
    first_wrong: str = ""


def main(host: str, port: str, connections: str, seconds: str, file: str) -> None:
    asked = [
        f"GET {target} HTTP/1.1\r\nHost: {host_of(target) or f'localhost:{port}'}\r\nAccept-Encoding: identity\r\n\r\n".encode()
        for target in Path(file).read_text(encoding="utf-8").split()
    ]
    tally, talks = Tally(), [Talk(host, int(port)) for _ in range(int(connections))]
    began = time.perf_counter()
    if float(seconds):
        _run(talks, cycle(asked), began + float(seconds), tally)
    else:
        _run(talks, iter(asked), math.inf, tally)
    took = time.perf_counter() - began
    times = sorted(tally.times) or [0.0]
    print(
        json.dumps(
            {
                "rate": len(tally.times) / took,
                "p50": statistics.median(times) * 1e3,
                "p99": times[int(len(times) * 0.99)] * 1e3,
                "answers": len(tally.times),
                "bytes": tally.size,
                "wrong": tally.wrong,
                "first_wrong": tally.first_wrong,
            }
        )
    )


def host_of(target: str) -> str:
    """Of an absolute target, as proxies are asked."""
    return target.split("/")[2] if target.startswith("http") else ""


def _run(talks: list[Talk], asked: Iterator[bytes], until: float, tally: Tally) -> None:
    with selectors.DefaultSelector() as chooser:
        for talk in talks:
            chooser.register(talk.line, selectors.EVENT_READ, talk)
            _ask(talk, next(asked))
        going = len(talks)
        while going:
            for key, _events in chooser.select(30):
                talk = key.data
                piece = talk.line.recv(PIECE)
                ended = not piece or _take(talk, piece, tally)
                if not ended:
                    continue
                if not piece:
                    tally.wrong += 1
                else:
                    tally.times.append(time.perf_counter() - talk.begun)
                more = next(asked, None) if piece and time.perf_counter() < until else None
                if more is not None:
                    _ask(talk, more)
                    continue
                chooser.unregister(talk.line)
                talk.line.close()
                going -= 1


def _ask(talk: Talk, request: bytes) -> None:
    talk.head, talk.left, talk.chunked = b"", None, None
    talk.begun = time.perf_counter()
    talk.line.sendall(request)


def _take(talk: Talk, piece: bytes, tally: Tally) -> bool:
    """Whether the answer is whole now."""
    if talk.left is None and talk.chunked is None:
        talk.head += piece
        end = talk.head.find(b"\r\n\r\n")
        if end < 0:
            return False
        head, piece = talk.head[:end].lower(), talk.head[end + 4 :]
        if b" 200 " not in head.split(b"\r\n", 1)[0] + b" ":
            tally.wrong += 1
            tally.first_wrong = tally.first_wrong or talk.head[:2_000].decode("latin-1")
        if b"transfer-encoding: chunked" in head:
            talk.chunked = b""
        else:
            talk.left = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    tally.size += len(piece)
    if talk.chunked is not None:
        # Enough to see the end; pieces within are counted with their frames.
        talk.chunked = (talk.chunked + piece)[-7:]
        return talk.chunked.endswith(b"\r\n0\r\n\r\n") or talk.chunked == b"0\r\n\r\n"
    talk.left -= len(piece)
    return talk.left <= 0


if __name__ == "__main__":
    main(*sys.argv[1:])
