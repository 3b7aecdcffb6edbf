"""A collection's page joins what people wrote with what the machine knows; the scan of sizes; causes of not collecting."""

from dataclasses import replace

import pytest
from django.conf import settings as current
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.choices import Role
from apps.aus.choices import AuState, Risk
from apps.aus.models import Au, SizeSummary, StoreSpace
from apps.aus.services.collections import Said, add_collection
from apps.nodes.choices import AuWord
from apps.nodes.models import AuStatus
from apps.nodes.services import refreshing, sizing
from apps.plugins.models import Plugin
from apps.titles.models import ListedAu
from tests import factories as make
from tests.accounts.factories import make_person
from tests.asking import as_person, check_reading
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db
GB = 10**9


@pytest.fixture
def node(settings, tmp_path):
    settings.NODE = replace(sample_settings(tmp_path), permission_policy="machine")
    return settings.NODE


def collection(**members):
    said = Said(
        name="Estuaries", institution="Alder College", risk=Risk.HIGH, why="The only copy.", **members
    )
    return add_collection(user=make_person("lee", Role.LIBRARIAN), said=said, request_key=None)


def facts(answer, name: str) -> dict[str, str]:
    return {str(one.term): str(one.value) for one in answer.context[name]}


def test_what_people_wrote_stands_beside_what_the_rows_say(client, node):
    title = make.make_title()
    good, damaged, waiting = (make.make_au(title=title) for _ in range(3))
    other = make.make_au(title=make.make_title("Hills", make.make_publisher("Marsh & Sons")))
    make.make_summary(good, size=2 * GB)
    make.make_crawl(good)
    make.make_summary(damaged, size=4 * GB, damaged=1)
    make.make_crawl(damaged)
    make.make_summary(other, size=8 * GB)
    make.make_poll(good, [make.make_peer()])
    refreshing.refresh(keys=[good.pk, damaged.pk, waiting.pk, other.pk])
    row = collection(titles=[title])
    page = check_reading(client, f"/collections/{row.pk}/", "nodes/collection.html")
    answer = client.get(f"/collections/{row.pk}/")
    assert [vital.value for vital in answer.context["vitals"]] == ["3", "3", "2", "1"]
    assert "6\N{NO-BREAK SPACE}GB" in answer.context["vitals"][2].meaning
    assert facts(answer, "machine")["Takes in the store"] == "3\N{NO-BREAK SPACE}GB"
    assert "The only copy." in facts(answer, "facts")["Why it matters"]
    assert "just now" not in facts(answer, "machine")["Last proved by a poll"]
    assert title.name in page
    assert "Close the record" not in page
    as_person(client, Role.LIBRARIAN)
    assert "Close the record" in client.get(f"/collections/{row.pk}/").content.decode()


def test_an_empty_collection_says_what_to_do(client, node):
    row = collection(publishers=[make.make_publisher()])
    as_person(client)
    answer = client.get(f"/collections/{row.pk}/")
    assert answer.status_code == 200
    assert "Nothing of it is selected here" in answer.content.decode()


def test_the_page_asks_as_much_of_many_as_of_few(client, node):
    title = make.make_title()
    row = collection(publishers=[title.publisher], titles=[title])
    as_person(client)
    counts = []
    for number in (1, 12):
        aus = [make.make_au(title=title) for _ in range(number)]
        for au in aus:
            make.make_summary(au, size=GB)
        refreshing.refresh(keys=[au.pk for au in aus])
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/collections/{row.pk}/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_scan_sums_up_what_was_collected_whole_and_measures_the_store(node):
    title = make.make_title()
    whole, begun, deactivated = (make.make_au(title=title) for _ in range(3))
    make.make_summary(whole, size=4 * GB)
    make.make_crawl(whole)
    make.make_summary(begun, size=2)
    make.make_crawl(begun, outcome="fetch-error")
    Au.objects.filter(pk=deactivated.pk).update(state=AuState.DEACTIVATED)
    fresh = make.make_au(title=title)
    sizing.scan()
    row = SizeSummary.objects.get(kind="title", ref=str(title.pk))
    assert (row.known, row.size_low, row.size_high) == (1, GB, 4 * GB)
    space = StoreSpace.objects.get(pk=str(current.NODE.content_dir))
    assert space.used == 2 * GB + 1
    assert space.disk_free > 0
    # ``fresh`` is guessed, ``begun`` counts as what it takes already, nobody waits for what was taken out.
    assert (space.promised_low, space.promised_high) == (GB, 4 * GB)
    assert fresh.pk


CAUSES = [
    ("platform-missing", {}, "released", False),
    ("code-missing", {"usable": True, "can_collect": False}, "released", False),
    ("platform", {"usable": False}, "released", False),
    ("platform", {"usable": True, "can_collect": True}, "released", False),
    ("publisher-down", {"usable": True, "can_collect": True}, "down", False),
    ("", {"usable": True, "can_collect": True}, "down", True),
]


@pytest.mark.parametrize(("cause", "plugin", "status", "collected"), CAUSES)
def test_why_it_cannot_be_collected_is_told_apart_and_found(client, node, cause, plugin, status, collected):
    au = make.make_au()
    other = make.make_au()
    ListedAu.objects.filter(pk=au.listed_id).update(status=status)
    if plugin:
        Plugin.objects.create(plugin_id=au.plugin_id, name="Sample", sha256="0" * 64, xml=b"", **plugin)
    if collected:
        make.make_crawl(au)
        make.make_summary(au)
    make.make_crawl(au, outcome="plugin-error", reason="It cannot be collected.")
    refreshing.refresh(keys=[au.pk, other.pk])
    row = AuStatus.objects.get(pk=au.pk)
    assert row.block == cause
    as_person(client)
    shown = client.get("/aus/?block=any").context["list"].items
    assert [one.au_id for one in shown] == ([au.pk] if cause else [])
    if cause:
        assert row.word == AuWord.BLOCKED
        assert [one.au_id for one in client.get(f"/aus/?block={cause}").context["list"].items] == [au.pk]
    assert client.get("/aus/?block=weather").status_code == 400


def test_home_tells_of_a_store_over_its_quota(client, settings, node):
    settings.NODE = replace(node, content_quota="1 GB")
    au = make.make_au()
    make.make_summary(au, size=4 * GB)
    sizing.scan()
    # However much else waits for a person.
    for number in range(8):
        other = make.make_au(title=make.make_title(f"Hills {number}", make.make_publisher(f"House {number}")))
        make.make_summary(other, damaged=1)
        make.make_crawl(other)
        refreshing.refresh(keys=[other.pk])
    as_person(client)
    assert "its quota is 1\N{NO-BREAK SPACE}GB" in client.get("/").content.decode()
