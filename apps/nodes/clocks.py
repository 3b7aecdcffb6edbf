"""By how much this computer's clock is off: against a time server (SNTP, RFC 4330), or against the database's clock."""

import datetime as dt
import socket
import struct

from django.conf import settings
from django.db import connection

from apps.common.clock import now

PORT = 123
TIMEOUT_S = 2.0
# From 1900 (NTP) to 1970.
EPOCH = 2_208_988_800
# Version 4, mode 3: a client asks.
ASK = b"\x23" + bytes(47)


def offset() -> tuple[str, float] | None:
    """Whose clock, and seconds that it is ahead of ours; None where nobody can be asked."""
    server = settings.NODE.clock_server
    if server:
        try:
            return server, ask(server)
        except (OSError, ValueError):
            return None
    if not settings.NODE.database_url:
        # The embedded database has our own clock.
        return None
    before = now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs: dt.datetime = cursor.fetchone()[0]
    return "PostgreSQL", (theirs - before - (now() - before) / 2).total_seconds()


def ask(server: str) -> float:
    """Seconds that a time server is ahead. OSError where it does not answer, ValueError for what is no answer."""
    host, _colon, port = server.rpartition(":") if server.count(":") == 1 else (server, "", "")
    address = (host, int(port or PORT))
    family, kind, protocol, _name, there = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as channel:
        channel.settimeout(TIMEOUT_S)
        channel.connect(there)
        sent = now().timestamp()
        # The server gives our moment back, so that a stranger's packet is known as such.
        mark = struct.pack(">II", int(sent) + EPOCH & 0xFFFF_FFFF, int(sent % 1 * 2**32))
        channel.send(ASK[:40] + mark)
        answer = channel.recv(256)
        came = now().timestamp()
    if len(answer) < 48 or answer[0] & 7 != 4 or answer[24:32] != mark or answer[1] == 0:
        raise ValueError("not an answer of a time server")
    received, left = _moment(answer[32:40]), _moment(answer[40:48])
    return ((received - sent) + (left - came)) / 2


def _moment(data: bytes) -> float:
    seconds, fraction = struct.unpack(">II", data)
    # The era that began in 2036 counts from zero again.
    return seconds - EPOCH + (2**32 if seconds < EPOCH else 0) + fraction / 2**32
