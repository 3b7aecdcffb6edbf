"""Captures and stores for tests."""

import datetime as dt
import random
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from apps.repository.captures import Capture
from apps.repository.choices import Origin
from apps.repository.heads import make_head

AUID = "org|lockss|plugin|Sample&base_url~http%3A%2F%2Fpub%2Eexample%2F&year~2021"
OTHER = "org|lockss|plugin|Sample&base_url~http%3A%2F%2Fpub%2Eexample%2F&year~2022"
AT = dt.datetime(2026, 11, 21, 6, 12, 30, 123456, tzinfo=dt.UTC)
REQUEST = b"GET /a HTTP/1.1\r\nHost: pub.example\r\nUser-Agent: LOCKSS cache\r\n\r\n"


def capture(
    url: str = "http://pub.example/a", body: bytes = b"<p>hello</p>" * 50, **changes: object
) -> Capture:
    kind = changes.pop("kind", "text/html; charset=utf-8")
    fields = [(b"Content-Type", str(kind).encode()), (b"Content-Length", str(len(body)).encode())]
    given: dict[str, object] = {
        "url": url,
        "body": body,
        "collected_at": AT,
        "origin": Origin.CRAWL,
        "head": make_head(200, fields, b"OK"),
        "request": REQUEST,
        "address": "192.0.2.7",
    }
    return Capture(**given | changes)


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that do not shrink, the same ones for the same seed."""
    return random.Random(seed).randbytes(size)


def use_store(monkey: object, folder: Path, **changes: object) -> Path:
    """Point the node's content folder at ``folder``; ``monkey`` is pytest-django's ``settings``."""
    monkey.NODE = replace(settings.NODE, content_dir=folder, **changes)
    return folder
