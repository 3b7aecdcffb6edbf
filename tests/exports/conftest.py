"""Two AUs with content that is awkward to package, and exports of them."""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from django.conf import settings as node_settings

from apps.aus.models import Au
from apps.delivery.choices import Choice
from apps.delivery.services.kept import forget
from apps.exports import services
from apps.exports.models import Export
from apps.lockss.packages import ExportOptions, options_of
from apps.repository import services as repository
from apps.repository.captures import Capture
from apps.repository.choices import Fact
from tests.delivery.places import rule
from tests.factories import make_au
from tests.repository.factories import AT, capture, noise, use_store

BASE = "http://pub.example"
TEXT = b"<html><body>" + b"<p>The tide comes in twice a day.</p>" * 400 + b"</body></html>"
PICTURE = noise(150_000)
HEAD = b"HTTP/1.1 200  Quite OK\r\nx-ODD:  1\r\nSet-Cookie: a=b\r\ncontent-type: text/html\r\nLast-Modified: Wed, 07 Nov 2018 10:00:00 GMT\r\n\r\n"


def pages() -> list[Capture]:
    day = dt.timedelta(days=1)
    return [
        capture(f"{BASE}/", b"<p>start, once</p>", head=HEAD),
        capture(f"{BASE}/", b"<p>start, twice</p>", head=HEAD, collected_at=AT + day),
        capture(f"{BASE}/", b"<p>start, thrice</p>", head=HEAD, collected_at=AT + 2 * day),
        capture(f"{BASE}/a", TEXT, facts={Fact.SERVER_DATE: "Sat, 21 Nov 2026"}),
        capture(f"{BASE}/a/", TEXT, request=b"", address=None),
        capture(f"{BASE}/a/b.html?x=1&y=ü", TEXT + b"more"),
        capture("https://pub.example/a", TEXT),
        capture(f"{BASE}/A", b"capital"),
        capture(f"{BASE}/picture.png", PICTURE, kind="image/png"),
        capture(f"{BASE}/empty", b""),
        capture(f"{BASE}/../../../etc/passwd", b"not yours"),
        capture(
            f"{BASE}/old", b"", head=b"HTTP/1.1 302 Found\r\nLocation: /a\r\n\r\n", redirected_to=f"{BASE}/a"
        ),
        replace(
            capture(f"{BASE}/deposit.pdf", noise(900, 2)),
            head=b"",
            request=b"",
            content_type="application/pdf",
        ),
        replace(capture("a name and no URL", b"x"), head=b"", request=b"", content_type="text/plain"),
    ]


@dataclass
class Node:
    au: Au
    other: Au
    folder: Path


@pytest.fixture
def node(db, settings, tmp_path):
    """``au`` holds ``pages()``, ``other`` a copy of two of them."""
    places = {name: tmp_path / name.removesuffix("_dir") for name in ("spool_dir", "import_dir")}
    use_store(settings, tmp_path / "content", export_dir=tmp_path / "exports", **places)
    for place in places.values():
        place.mkdir()
    # What another test said was taken back, and with it the number by which it would be known as old.
    forget()
    rule(choice=Choice.LIGHT)
    made = Node(make_au("Tides, volume 1"), make_au("Tides, volume 2"), tmp_path)
    for au, some in ((made.au, pages()), (made.other, pages()[3:5])):
        added = repository.add_captures(auid=au.auid, captures=some)
        assert [one.fault for one in added] == [None] * len(some)
    return made


def made(*aus: Au, user=None, tell=lambda *_: None, **given) -> Export:
    """An export that is asked for and made here; its options as texts."""
    options = options_of(given)
    assert isinstance(options, ExportOptions), options
    row, _job = services.ask_export(aus=aus, what="test", options=options, user=user)
    return services.make_export(export_id=row.pk, tell=tell)


def files_of(row: Export, kind: str = "file") -> list[Path]:
    return [one.path for one in row.files.filter(kind=kind).order_by("pk")]


def only(row: Export) -> Path:
    (path,) = files_of(row)
    return path


def damage(au: Au, url: str, version: int | None = None) -> None:
    """A byte of a stored body that the index does not know of."""
    found = repository.find(auid=au.auid, url=url, version=version)
    file = Path(node_settings.NODE.content_dir) / found.place.file
    data = bytearray(file.read_bytes())
    data[found.place.offset + found.place.body_offset + 7] ^= 1
    file.write_bytes(data)
