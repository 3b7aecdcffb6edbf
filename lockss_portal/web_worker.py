"""The portal's gunicorn worker: threads, and connections that say nothing cost none of them.

Gunicorn's own hands every accepted connection to a thread at once, where it may wait without end for a request: as
many silent connections as there are threads would stop the portal, and so would as many that drip.
"""

import errno
import time
from functools import partial
from selectors import EVENT_READ

from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

# Of a client in mid-request, in seconds: so long it occupies a thread.
SILENCE_S = 5.0
# Of a whole request: so long it may take, and longer only by what has come at the least rate (bytes a second).
PATIENCE_S = 20.0
SLOWEST = 2_000
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
    def init(self) -> None:
        fresh = not self.initialized
        super().init()
        if fresh:
            self.parser.unreader = _Reading(self.sock)
        else:
            self.parser.unreader.begin()
        # The worker has just made it wait for ever.
        self.sock.settimeout(SILENCE_S)


class PatientWorker(ThreadWorker):
    """A new connection waits in the selector, as one that is kept alive does, until its client has said something."""

    def finish_request(self, conn, fs) -> None:
        """A question that came with the one before lies here already: the socket will never tell of it."""
        done = not fs.cancelled() and fs.exception() is None and fs.result()
        if done and self.alive and conn.parser.unreader.buf.getvalue():
            self.enqueue_req(conn)
        else:
            super().finish_request(conn, fs)

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
