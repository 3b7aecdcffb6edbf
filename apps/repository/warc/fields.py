"""Heads of WARC records (ISO 28500:2017 §4, §5) and bodies of ``application/warc-fields``, both ways. Pure."""

import datetime as dt
from collections.abc import Iterable, Mapping

VERSION = b"WARC/1.1\r\n"


def record_head(fields: Iterable[tuple[str, str]]) -> bytes:
    """A record's head with its empty line. Names and values are one clean line each."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return VERSION + lines.encode() + b"\r\n"


def parse_record_head(head: bytes) -> dict[str, str] | None:
    """Fields of a head without its empty line, names in lower case; None where it is no WARC head."""
    if not head.startswith((b"WARC/1.1\r\n", b"WARC/1.0\r\n")):
        return None
    return parse_fields(head[len(VERSION) :])


def fields_block(fields: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()


def parse_fields(block: bytes) -> dict[str, str]:
    """Fields by name in lower case; the last of equal names wins, what is no field is skipped."""
    found: dict[str, str] = {}
    for line in block.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            found[name.strip().lower()] = value.strip(" \t")
    return found


def quick_field(head: bytes, name: bytes) -> bytes | None:
    """One field of a head as we write it ourselves (``parse_fields`` takes any spelling); None where it is not there."""
    start = head.find(b"\r\n" + name + b": ")
    if start < 0:
        return None
    start += len(name) + 4
    return head[start : head.index(b"\r\n", start)]


def warc_date(at: dt.datetime) -> str:
    """UTC with as many digits as it needs, microseconds at most."""
    utc = at.astimezone(dt.UTC).replace(tzinfo=None)
    return f"{utc.isoformat()}Z"


def parse_warc_date(text: str) -> dt.datetime:
    """ValueError where it is no date."""
    if not text.endswith("Z"):
        raise ValueError(f"no UTC date: {text!r}")
    return dt.datetime.fromisoformat(text[:-1]).replace(tzinfo=dt.UTC)
