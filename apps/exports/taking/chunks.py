"""Undoes chunked transfer coding: other archives keep an answer as it came over the line (RFC 9112 §7.1)."""

import re
from typing import IO

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
_CODED = re.compile(rb"^transfer-encoding:[ \t]*chunked[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


def is_chunked(head: bytes) -> bool:
    return _CODED.search(head) is not None


def unchunk(source: IO[bytes], out: IO[bytes]) -> bool:
    """False where ``source`` is not chunked after all, which archives have, too; then nothing is to be read from ``out``."""
    source.seek(0)
    while True:
        line = source.readline(1_024)
        found = _SIZE.fullmatch(line)
        if found is None:
            return False
        left = int(found[1], 16)
        if not left:
            return True
        while left:
            piece = source.read(min(left, 1 << 18))
            if not piece:
                return False
            out.write(piece)
            left -= len(piece)
        if source.readline(3) not in (b"\r\n", b"\n"):
            return False
