"""Polls by revision 5, whose names have no last slash (lcap-v3 §5.6), and by both revisions at once."""

from dataclasses import replace

import pytest

from apps.crawls.models import Crawl
from apps.lockss.lcap.messages import EvaluationReceipt
from apps.lockss.lcap.poll_codes import PollStatus as Status
from apps.polls.models import Repair, UrlTally
from apps.repository import services as repository
from tests.polls.bridge import OWN, POLL_VERSION, PROMPT, trusts_us
from tests.polls.conftest import BASE, call, good, hold
from tests.simulators import poll_node

pytestmark = pytest.mark.django_db
OLD = replace(PROMPT, default_minor=5, accepted_minors=frozenset({5}))
NEW = replace(PROMPT, default_minor=6, accepted_minors=frozenset({6}))
FOLDER = BASE + "issue/"
NAMES = {FOLDER: [b"index of the issue"], BASE + "issue": [b"another page"], BASE + "toc/": [b"contents"]}


def content() -> dict[str, list[bytes]]:
    return {**good(), **{url: list(bodies) for url, bodies in NAMES.items()}}


@pytest.fixture
def au(bare):
    hold(bare, content())
    return bare


@pytest.fixture(autouse=True)
def old_first(settings, node):
    settings.NODE = replace(node, lcap_minor=5)


@pytest.mark.parametrize("configs", [[OLD] * 3, [NEW] * 3, [OLD, NEW, NEW], [OLD, OLD, NEW]])
def test_all_agree_whatever_they_speak(au, bridge, configs):
    voters = [bridge.peer(content(), config=config) for config in configs]
    poll = call(au, bridge)
    assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
    slashless = OLD in configs
    assert poll.urls == len(content()) - slashless
    assert not UrlTally.objects.exists()
    for voter in voters:
        assert voter.agreed[OWN, "SYMMETRIC_POR"].last == 1.0
        assert voter.agreed[OWN, "POR_HINT"].last == 1.0


def test_receipts_bear_the_names_of_their_reader(au, bridge):
    old, new = bridge.peer(content(), config=OLD), bridge.peer(content(), config=NEW)
    bridge.peer(content(), config=NEW)
    call(au, bridge)
    names = {
        whom: {block.url for block in message.vote_blocks}
        for whom, message in bridge.said
        if isinstance(message, EvaluationReceipt)
    }
    assert names[new.peer] == set(content())
    assert names[old.peer] == {url.removesuffix("/") for url in content()}


@pytest.mark.parametrize("config", [OLD, NEW])
def test_a_folder_is_repaired_under_its_own_name(bare, bridge, config):
    ours = content()
    ours[BASE + "toc/"] = [b"wrong"]
    hold(bare, ours)
    trusts_us(*(bridge.peer(content(), config=config) for _ in range(3)))
    poll = call(bare, bridge)
    assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
    found = repository.find(auid=bare.auid, url=BASE + "toc/")
    with repository.open_body(found) as body:
        assert (found.version, body.read()) == (2, b"contents")
    assert repository.find(auid=bare.auid, url=BASE + "toc") is None
    repair = Repair.objects.get()
    assert (repair.phase, len(repair.before_sha256)) == ("repaired", 64)


@pytest.mark.parametrize("config", [OLD, NEW])
def test_a_folder_that_we_lack_gets_the_slash_that_its_sender_has(bare, bridge, config):
    ours = content()
    del ours[BASE + "toc/"]
    hold(bare, ours)
    trusts_us(*(bridge.peer(content(), config=config) for _ in range(3)))
    poll = call(bare, bridge)
    assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
    assert repository.find(auid=bare.auid, url=BASE + "toc/") is not None
    assert repository.find(auid=bare.auid, url=BASE + "toc") is None


def test_by_revision_6_two_names_are_two_urls(bare, bridge):
    """``issue`` is lacking, ``issue/`` is held: the copy of the one must not become a version of the other."""
    ours = content()
    del ours[BASE + "issue"]
    hold(bare, ours)
    trusts_us(*(bridge.peer(content(), config=NEW) for _ in range(3)))
    poll = call(bare, bridge)
    assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
    assert repository.find(auid=bare.auid, url=FOLDER).version == 1
    assert repository.find(auid=bare.auid, url=BASE + "issue").version == 1


def test_the_publisher_is_asked_by_our_own_name(bare, bridge, settings):
    settings.NODE = replace(settings.NODE, repair_from_publisher=True, repair_from_peer_share=0.0)
    ours = content()
    ours[BASE + "toc/"] = [b"wrong"]
    hold(bare, ours)
    for _ in range(3):
        bridge.peer(content(), config=OLD)
    call(bare, bridge)
    assert Crawl.objects.get().urls == [BASE + "toc/"]


def test_we_vote_by_revision_5(au, bridge, monkeypatch):
    monkeypatch.setattr(poll_node, "AUID", au.auid)
    setup = poll_node.PollSetup
    monkeypatch.setattr(
        poll_node, "PollSetup", lambda **given: setup(**{**given, "plugin_version": POLL_VERSION})
    )
    poller, *_ = [bridge.peer(content(), config=replace(OLD, quorum=3)) for _ in range(3)]
    bridge.nodes[OWN] = None
    key = poller.call_poll()
    bridge.settle()
    bridge.wait(1)
    poll = poller.polls[key].poll
    assert (poll.status, poll.totals.agreement, poll.urls) == (Status.COMPLETE, 1.0, len(content()) - 1)
    assert poller.agreed[OWN, "POR"].last == 1.0
