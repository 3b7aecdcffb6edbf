"""From the publisher through crawl, poll, damage and repair: every room's services, real HTTP, real WARC files.

The peers are pure nodes that hold what the publisher sent; only their machines run, not their rooms.
"""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine

from apps.aus.definitions import poll_ability
from apps.common import jobs
from apps.common.models import Finding, Job
from apps.crawls import services as crawls
from apps.crawls import tasks as crawl_tasks
from apps.crawls.models import Crawl
from apps.lockss.lcap.hash_stream import hash_stream
from apps.lockss.lcap.poll_codes import PollStatus as Status
from apps.permissions.services import decide
from apps.plugins.services import load_plugin_folder
from apps.polls import tasks as poll_tasks
from apps.polls.models import Poll, PollStatus, Repair, UrlTally
from apps.polls.services import pollers, scanning
from apps.repository import services as repository
from apps.repository.choices import ArtifactState, Origin
from lockss_portal.demo.publisher import Publisher
from tests.crawls.conftest import PLUGINS, make_au
from tests.polls.bridge import OWN, Bridge, trusts_us

pytestmark = pytest.mark.django_db(transaction=True)
START = dt.datetime(2026, 11, 21, 6, 0, tzinfo=dt.UTC)


@pytest.fixture
def publisher():
    with Publisher() as running:
        yield running


@pytest.fixture
def woken(monkeypatch):
    """Which jobs and tasks workers are told of."""
    calls = []
    monkeypatch.setattr(jobs.current_app, "send_task", lambda name, **more: calls.append(more["args"][0]))
    return calls


@pytest.fixture
def node(settings, tmp_path, publisher, woken):
    host = publisher.base_url.removeprefix("http://").rstrip("/")
    settings.NODE = replace(
        settings.NODE,
        content_dir=tmp_path / "content",
        spool_dir=tmp_path / "spool",
        media_dir=tmp_path / "media",
        keys_dir=tmp_path / "keys",
        allowed_private_hosts=(host,),
        crawl_fetch_floor_ms=0,
        permission_policy="machine",
        lcap_identity=str(OWN),
        lcap_minor=5,
        lcap_groups=("test",),
        poll_quorum=3,
        poll_between_polls=0.0,
        poll_vote_request_delay=0.0,
        repair_from_peer_share=0.0,
    )
    return settings.NODE


@pytest.fixture
def au(db, node, publisher):
    load_plugin_folder(path=PLUGINS, user=None)
    return make_au(publisher.base_url)


def collected(au) -> None:
    """By the tasks that beat and a worker run."""
    crawl_tasks.scan_crawls()
    (job,) = Job.objects.filter(kind="crawl", state="waiting")
    assert jobs.run(job.pk) == "done"
    assert Crawl.objects.filter(au=au).latest("pk").outcome == "complete"


def as_hashed(au) -> dict[str, list[bytes]]:
    """What the AU's bytes are to a vote: decoded and filtered, so that a pure node can hold them."""
    ability, found = poll_ability(au), {}
    for artifact in repository.newest(auid=au.auid):
        chunks = hash_stream(
            repository.open_body(artifact),
            artifact.content_encoding,
            ability.hash_filter(artifact.content_type),
        )
        found[artifact.url] = [b"".join(chunks)]
    return found


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=True) as traveller:
        yield traveller


@pytest.fixture
def bridge(au, clock):
    collected(au)
    made = Bridge(seed=3, clock=clock)
    content = as_hashed(au)
    for _ in range(3):
        made.peer(content)
    return made


def polled(bridge) -> Poll:
    """The scan calls the poll; then everything happens that can."""
    poll_tasks.scan_polls()
    for _ in range(4):
        bridge.wait(0.05)
    return Poll.objects.latest("pk")


def destroy(au, node, *, whole: bool) -> Path:
    files = sorted(node.content_dir.rglob("*.warc.gz"))
    assert len(files) == 1
    if whole:
        files[0].unlink()
        return files[0]
    url = next(a.url for a in repository.newest(auid=au.auid) if a.url.endswith("figure.png"))
    place = repository.find(auid=au.auid, url=url).place
    data = bytearray(files[0].read_bytes())
    data[place.offset + place.body_offset + place.body_deflated // 2] ^= 1
    files[0].write_bytes(data)
    return files[0]


def test_what_is_collected_is_voted_on_and_agreed(au, bridge, woken):
    assert decide(au).allowed
    poll = polled(bridge)
    assert (poll.status, poll.agreement, poll.urls) == (Status.COMPLETE, 1.0, len(as_hashed(au)))
    assert not UrlTally.objects.exists()
    assert not Finding.objects.exists()
    # Every job was called for, once its row was committed.
    assert set(Job.objects.values_list("pk", flat=True)) <= set(woken)


def test_a_page_that_changes_on_every_visit_agrees_all_the_same(au, bridge, publisher):
    url = publisher.base_url + "tidal/volume/1/news"
    first = repository.find(auid=au.auid, url=url)
    crawls.crawl_now(au=au)
    collected(au)
    assert repository.find(auid=au.auid, url=url).sha256 != first.sha256
    assert polled(bridge).agreement == 1.0


@pytest.mark.parametrize("whole", [False, True], ids=["one bit", "the file"])
def test_damage_is_found_and_comes_back_from_the_publisher(au, bridge, node, publisher, whole):
    before = as_hashed(au)
    destroy(au, node, whole=whole)
    poll = polled(bridge)
    assert (poll.phase, set(poll.repairs.values_list("source", flat=True))) == ("repairing", {"publisher"})
    lost = len(before) if whole else 1
    assert poll.repairs.count() == lost
    job = Job.objects.get(kind="crawl", queue="repair")
    asked = dict(publisher.asked)
    assert jobs.run(job.pk) == "done"
    # Only what is broken is asked for, and no permission page again.
    assert sum(publisher.asked[p] - asked.get(p, 0) for p in publisher.asked) in (lost, lost + 3)
    poll_tasks.scan_repairs()
    poll.refresh_from_db()
    assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
    assert set(Repair.objects.values_list("phase", flat=True)) == {"repaired"}
    newest = list(repository.newest(auid=au.auid))
    assert {a.state for a in newest} == {ArtifactState.GOOD}
    assert sum(a.origin == Origin.REPAIR_PUBLISHER for a in newest) == lost
    assert as_hashed(au) == before
    assert repository.check_au(auid=au.auid).good >= len(newest)
    assert PollStatus.objects.get(au=au).agreement == 1.0


def test_without_the_publisher_it_comes_from_a_peer(au, bridge, node, publisher):
    publisher.shutdown()
    publisher.server_close()
    # The rooms of a peer would send the stored bytes; a page that a filter changes is left out.
    news = publisher.base_url + "tidal/volume/1/news"
    trusts_us(*bridge.nodes.values())
    destroy(au, node, whole=False)
    poll = polled(bridge)
    job = Job.objects.get(kind="crawl", queue="repair")
    jobs.run(job.pk)
    bridge.wait(0.05)
    bridge.wait(0.05)
    poll.refresh_from_db()
    assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
    repair = Repair.objects.get()
    assert repair.url != news
    assert repair.source.startswith("TCP:")
    assert repository.find(auid=au.auid, url=repair.url).origin == Origin.REPAIR_PEER


def test_an_au_that_lost_its_permission_is_still_polled_and_repaired(au, bridge, node, settings, clock):
    settings.NODE = replace(node, permission_policy="written")
    assert not decide(au).allowed
    clock.shift(dt.timedelta(days=30))
    crawl_tasks.scan_crawls()
    assert not Job.objects.filter(kind="crawl", state="waiting").exists()
    trusts_us(*bridge.nodes.values())
    destroy(au, node, whole=False)
    settings.NODE = replace(settings.NODE, repair_from_publisher=False)
    poll = polled(bridge)
    assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)


def test_scans_of_an_idle_node_do_nothing(au, bridge):
    polled(bridge)
    before = Job.objects.count(), Poll.objects.count(), Crawl.objects.count()
    for task in (
        crawl_tasks.scan_crawls,
        poll_tasks.scan_polls,
        poll_tasks.scan_poll_steps,
        poll_tasks.scan_repairs,
        poll_tasks.read_inbox,
        poll_tasks.clean_votes,
    ):
        task()
    assert (Job.objects.count(), Poll.objects.count(), Crawl.objects.count()) == before
    assert scanning.due_aus(5) == []
    assert pollers.call_poll(au=au) is not None
