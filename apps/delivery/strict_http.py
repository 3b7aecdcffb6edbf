"""The content host's side of HTTP/1.1: a strict parser, with bounds that the server below does not set.

uvicorn's parser (llhttp) refuses what could be read in two ways: both length and chunks, folded fields, bare line feeds.
Refused here: a head that is too long or comes too slowly, a target of another form than a path, and a question
without exactly one Host (RFC 9112 §3.2, RFC 9110 §7.2).
"""

import asyncio
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD = 65_536
LONGEST_HEAD_S = 20.0
_NO_PATH = "A question to this host begins with a slash."
_NO_HOST = "A question names one host."
_TOO_LONG = "No question has a head as long as that."
_HOST = b"host"


class StrictProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._size, self._in_head = 0, True
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._come()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        self._size += len(data)
        self._wait()
        if self._size > MOST_HEAD:
            self.send_400_response(_TOO_LONG)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._size, self._in_head = 0, True

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._come()
        hosts = sum(1 for name, _value in self.headers if name == _HOST)
        if not self.url.startswith(b"/"):
            self._refuse(_NO_PATH)
        elif hosts > 1 or (hosts == 0 and self.parser.get_http_version() != "1.0"):
            self._refuse(_NO_HOST)
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self.transport.is_closing():
            super().on_message_complete()

    def _refuse(self, why: str) -> None:
        """Nothing that comes behind it is read any more."""
        if not self.transport.is_closing():
            self.send_400_response(why)

    def _wait(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(LONGEST_HEAD_S, self.transport.close)

    def _come(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def config(app: Any, **more: Any) -> uvicorn.Config:
    """As every content host is served."""
    return uvicorn.Config(
        app, http=StrictProtocol, loop="uvloop", access_log=False, server_header=False, **more
    )
