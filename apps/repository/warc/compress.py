"""One WARC record as one gzip member, made so that its body can be sent and read without the rest (RFC 1951, 1952).

A member is: head, full flush, body, full flush, end of record. A full flush ends on a byte and forgets what came
before it, so the body's deflate bytes can be cut out: inflated alone, or passed on as a gzip file of their own.
A body that does not shrink is kept in stored blocks of fixed size, whose bytes can be found by arithmetic
(performance.md §1, §2).
"""

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from isal import isal_zlib

GZIP_HEADER = bytes.fromhex("1f8b08000000000000ff")
END = b"\r\n\r\n"
TRAILER = 8
STORED_BLOCK = 65_535
STORED_HEADER = 5
LEVEL = 2
# A body that loses less than a twentieth of its first 32 KB is not worth inflating ever after.
PROBE = 32_768
WORTH = 0.95


def _deflated_end() -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(END) + deflate.flush()


DEFLATED_END = _deflated_end()


@dataclass(frozen=True, slots=True)
class Member:
    """Where a body lies in its member, in bytes from the member's start, and its CRC-32."""

    length: int
    body_offset: int
    body_deflated: int
    body_crc32: int


def shrinks(start: bytes) -> bool:
    """Whether a body that starts so is worth deflating."""
    probe = start[:PROBE]
    return len(isal_zlib.compress(probe, LEVEL, -zlib.MAX_WBITS)) < WORTH * len(probe)


def write_member(
    write: Callable[[bytes], object], head: bytes, body: Iterable[bytes], body_length: int, *, deflate: bool
) -> Member:
    """Write one record. Pieces of ``body`` are multiples of 65,535 bytes long but for the last one."""
    coder = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -zlib.MAX_WBITS)
    start = GZIP_HEADER + coder.compress(head) + coder.flush(isal_zlib.Z_FULL_FLUSH)
    write(start)
    crc, deflated = 0, 0
    for piece in body:
        crc = isal_zlib.crc32(piece, crc)
        coded = coder.compress(piece) if deflate else stored(piece)
        deflated += len(coded)
        write(coded)
    if deflate:
        coded = coder.flush(isal_zlib.Z_FULL_FLUSH)
        deflated += len(coded)
        write(coded)
    total = member_crc32(head, crc, body_length)
    size = (len(head) + body_length + len(END)) & 0xFFFFFFFF
    write(DEFLATED_END + total.to_bytes(4, "little") + size.to_bytes(4, "little"))
    return Member(
        length=len(start) + deflated + len(DEFLATED_END) + TRAILER,
        body_offset=len(start),
        body_deflated=deflated,
        body_crc32=crc,
    )


def splice_member(
    write: Callable[[bytes], object], head: bytes, lying: Iterable[tuple[bytes, bytes]]
) -> Member:
    """The same of a body that lies deflated somewhere: (its deflate bytes, what they inflate to), as pieces."""
    start = GZIP_HEADER + flushed(head)
    write(start)
    crc, deflated, length = 0, 0, 0
    for raw, piece in lying:
        crc = isal_zlib.crc32(piece, crc)
        deflated += len(raw)
        length += len(piece)
        if raw:
            write(raw)
    total = member_crc32(head, crc, length)
    size = (len(head) + length + len(END)) & 0xFFFFFFFF
    write(DEFLATED_END + total.to_bytes(4, "little") + size.to_bytes(4, "little"))
    return Member(
        length=len(start) + deflated + len(DEFLATED_END) + TRAILER,
        body_offset=len(start),
        body_deflated=deflated,
        body_crc32=crc,
    )


def flushed(data: bytes) -> bytes:
    """Deflate data that refers to nothing before it, ends on a byte and lacks the final block."""
    coder = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -zlib.MAX_WBITS)
    return coder.compress(data) + coder.flush(isal_zlib.Z_FULL_FLUSH)


def member_crc32(head: bytes, body_crc32: int, body_length: int) -> int:
    """CRC-32 of a whole member: all heads, the body, the end of a record."""
    total = isal_zlib.crc32_combine(isal_zlib.crc32(head), body_crc32, body_length)
    return isal_zlib.crc32(END, total)


def stored(piece: bytes) -> bytes:
    """Deflate blocks without compression (RFC 1951 §3.2.4)."""
    parts: list[bytes] = []
    for at in range(0, len(piece), STORED_BLOCK):
        block = piece[at : at + STORED_BLOCK]
        size = len(block)
        parts += [b"\0", size.to_bytes(2, "little"), (size ^ 0xFFFF).to_bytes(2, "little"), block]
    return b"".join(parts)


def stored_length(body_length: int) -> int:
    """Bytes that ``stored`` makes of a body."""
    return body_length + STORED_HEADER * -(-body_length // STORED_BLOCK)


def stored_position(at: int) -> int:
    """Where byte ``at`` of a body lies among its stored blocks."""
    return at + STORED_HEADER * (at // STORED_BLOCK + 1)
