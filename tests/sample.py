"""A node with a history: every state of everything, for pages that are to be looked at.

``make_sample`` fills an empty database and the content folder of the settings; it returns what tests open.
"""

import datetime as dt
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

from django.conf import settings

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.aus.choices import AuState, SelectionAction
from apps.aus.models import Au
from apps.common.choices import JobState
from apps.common.models import Job
from apps.crawls.choices import CrawlKind, CrawlState, UrlState
from apps.crawls.models import Crawl
from apps.lockss.lcap.poll_codes import ParticipantStatus, VoterStatus
from apps.lockss.lcap.poll_codes import PollStatus as Status
from apps.nodes.services import counting, refreshing
from apps.peers.choices import AgreementType
from apps.peers.models import InboundMessage, OutboundMessage, Peer
from apps.permissions.models import Evidence, PublisherAgreement
from apps.polls.choices import PollState, RepairState
from apps.polls.models import Participant, Poll, Repair, Vote
from apps.repository import services as repository
from apps.titles.models import ListEntry, TitleList
from apps.usage.models import CountedTitle, UsageLoss
from tests import factories as make
from tests.accounts.factories import make_person
from tests.repository.factories import capture
from tests.usage.months import counted, counting_since, last_month, read

DAY, HOUR, MINUTE = make.DAY, make.HOUR, dt.timedelta(minutes=1)
NODES = (
    "Birch University",
    "Cedar State Library",
    "Dogwood Archive",
    "Elm Institute",
    "Fir College",
    "Gum Library",
)
PAGE = (
    b"<html><head><title>Volume 31</title></head><body><h1>Tides and mud</h1><p>An article.</p></body></html>"
)


@dataclass(frozen=True)
class Sample:
    """The rows that pages are opened for."""

    user: User
    au: Au
    collecting: Au
    blocked: Au
    peer: Peer
    poll: Poll
    open_poll: Poll
    vote: Vote
    repair: Repair
    crawl: Crawl
    open_crawl: Crawl
    job: Job
    failed_job: Job
    finding: object
    agreement: PublisherAgreement
    evidence: Evidence
    url: str


def sample_settings(folder: Path):
    """The settings of the test node, with folders of its own and the rules that the sample is made for."""
    return replace(
        settings.NODE,
        content_dir=folder / "content",
        run_dir=folder / "run",
        keys_dir=folder / "keys",
        media_dir=folder / "media",
        import_dir=folder / "imports",
        name="Alder College node",
        proxy_listen="127.0.0.1:3128",
        proxy_address="proxy.alder.example:3128",
        audit_listen="127.0.0.1:3129",
        audit_address="proxy.alder.example:3129",
        network_name="Riverside PLN",
        poll_quorum=3,
        permission_policy="written_and_machine",
    )


def make_sample() -> Sample:
    alice = make_person(
        "alice", Role.SYSTEM, Role.NETWORK, Role.LIBRARIAN, first_name="Alice", last_name="Rivers"
    )
    peers = [make.make_peer(name, voter_polls=n * 7, poller_polls=n * 5) for n, name in enumerate(NODES, 2)]
    peers[3].last_message_at = None
    peers[3].certificate = ""
    peers[3].save()
    tide, marsh, north = (
        make.make_publisher(name) for name in ("Tidewater Press", "Marsh & Sons", "Northern Letters")
    )
    agreement = make.make_agreement(tide)
    make.make_agreement(marsh, ends=make.past(-40 * DAY).date())
    story = _storied(alice, peers, tide)
    _many(peers, marsh)
    blocked = _blocked(north, marsh)
    collecting, open_crawl, job = _collecting(marsh)
    open_poll = _open_poll(peers, marsh)
    failed = make.make_job(
        "fixity",
        f"au:{blocked.pk}",
        state=JobState.FAILED,
        attempt=5,
        error="the worker died at every attempt",
        error_code="job-worker-died",
        finished_at=make.past(3 * HOUR),
    )
    make.make_job("vote-hash", state=JobState.WAITING)
    finding = make.make_finding("crawl-fetch-error", f"au:{blocked.slug}", count=3)
    make.make_finding(
        "poll-vote-spoiled",
        f"peer:{peers[2].identity}",
        app="polls",
        message="Its vote is out of order from URL 311 on.",
    )
    _messages(peers[0])
    _readings()
    while refreshing.scan() > len(NODES) * 20:
        pass
    counting.count_all()
    au, poll, repair, vote, crawl, evidence, url = story
    return Sample(
        alice, au, collecting, blocked, peers[0], poll, open_poll, vote, repair, crawl, open_crawl, job, failed,
        finding, agreement, evidence, url,
    )  # fmt: skip


def _readings() -> None:
    """Half a year of what readers read."""
    counting_since(6)
    tides = counted("Journal of Estuarine Studies")
    # No list names it any more.
    birds = CountedTitle.objects.create(key="title:0", name="Birds of the Marsh", data_type="Book")
    for back in range(6):
        read(tides, last_month(back), requests=40 + 17 * back, unique=30, year=2018)
        read(tides, last_month(back), requests=5, unique=5, customer="public", access="Open")
        read(
            birds,
            last_month(back),
            requests=9 - back,
            unique=4,
            customer="proxy:ezproxy",
            unique_title_requests=2,
        )
    UsageLoss.objects.create(day=last_month(), reason="full", number=3)


def _storied(alice: User, peers: list[Peer], publisher):
    """One AU with everything that can happen, and its bytes in the store."""
    title = make.make_title("Journal of Estuarine Studies", publisher)
    au = make.make_au("Journal of Estuarine Studies, volume 31", title=title, selected_by=alice)
    made = TitleList.objects.create(name="Riverside 2026-1", source="upload")
    ListEntry.objects.create(title_list=made, listed_au=au.listed, status="released")
    make.make_selection(au, alice)
    url = "http://pub.example/31/2/fulltext.pdf"
    repository.add_captures(
        auid=au.auid,
        captures=[
            capture("http://pub.example/31/", PAGE),
            capture(url, b"%PDF-1.7 damaged" + b"x" * 900, kind="application/pdf"),
            *(capture(f"http://pub.example/31/{n}/article.html", PAGE + bytes([65 + n])) for n in range(12)),
        ],
    )
    repository.add_captures(
        auid=au.auid, captures=[capture(url, b"%PDF-1.7 good" + b"y" * 900, kind="application/pdf")]
    )
    versions = [a.sha256.hex() for a in repository.history(auid=au.auid, url=url)]
    make.make_permission(au, ago=390 * DAY)
    evidence = make.make_evidence(au, ago=30 * DAY)
    make.make_crawl(au, ago=390 * DAY, took=3 * HOUR + 20 * MINUTE)
    crawl = make.make_crawl(au, ago=30 * DAY, stored=3, dead=2, failed=1, cut=4, took=40 * MINUTE)
    _frontier(crawl, url)
    make.make_poll(au, peers[:5], ago=300 * DAY)
    make.make_check(au, ago=100 * DAY)
    make.make_check(
        au, ago=20 * HOUR, outcome="damaged", damaged=1, findings=[["content-damaged", url, "other bytes"]]
    )
    poll = make.make_poll(au, peers[:5], ago=9 * HOUR, agreement=0.998)
    _dissent(poll, url)
    repair = make.make_repair(
        poll, url, before_sha256=versions[1], after_sha256=versions[0], source=peers[0].identity
    )
    make.make_repair(poll, "http://pub.example/31/4/figure-3.png", RepairState.FAILED)
    vote = make.make_vote(au, peers[1], ago=6 * DAY)
    make.make_vote(au, peers[2], ago=2 * DAY, status=VoterStatus.DECLINED, agreement_hint=None)
    for peer, value in zip(peers, (1.0, 1.0, 0.971, 1.0, 0.999), strict=False):
        make.agree(au, peer, value, ago=9 * HOUR)
    make.agree(au, peers[0], type=AgreementType.POR_HINT, ago=6 * DAY)
    return au, poll, repair, vote, crawl, evidence, url


def _frontier(crawl: Crawl, url: str) -> None:
    make.make_crawl_url(crawl, url, UrlState.FETCHED, status=200, referrer="http://pub.example/31/")
    for n, state in zip(
        range(30), cycle([UrlState.FETCHED, UrlState.UNCHANGED, UrlState.HELD]), strict=False
    ):
        make.make_crawl_url(crawl, f"http://pub.example/31/{n}/article.html", state, status=200)
    make.make_crawl_url(
        crawl, "http://pub.example/31/gone.html", UrlState.DEAD, status=404, outcome="dead-link"
    )
    make.make_crawl_url(
        crawl,
        "http://pub.example/31/9/slow.html",
        UrlState.FAILED,
        status=503,
        outcome="retries-used-up",
        message="503 Service Unavailable",
    )
    make.make_crawl_url(crawl, "http://other.example/ad.js", UrlState.EXCLUDED, outcome="outside-crawl-rules")
    for n in range(4):
        make.make_crawl_url(
            crawl, f"http://pub.example/calendar/2026/2026/{n}", UrlState.CUT, outcome="repeated-path-parts"
        )


def _dissent(poll: Poll, url: str) -> None:
    make.make_tally(poll, url, ["disagreed"] * 4 + ["agreed"], final_result="Won")
    make.make_tally(
        poll, "http://pub.example/31/4/figure-3.png", ["voterOnly"] * 4 + ["neither"], "LostVoterOnly"
    )
    make.make_tally(
        poll,
        "http://pub.example/31/5/new.html",
        ["agreed", "agreed", "disagreed", "agreed", "pollerOnly"],
        "Won",
    )
    third = Participant.objects.get(poll=poll, position=2)
    third.agreement, third.agreed, third.disagreed = 0.971, 1169, 35
    third.save()


def _many(peers: list[Peer], publisher) -> None:
    """A shelf of ordinary AUs: proved, old, differing, damaged, merely collected, out of use."""
    title = make.make_title("Annals of Reed Ecology", publisher)
    for n in range(24):
        state = AuState.DEACTIVATED if n == 23 else AuState.SELECTED
        au = make.make_au(f"Annals of Reed Ecology, {2000 + n}", title=title, state=state)
        make.make_summary(au, urls=900 + 13 * n, size=90_000_000 * (n + 1), damaged=2 if n == 5 else 0)
        make.make_permission(au)
        make.make_crawl(au, ago=(n + 2) * DAY)
        if n in (7, 8):
            continue
        ago = 200 * DAY if n == 6 else (n * 26 + 4) * HOUR
        make.make_poll(au, peers[:5], ago=ago, agreement=0.99 if n == 9 else 1.0)
        for k, peer in enumerate(peers[:5]):
            make.agree(au, peer, 0.98 if (n * 5 + k) % 61 == 7 else 1.0, ago=ago)
    lonely = make.make_au("Bulletin of Ferry Engineering, volume 8", title=title)
    make.make_summary(lonely, urls=96, size=88_000_000)
    make.make_crawl(lonely)
    make.make_poll(lonely, peers[:1], status=Status.NO_QUORUM, agreement=None, quorate=False)
    make.make_selection(lonely, None, SelectionAction.SELECT)


def _blocked(north, marsh) -> Au:
    title = make.make_title("Northern Letters", north)
    aus = [make.make_au(f"Northern Letters, {year}", title=title) for year in (2024, 2025)]
    for au in aus:
        make.make_crawl(au, outcome="no-permission", content=0, stored=0, bytes=0, took=MINUTE)
    other = make.make_au(
        "Salt Marsh Quarterly, volume 2", title=make.make_title("Salt Marsh Quarterly", marsh)
    )
    make.make_permission(other, granted=False, ago=14 * DAY)
    return aus[0]


def _collecting(publisher) -> tuple[Au, Crawl, Job]:
    title = make.make_title("Annals of Reed Ecology", publisher)
    au = make.make_au("Annals of Reed Ecology, 2026", title=title, ago=2 * HOUR)
    job = make.make_job(
        "crawl",
        "crawl:0",
        progress_done=318,
        progress_total=512,
        started_at=make.past(40 * MINUTE),
        heartbeat_at=make.past(),
    )
    crawl = make.make_crawl(
        au,
        ago=40 * MINUTE,
        state=CrawlState.RUNNING,
        job=job,
        fetched=318,
        content=300,
        stored=300,
        bytes=410_000_000,
    )
    Job.objects.filter(pk=job.pk).update(subject=f"crawl:{crawl.pk}")
    make.make_crawl_url(crawl, "http://pub.example/2026/", UrlState.FETCHED, status=200)
    make.make_crawl_url(crawl, "http://pub.example/2026/1", UrlState.PENDING)
    make.make_au("Annals of Reed Ecology, 2027", title=title, ago=HOUR)
    return au, crawl, job


def _open_poll(peers: list[Peer], publisher) -> Poll:
    au = make.make_au("Reed Reports, 2019", title=make.make_title("Reed Reports", publisher))
    make.make_summary(au)
    make.make_crawl(au)
    poll = make.make_poll(au, peers[:5], phase=PollState.VOTING, status=Status.HASHING)
    for one, status in zip(
        poll.participants.all(),
        (
            ParticipantStatus.VOTED,
            ParticipantStatus.WAITING_FOR_VOTE,
            ParticipantStatus.ACCEPTED,
            ParticipantStatus.DECLINED,
            ParticipantStatus.NO_RESPONSE,
        ),
        strict=True,
    ):
        nak = "NAK_NOT_CRAWLED" if status == ParticipantStatus.DECLINED else ""
        Participant.objects.filter(pk=one.pk).update(
            status=status, nak=nak, agreement=None, agreed=None, disagreed=None
        )
    make.make_crawl(
        au, kind=CrawlKind.REPAIR, urls=["http://pub.example/x"], poll_key=poll.key, content=1, stored=1
    )
    return poll


def _messages(peer: Peer) -> None:
    for n, opcode in enumerate((10, 12, 14, 18)):
        InboundMessage.objects.create(
            peer=peer, key=f"k{n}", opcode=opcode, body=b"x", size=1300, state="done"
        )
    OutboundMessage.objects.create(
        peer=peer, key="k", opcode=15, body=b"x", size=240_000, state="waiting", next_attempt_at=make.past()
    )
