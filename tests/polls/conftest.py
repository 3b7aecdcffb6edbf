"""An AU of the sample publisher with content in the store, and three pure nodes that hold the same."""

import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine

from apps.aus.models import Au
from apps.common import jobs
from apps.common.clock import now
from apps.common.models import Finding
from apps.crawls.models import CrawlStatus
from apps.lockss.auid import make_auid, slug_of
from apps.plugins.services import load_plugin_folder
from apps.polls.models import Poll, PollStatus
from apps.polls.services import pollers
from apps.repository import services as repository
from apps.repository.captures import Capture
from apps.repository.choices import Origin
from apps.repository.heads import make_head
from lockss_portal.demo.titles import PLUGIN
from tests.polls.bridge import OWN, Bridge

PLUGINS = Path(__file__).resolve().parents[2] / "lockss_portal" / "demo" / "plugins"
START = dt.datetime(2026, 11, 21, 6, 0, tzinfo=dt.UTC)
PUBLISHER = "http://pub.example/"


def base_of(volume: int = 1) -> str:
    return f"{PUBLISHER}tidal/volume/{volume}/"


BASE = base_of()
PDF = BASE + "article/1/full.pdf"


def good(volume: int = 1) -> dict[str, list[bytes]]:
    """What the AU holds, newest version first, as the pure nodes want it."""
    base = base_of(volume)
    names = ("lockss", "contents", "article/1", "article/1/full.pdf", "article/2/full.pdf", "é")
    return {base + name: [_body(name)] for name in names}


def _body(name: str) -> bytes:
    return hashlib.shake_128(name.encode()).digest(3_000) if name.endswith("pdf") else name.encode() * 20


@pytest.fixture
def node(settings, tmp_path, monkeypatch):
    """Three votes are a quorum, peers are asked for repairs first, and nobody has a publisher."""
    settings.NODE = replace(
        settings.NODE,
        content_dir=tmp_path / "content",
        spool_dir=tmp_path / "spool",
        media_dir=tmp_path / "media",
        keys_dir=tmp_path / "keys",
        lcap_identity=str(OWN),
        lcap_minor=6,
        lcap_groups=("test",),
        poll_quorum=3,
        poll_between_polls=0.0,
        poll_vote_request_delay=0.0,
        repair_from_peer_share=1.0,
        repair_from_publisher=False,
        crawl_fetch_floor_ms=0,
    )
    settings.NODE.spool_dir.mkdir()
    monkeypatch.setattr(jobs.current_app, "send_task", lambda *args, **options: None)
    return settings.NODE


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def make_au(volume: int = 1) -> Au:
    """Selected, collected, nothing stored."""
    params = {"base_url": PUBLISHER, "journal": "tidal", "volume": str(volume)}
    auid = make_auid(PLUGIN, params)
    au = Au.objects.create(
        key=repository.ensure_au_key(auid=auid),
        auid=auid,
        slug=slug_of(auid),
        plugin_id=PLUGIN,
        params=params,
        name=f"tidal {volume}",
        name_key=f"tidal {volume}",
        selected_at=now(),
    )
    CrawlStatus.objects.create(au=au, last_success_at=now(), substance="yes")
    return au


def hold(au: Au, content: dict[str, list[bytes]]) -> None:
    """Store versions, the newest last."""
    captures = [_capture(url, body) for url, bodies in content.items() for body in reversed(bodies)]
    repository.add_captures(auid=au.auid, captures=captures)


def _capture(url: str, body: bytes) -> Capture:
    kind = b"application/pdf" if url.endswith("pdf") else b"text/html; charset=utf-8"
    head = make_head(200, [(b"Content-Type", kind), (b"Content-Length", b"%d" % len(body))], b"OK")
    return Capture(url=url, body=body, collected_at=now(), origin=Origin.CRAWL, head=head)


def flip(au: Au, url: str, node) -> None:
    """One bit of the newest version's stored body, behind the node's back."""
    place = repository.find(auid=au.auid, url=url).place
    path = node.content_dir / place.file
    data = bytearray(path.read_bytes())
    data[place.offset + place.body_offset + place.body_deflated // 2] ^= 0x10
    path.write_bytes(data)


@pytest.fixture
def bare(db, node, clock):
    """The AU before anything is stored."""
    load_plugin_folder(path=PLUGINS, user=None)
    return make_au()


@pytest.fixture
def au(bare):
    hold(bare, good())
    return bare


@pytest.fixture
def bridge(db, node, clock):
    return Bridge(seed=7, clock=clock)


@pytest.fixture
def voters(bridge):
    return [bridge.peer(good()) for _ in range(3)]


def call(au: Au, bridge: Bridge) -> Poll:
    """Begin a poll and let everything happen that can happen now."""
    poll = pollers.call_poll(au=au)
    assert poll is not None, PollStatus.objects.get(au=au).blocked
    bridge.settle()
    poll.refresh_from_db()
    return poll


def codes() -> set[str]:
    return set(Finding.objects.values_list("code", flat=True))
