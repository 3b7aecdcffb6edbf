"""What tests of reports share: a node with an address, and AUs in every scope."""

import io
from dataclasses import replace

from django.conf import settings as node_settings
from django.http import HttpResponse

from apps.common.clock import now
from apps.kbart import tasks  # noqa: F401 - whoever runs jobs needs their handlers
from apps.kbart.asking import order_of
from apps.kbart.making.files import Made, write_report
from apps.nodes.choices import AuWord
from apps.nodes.models import AuStatus
from apps.peers.models import Agreement, Peer
from apps.polls.models import PollStatus
from tests.factories import make_au, make_crawl, make_poll, make_title

PORTAL = "https://portal.riverside.example"


def portal_settings(folder):
    return replace(
        node_settings.NODE,
        public_url=PORTAL,
        name="Riverside Library",
        media_dir=folder / "media",
        poll_quorum=5,
    )


def proved_au(name: str, *, title=None, listed: dict | None = None, **status):
    """An AU with a poll in full agreement; ``status`` changes what the poll left, ``listed`` what the lists say."""
    au = make_au(title=title or make_title(name))
    make_crawl(au)
    make_poll(au)
    PollStatus.objects.filter(au=au).update(agreeing_peers=node_settings.NODE.poll_quorum, **status)
    change(au, **(listed or {}))
    stands(au)
    return au


def stands(au, word: str = AuWord.PROVED, *, agreeing: int | None = None, urls: int = 1) -> None:
    """What the scan says of it; ``agreeing``: copies, as many as make it preserved unless said."""
    enough = node_settings.NODE.poll_quorum + 1
    told = {"word": word, "urls": urls, "agreeing": enough if agreeing is None else agreeing}
    AuStatus.objects.update_or_create(au=au, defaults={**told, "changed_at": now(), "refreshed_at": now()})


def others_agree(au) -> None:
    """Peers, as many as make it preserved, held the same when last compared."""
    at = now()
    for n in range(node_settings.NODE.poll_quorum):
        peer, _ = Peer.objects.get_or_create(
            identity=f"TCP:[10.0.0.{n + 1}]:9729", defaults={"enabled": True}
        )
        Agreement.objects.create(
            au_key=au.key, peer=peer, type="POR", last=1, last_at=at, highest=1, highest_at=at
        )


def change(au, **listed) -> None:
    for name, value in listed.items():
        setattr(au.listed, name, value)
    au.listed.save()


def report(**given: str) -> tuple[bytes, Made]:
    out = io.BytesIO()
    done = write_report(out, order_of(given), now())
    return out.getvalue(), done


def lines(data: bytes) -> list[list[str]]:
    """Of a TSV file, its heads among them."""
    return [line.split("\t") for line in data.decode().splitlines()]


def body(answer: HttpResponse) -> bytes:
    """Read to its end; the test client closes then what streams, as a server does."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content
