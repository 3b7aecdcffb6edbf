"""The portal's gunicorn worker: threads, and connections that say nothing cost none of them.

Gunicorn's own hands every accepted connection to a thread at once, where it may wait without end for a request: as
many silent connections as there are threads would stop the portal, and so would as many that drip, or that send half
of a head and no more.
"""

import errno
import io
import re
import time
from collections import deque
from contextlib import suppress
from enum import Enum, auto
from functools import partial
from selectors import EVENT_READ

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

# Of a client in mid-request, in seconds: so long it occupies a thread.
SILENCE_S = 5.0
# Of a whole request: so long it may take, and longer only by what has come at the least rate (bytes a second).
PATIENCE_S = 20.0
SLOWEST = 2_000
# Longer ones are no browser's.
MOST_HEAD = 128 * 1024
# Forms; what is longer is read by the thread that wants it.
SHORT_BODY = 64 * 1024
PIECE = 64 * 1024
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)[ \t]*\r\n", re.IGNORECASE)
_UNKNOWN = re.compile(rb"\r\n(?:transfer-encoding|expect)[ \t]*:", re.IGNORECASE)
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_GONE = (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK)


class _Reading(SocketUnreader):
    """A client that sends one byte at a time is not silent, but no less in the way."""

    def __init__(self, sock) -> None:
        super().__init__(sock)
        self.begin()

    def begin(self) -> None:
        self._begun, self._received = time.monotonic(), 0

    def chunk(self) -> bytes:
        if time.monotonic() - self._begun > PATIENCE_S + self._received / SLOWEST:
            raise TimeoutError(errno.ETIMEDOUT, "the request came too slowly")
        data = super().chunk()
        self._received += len(data)
        return data


class _Connection(TConn):
    """``held``: what came of a request before a thread has it; ``begun``: when its first byte came. ``is_long``: it
    occupies one of the threads that wait for bodies."""

    def __init__(self, cfg, sock, client, server) -> None:
        super().__init__(cfg, sock, client, server)
        self.held = bytearray()
        self.begun = 0.0
        self.is_long = False

    def init(self) -> None:
        fresh = not self.initialized
        super().init()
        if fresh:
            self.parser.unreader = _Reading(self.sock)
        else:
            self.parser.unreader.begin()
        self.parser.unreader.buf.write(bytes(self.held))
        self.held.clear()
        # The worker has just made it wait for ever.
        self.sock.settimeout(SILENCE_S)

    def take_back(self) -> None:
        """What came behind the last request is the beginning of the next."""
        unreader = self.parser.unreader
        self.held += unreader.buf.getvalue()
        unreader.buf = io.BytesIO()
        self.begun = time.monotonic()

    def is_late(self, now: float) -> bool:
        return now - self.begun > PATIENCE_S + len(self.held) / SLOWEST


class PatientWorker(ThreadWorker):
    """A request gets a thread when its head and a short body are there. Connections wait for it in the selector, as those
    that are kept alive do. Of longer bodies half of the threads wait at most."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.reading: set[_Connection] = set()
        self.long_waiting: deque[_Connection] = deque()
        self.long_going = 0

    def accept(self, listener) -> None:
        try:
            sock, address = listener.accept()
        except OSError as error:
            if error.errno not in _GONE:
                raise
            return
        self.nr_conns += 1
        connection = _Connection(self.cfg, sock, address, listener.getsockname())
        connection.set_timeout()
        self.keepalived_conns.append(connection)
        self.poller.register(sock, EVENT_READ, partial(self.on_client_socket_readable, connection))

    def on_client_socket_readable(self, conn, client) -> None:
        try:
            data = client.recv(PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not conn.held:
            self.keepalived_conns.remove(conn)
            self.reading.add(conn)
            conn.begun = time.monotonic()
        conn.held += data
        # Who says no more may still want an answer, and keeps no thread waiting.
        here = arrived(conn.held) if data else Arrived.WHOLE if conn.held else Arrived.REFUSED
        if here is Arrived.PARTLY:
            return
        self.poller.unregister(client)
        self.reading.discard(conn)
        self._hand_over(conn, here)

    def _hand_over(self, conn: _Connection, here: "Arrived") -> None:
        if here is Arrived.WHOLE:
            self.enqueue_req(conn)
        elif here is Arrived.LONG:
            self.long_waiting.append(conn)
            self._let_in()
        else:
            if len(conn.held) > MOST_HEAD:
                with suppress(OSError):
                    conn.sock.send(_TOO_LARGE)
            self.nr_conns -= 1
            conn.close()

    def _let_in(self) -> None:
        while self.long_waiting and self.long_going < max(1, self.cfg.threads // 2):
            conn = self.long_waiting.popleft()
            conn.is_long = True
            self.long_going += 1
            self.enqueue_req(conn)

    def finish_request(self, conn, fs) -> None:
        """A question that came with the one before lies here already: the socket will never tell of it."""
        if conn.is_long:
            conn.is_long = False
            self.long_going -= 1
            self._let_in()
        done = not fs.cancelled() and fs.exception() is None and fs.result()
        if not (done and self.alive):
            super().finish_request(conn, fs)
            return
        conn.take_back()
        here = arrived(conn.held) if conn.held else Arrived.PARTLY
        if here is not Arrived.PARTLY:
            self._hand_over(conn, here)
            return
        super().finish_request(conn, fs)
        if conn.held:
            self.keepalived_conns.remove(conn)
            self.reading.add(conn)

    def murder_keepalived(self) -> None:
        super().murder_keepalived()
        now = time.monotonic()
        for conn in [one for one in self.reading if one.is_late(now)]:
            self.reading.discard(conn)
            self.poller.unregister(conn.sock)
            self.nr_conns -= 1
            conn.close()


class Arrived(Enum):
    PARTLY = auto()
    WHOLE = auto()
    LONG = auto()
    """Its head is there; its body is long, of unknown length, or waits for a word."""
    REFUSED = auto()


def arrived(held: bytes | bytearray) -> Arrived:
    """How much of a request is there. Only its framing is looked at: what is wrong with it the parser says."""
    end = held.find(b"\r\n\r\n")
    if end < 0:
        return Arrived.REFUSED if len(held) > MOST_HEAD else Arrived.PARTLY
    head = bytes(held[: end + 2])
    if _UNKNOWN.search(head):
        return Arrived.LONG
    length = _LENGTH.search(head)
    if length is None:
        return Arrived.WHOLE
    if len(length[1]) > len(str(SHORT_BODY)) or int(length[1]) > SHORT_BODY:
        return Arrived.LONG
    return Arrived.WHOLE if len(held) >= end + 4 + int(length[1]) else Arrived.PARTLY
