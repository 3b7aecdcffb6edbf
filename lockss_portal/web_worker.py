"""The portal's gunicorn worker: threads, and connections that say nothing cost none of them.

Gunicorn's own hands every accepted connection to a thread at once, where it may wait without end for a request: as
many silent connections as there are threads would stop the portal.
"""

import errno
from functools import partial
from selectors import EVENT_READ

from gunicorn.workers.gthread import TConn, ThreadWorker

# Of a client in mid-request, in seconds: so long it occupies a thread.
SILENCE_S = 5.0
_GONE = (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK)


class _Connection(TConn):
    def init(self) -> None:
        super().init()
        # The worker has just made it wait for ever.
        self.sock.settimeout(SILENCE_S)


class PatientWorker(ThreadWorker):
    """A new connection waits in the selector, as one that is kept alive does, until its client has said something."""

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
