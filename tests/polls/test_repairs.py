"""A damaged copy found by a poll, and what becomes of it: peers, lies, silence, the publisher, a busy store."""

from dataclasses import replace

import pytest

from apps.common.clock import now
from apps.common.disks import DiskLevel
from apps.common.models import Finding, Job
from apps.crawls.models import Crawl, CrawlUrl
from apps.crawls.run import Ended
from apps.crawls.services import finish
from apps.lockss.frontier import CrawlOutcome
from apps.lockss.lcap.messages import RepairReply, RepairRequest, props_of
from apps.lockss.lcap.poll_codes import PollStatus as Status
from apps.lockss.lcap.poller_state import header
from apps.polls import content, store
from apps.polls.models import Poll, PollStatus, Repair, UrlTally
from apps.repository import services as repository
from apps.repository.choices import ArtifactState, Origin
from apps.repository.errors import StoreCode, StoreError
from tests.polls.bridge import trusts_us
from tests.polls.conftest import BASE, PDF, call, codes, flip, good, hold

pytestmark = pytest.mark.django_db
RIGHT = good()[PDF][0]


def newest(au, url=PDF):
    found = repository.find(auid=au.auid, url=url)
    with repository.open_body(found) as body:
        return found, body.read()


def test_a_flipped_bit_is_found_repaired_and_counted_as_won(au, bridge, voters, node):
    flip(au, PDF, node)
    trusts_us(*voters)
    before = repository.find(auid=au.auid, url=PDF)
    poll = call(au, bridge)
    assert (poll.status, poll.agreement, poll.agreed, poll.disagreed) == (
        Status.COMPLETE,
        1.0,
        len(good()),
        0,
    )
    found, body = newest(au)
    assert (found.version, found.state, found.origin) == (2, ArtifactState.GOOD, Origin.REPAIR_PEER)
    assert body == RIGHT
    assert repository.find(auid=au.auid, url=PDF, version=1).state == ArtifactState.DAMAGED
    tally = UrlTally.objects.get()
    assert (tally.url, tally.result, tally.final_result) == (PDF, "Lost", "Won")
    repair = Repair.objects.get()
    assert (repair.phase, repair.result, repair.ended_at) == ("repaired", "Won", now())
    assert repair.source in {str(voter.peer) for voter in voters}
    # The index kept the digest of what was collected; the damage is below it.
    assert repair.before_sha256 == repair.after_sha256 == before.sha256.hex()
    facts = repository.facts(found)
    assert facts["repaired-from"] == repair.source
    assert codes() == set()


@pytest.fixture
def wrong(bare):
    """The AU with other content at one URL than the peers have, sound as far as this node knows."""
    hold(bare, {**good(), PDF: [b"a page of another article"]})
    return bare


def test_other_content_is_replaced_as_well_as_damaged_content(wrong, bridge, voters):
    trusts_us(*voters)
    call(wrong, bridge)
    found, body = newest(wrong)
    assert (found.version, body) == (2, RIGHT)
    repair = Repair.objects.get()
    assert repair.before_sha256 == repository.find(auid=wrong.auid, url=PDF, version=1).sha256.hex()
    assert repair.after_sha256 == found.sha256.hex() != repair.before_sha256


def test_a_url_that_we_lack_comes_from_a_peer(au, bridge, voters):
    missing = BASE + "article/9/full.pdf"
    for voter in voters:
        voter.content[missing] = [b"ninth"]
    trusts_us(*voters)
    poll = call(au, bridge)
    assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
    assert newest(au, missing)[1] == b"ninth"
    repair = Repair.objects.get()
    assert (repair.before_sha256, repair.phase, UrlTally.objects.get().result) == (
        "",
        "repaired",
        "LostVoterOnly",
    )


def test_a_whole_file_that_is_gone_comes_back(au, bridge, voters, node):
    for path in node.content_dir.rglob("*.warc.gz"):
        path.unlink()
    trusts_us(*voters)
    poll = call(au, bridge)
    assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
    assert Repair.objects.filter(phase="repaired").count() == len(good())
    assert {url: newest(au, url)[1] for url in good()} == {url: body for url, (body,) in good().items()}


def test_wrong_bytes_are_not_stored_and_the_next_peer_is_asked(au, bridge, voters, node):
    flip(au, PDF, node)
    trusts_us(*voters)
    for liar in voters[:2]:
        liar.lies_in_repair = True
    poll = call(au, bridge)
    assert poll.status == Status.COMPLETE
    found, body = newest(au)
    assert (found.version, body) == (2, RIGHT)
    assert Repair.objects.get().source == str(voters[2].peer)
    asked = [whom for whom, message in bridge.said if isinstance(message, RepairRequest)]
    liars = {str(whom) for whom in asked[:-1]}
    rejected = Finding.objects.filter(code="poll-repair-rejected")
    assert {row.subject for row in rejected} == {f"peer:{liar}" for liar in liars}
    assert all("not-what-was-voted" in row.message for row in rejected)


def test_when_all_lie_nothing_is_stored_and_the_url_stays_lost(au, bridge, voters, node):
    flip(au, PDF, node)
    trusts_us(*voters)
    for liar in voters:
        liar.lies_in_repair = True
    poll = call(au, bridge)
    assert (poll.status, poll.disagreed) == (Status.COMPLETE, 1)
    assert poll.agreement == pytest.approx((len(good()) - 1) / len(good()))
    assert repository.find(auid=au.auid, url=PDF).version == 1
    repair = Repair.objects.get()
    assert (repair.phase, repair.result, repair.after_sha256) == ("failed", "", "")
    assert repair.ended_at == now()
    assert UrlTally.objects.get().final_result == "Lost"


def test_on_a_disk_that_is_nearly_full_nothing_is_repaired(au, bridge, voters, node, monkeypatch):
    flip(au, PDF, node)
    trusts_us(*voters)
    monkeypatch.setattr("apps.polls.services.repairs.content_level", lambda: DiskLevel.NO_WRITES)
    poll = call(au, bridge)
    assert poll.status == Status.COMPLETE
    assert Repair.objects.get().phase == "failed"
    assert repository.find(auid=au.auid, url=PDF).version == 1


def test_a_silent_peer_is_passed_over_after_the_patience(au, bridge, voters, node):
    flip(au, PDF, node)
    # Refusing is silence: nobody has seen us agree.
    poll = call(au, bridge)
    assert (poll.phase, poll.ended_at) == ("repairing", None)
    trusts_us(*voters)
    bridge.wait(node.repair_patience)
    poll.refresh_from_db()
    assert poll.status == Status.COMPLETE
    assert newest(au)[1] == RIGHT
    assert codes() == {"poll-repair-unanswered"}


def test_a_poll_that_ends_without_its_repair_ends_the_repair_too(au, bridge, voters, node):
    flip(au, PDF, node)
    poll = call(au, bridge)
    for _ in range(4):
        bridge.wait(node.repair_patience)
    poll.refresh_from_db()
    bridge.wait((poll.poll_deadline_at - now()).total_seconds())
    poll.refresh_from_db()
    # Once the time is extended for copies on their way.
    bridge.wait((poll.poll_deadline_at - now()).total_seconds())
    poll.refresh_from_db()
    assert (poll.status, poll.phase, poll.ended_at) == (Status.COMPLETE, "done", now())
    repair = Repair.objects.get()
    assert (repair.phase, repair.ended_at) == ("failed", now())
    assert PollStatus.objects.get(au=au).last_status == Status.COMPLETE


def head_for(poll: Poll, peer):
    """A header as the voter ``peer`` of this poll would write it."""
    state = store.load_poller(poll)
    voter = state.participant(peer)
    return replace(header(state.poll, voter, store.now_ms()), orig_id=peer, dest_id=state.poll.setup.own_id)


def copy_from(poll: Poll, peer, url=PDF, body=RIGHT, **more) -> RepairReply:
    props = props_of({"content-type": "application/pdf"})
    return RepairReply(head_for(poll, peer), url=url, repair_props=props, repair_bytes=body, **more)


def test_a_copy_nobody_asked_for_is_a_finding_and_nothing_more(au, bridge, voters, node):
    flip(au, PDF, node)
    poll = call(au, bridge)
    asked = next(whom for whom, message in bridge.said if isinstance(message, RepairRequest))
    other = next(voter.peer for voter in voters if voter.peer != asked)
    row = bridge.hear(other, copy_from(poll, other))
    assert row.state == "done"
    bridge.hear(asked, copy_from(poll, asked, url=BASE + "contents", body=b"else"))
    bridge.work()
    found = Finding.objects.filter(code="poll-repair-not-asked-for")
    assert {row.subject for row in found} == {f"peer:{other}", f"peer:{asked}"}
    assert repository.summary(auid=au.auid).versions == len(good())
    assert not Job.objects.filter(kind="repair-check").exists()


def test_a_copy_from_outside_the_poll(au, bridge, voters, node):
    flip(au, PDF, node)
    poll = call(au, bridge)
    stranger = bridge.peer(good()).peer
    reply = replace(copy_from(poll, voters[0].peer))
    bridge.hear(stranger, replace(reply, header=replace(reply.header, orig_id=stranger)))
    assert codes() == {"poll-message-not-from-participant"}
    assert repository.summary(auid=au.auid).versions == len(good())


def test_a_copy_without_properties_is_not_believed(au, bridge, voters, node):
    flip(au, PDF, node)
    poll = call(au, bridge)
    asked = next(whom for whom, message in bridge.said if isinstance(message, RepairRequest))
    bridge.hear(asked, replace(copy_from(poll, asked), repair_props=None))
    assert "poll-repair-rejected" in codes()
    assert repository.find(auid=au.auid, url=PDF).version == 1


def test_properties_that_no_row_could_hold(au, bridge, voters, node):
    """A peer's property with a NUL must not stop the inbox, nor keep a good copy out."""
    flip(au, PDF, node)
    poll = call(au, bridge)
    asked = next(whom for whom, message in bridge.said if isinstance(message, RepairRequest))
    props = props_of({"content-type": "application/pdf", "x-odd\0": "a\0b", "etag": "e\x1b0000"})
    bridge.hear(asked, replace(copy_from(poll, asked), repair_props=props))
    bridge.settle()
    poll.refresh_from_db()
    assert poll.phase == "done" or Finding.objects.filter(code="poll-repair-rejected").exists()
    assert Job.objects.filter(kind="repair-check").exclude(state="done").count() == 0


def test_a_busy_store_is_no_fault_of_the_peer(au, bridge, voters, node, monkeypatch):
    flip(au, PDF, node)
    trusts_us(*voters)
    with monkeypatch.context() as patched:

        def busy(**_):
            raise StoreError(StoreCode.BUSY, "somebody writes this AU")

        patched.setattr(content.repository, "add_captures", busy)
        poll = call(au, bridge)
    job = Job.objects.get(kind="repair-check")
    assert (job.state, job.error_code, poll.phase) == ("waiting", "store-busy", "repairing")
    assert not Finding.objects.exists()
    bridge.wait(60)
    poll.refresh_from_db()
    assert (poll.status, newest(au)[1]) == (Status.COMPLETE, RIGHT)


# The publisher


@pytest.fixture
def published(node, settings):
    settings.NODE = replace(node, repair_from_publisher=True, repair_from_peer_share=0.0)


def crawled(au, *, came: bool, body: bytes = RIGHT, url: str = PDF) -> Crawl:
    """As if the repair crawl had run."""
    crawl = Crawl.objects.get(kind="repair", state="waiting")
    assert url in crawl.urls
    digest = store.url_digest(url)
    state = "fetched" if came else "dead"
    CrawlUrl.objects.create(crawl=crawl, url_digest=digest, position=1, url=url, depth=1, state=state)
    if came:
        hold(au, {url: [body]})
    finish(crawl=crawl, ended=Ended(CrawlOutcome.COMPLETE, ""))
    return crawl


@pytest.mark.usefixtures("published")
class TestPublisher:
    def test_its_copy_is_counted_like_any_other(self, wrong, bridge, voters):
        poll = call(wrong, bridge)
        assert (poll.phase, Repair.objects.get().source) == ("repairing", "publisher")
        assert Job.objects.filter(kind="crawl", queue="repair").count() == 1
        crawled(wrong, came=True)
        bridge.wait(0)
        poll.refresh_from_db()
        assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
        assert Repair.objects.get().phase == "repaired"

    @pytest.mark.parametrize("came", [False, True])
    def test_where_it_has_nothing_or_something_else_peers_are_asked(self, wrong, bridge, voters, came):
        trusts_us(*voters)
        poll = call(wrong, bridge)
        crawled(wrong, came=came, body=b"wrong as well")
        bridge.wait(0)
        poll.refresh_from_db()
        assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
        assert newest(wrong)[1] == RIGHT
        assert Repair.objects.get().source != "publisher"
        assert codes() == {"poll-repair-rejected"}

    def test_its_copy_counts_when_a_peer_was_asked_meanwhile(self, wrong, bridge, voters, node):
        poll = call(wrong, bridge)
        bridge.wait(node.repair_patience)
        assert Repair.objects.get().source in {str(voter.peer) for voter in voters}
        crawled(wrong, came=True)
        bridge.wait(0)
        poll.refresh_from_db()
        assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)

    def test_many_urls_are_one_crawl(self, bare, bridge, voters):
        hold(bare, {url: [b"wrong"] for url in good()})
        call(bare, bridge)
        assert set(Crawl.objects.get().urls) == set(good())

    def test_a_crawl_for_another_poll_is_not_in_the_way(self, wrong, bridge, voters):
        for state in ("waiting", "running"):
            Crawl.objects.create(au=wrong, kind="repair", poll_key=state, state=state, urls=["x"])
        poll = call(wrong, bridge)
        assert poll.phase == "repairing"
        assert Crawl.objects.get(poll_key=poll.key).urls == [PDF]


def test_repairs_over_the_limit_wait_for_the_next_poll(bare, bridge, voters, node, settings):
    settings.NODE = replace(node, repair_max=2)
    hold(bare, {url: [b"wrong"] for url in good()})
    trusts_us(*voters)
    poll = call(bare, bridge)
    assert (poll.status, poll.disagreed) == (Status.COMPLETE, len(good()) - 2)
    assert Repair.objects.filter(phase="repaired").count() == 2
    assert "poll-repairs-over-limit" in codes()
