"""Estimates, the quota and obstacles against rows: what is known, what is left, what is refused."""

from dataclasses import replace

import pytest
from django.conf import settings as current
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.aus.errors import SelectionCode, SelectionError
from apps.aus.models import Au, Selection, SizeSummary, StoreSpace
from apps.aus.room import Fit
from apps.aus.services import Rule, add_subscription, apply_subscriptions, select_aus
from apps.aus.services.estimating import estimate
from apps.aus.services.prospects import prospects
from apps.aus.services.rooming import fit_of, judge_store, room
from apps.aus.services.weighing import measure, weigh
from apps.aus.sizes import Basis, Span, spread
from apps.common.models import Finding
from apps.permissions.choices import ScopeKind
from apps.repository.models import AuSummary
from apps.titles.models import ListedAu
from tests.accounts.factories import make_person
from tests.aus.factories import load_sample, offer, volumes
from tests.factories import make_agreement
from tests.plugins.factories import ID
from tests.titles.factories import read_au, read_title

pytestmark = pytest.mark.django_db
GB = 10**9


def collect(listed: list[ListedAu], *sizes: int) -> list[Au]:
    """Select these units and give them so much content, 100 URLs each."""
    select_aus(user=None, listed_au_ids=[row.pk for row in listed])
    aus = [Au.objects.get(listed=row) for row in listed]
    for au, size in zip(aus, sizes, strict=True):
        AuSummary.objects.update_or_create(
            au_key=au.key, defaults={"urls": 100, "disk_size": size, "current_size": size}
        )
    return aus


def store(*, used: int = 0, free: int | None = 100 * GB, total: int | None = 1_000 * GB, promised=(0, 0)):
    return StoreSpace.objects.create(
        path=str(current.NODE.content_dir),
        used=used,
        disk_total=total,
        disk_free=free,
        promised_low=promised[0],
        promised_high=promised[1],
        measured_at="2026-11-21T06:12:00Z",
    )


@pytest.fixture
def offered():
    """Six volumes of a title, two of another of its publisher, one of another publisher."""
    load_sample()
    other = read_title("Mudflat Letters", publisher="Tidewater Press")
    far = read_title("Hills", publisher="Marsh & Sons")
    return offer(*volumes(6), read_au(other, 1), read_au(other, 2), read_au(far, 1))


def everything():
    return ListedAu.objects.all()


def test_nothing_is_invented_where_nothing_is_known(offered):
    found = estimate(everything())
    assert (found.count, found.unknown, found.size, found.seconds) == (9, 9, Span(), Span())
    assert estimate(ListedAu.objects.none()).count == 0


def test_the_nearest_kin_speaks(offered):
    collect(offered[:2], 2 * GB, 4 * GB)
    weigh(whole=Au.objects.all())
    found = estimate(everything())
    assert (found.held, found.held_size) == (2, 6 * GB)
    assert found.guessed == {Basis.TITLE: 4, Basis.PUBLISHER: 2, Basis.PLATFORM: 1}
    # Two are few: from half of the smaller to twice the larger, for each of seven.
    assert found.size == Span(7 * GB, 7 * 8 * GB)
    assert found.unknown == 0
    # 50 to 200 requests each; the sample's pause is the floor of the node.
    pause = SizeSummary.objects.get(kind="platform", ref=ID).pause_ms
    assert pause >= current.NODE.crawl_fetch_floor_ms
    assert found.seconds.low == 7 * 50 * pause // min(7, current.NODE.crawl_parallel) // 1000


def test_only_what_was_collected_to_its_end_speaks_for_others(offered):
    done, begun = collect(offered[:2], 2 * GB, 1)
    weigh(whole=Au.objects.filter(pk=done.pk))
    assert estimate(ListedAu.objects.filter(pk=offered[2].pk)).size == Span(GB, 4 * GB)
    assert begun.pk != done.pk


@pytest.mark.parametrize("sizes", [[5], [9, 1], [3, 1, 2], [7, 1, 5, 3], [1, 2, 3, 4, 5, 6]])
def test_rows_are_summed_up_as_the_law_says(offered, sizes):
    collect(offered[: len(sizes)], *sizes)
    weigh(whole=Au.objects.all())
    row = SizeSummary.objects.get(kind="title", ref=str(offered[0].title_id))
    assert Span(row.size_low, row.size_high) == spread(sizes)
    assert row.known == len(sizes)


def test_weighing_again_changes_nothing_and_forgets_what_is_gone(offered):
    (au,) = collect(offered[:1], GB)
    weigh(whole=Au.objects.all())
    before = list(SizeSummary.objects.order_by("kind", "ref").values_list("kind", "ref", "known", "pause_ms"))
    weigh(whole=Au.objects.all())
    assert before == list(
        SizeSummary.objects.order_by("kind", "ref").values_list("kind", "ref", "known", "pause_ms")
    )
    weigh(whole=Au.objects.exclude(pk=au.pk))
    assert not SizeSummary.objects.filter(known__gt=0).exists()


def test_an_estimate_asks_as_much_of_many_as_of_few(offered):
    collect(offered[:2], GB, GB)
    weigh(whole=Au.objects.all())
    counts = []
    for rows in (ListedAu.objects.filter(pk=offered[0].pk), everything()):
        with CaptureQueriesContext(connection) as asked:
            estimate(rows)
            prospects(rows)
        counts.append(len(asked))
    assert max(counts) <= 12
    assert counts[1] <= counts[0] + 2


def test_the_store_is_measured_with_what_is_promised(offered):
    collect(offered[:1], 2 * GB)
    weigh(whole=Au.objects.all())
    select_aus(user=None, listed_au_ids=[offered[1].pk])
    row = measure(
        path=current.NODE.content_dir,
        total=1_000 * GB,
        free=50 * GB,
        waiting=ListedAu.objects.filter(pk=offered[1].pk),
    )
    assert (row.used, row.promised_low, row.promised_high) == (2 * GB, GB, 4 * GB)
    assert room().promised == Span(GB, 4 * GB)


@pytest.mark.parametrize(
    ("quota", "left"), [("", 100 * GB), ("30 GB", 20 * GB), ("2 %", 10 * GB), ("90 %", 100 * GB)]
)
def test_what_is_left_is_bound_by_quota_and_disk(settings, quota, left):
    settings.NODE = replace(settings.NODE, content_quota=quota)
    assert room() is None
    store(used=10 * GB)
    assert room().left == left


def known(offered) -> None:
    collect(offered[:1], 2 * GB)
    weigh(whole=Au.objects.all())


def test_selecting_is_refused_only_where_the_node_says_so(settings, offered):
    known(offered)
    store(used=2 * GB)
    settings.NODE = replace(settings.NODE, content_quota="3 GB")
    acts = Selection.objects.count()
    rest = [row.pk for row in offered[1:4]]
    assert fit_of(estimate(ListedAu.objects.filter(pk__in=rest)), room()) is Fit.OVER
    settings.NODE = replace(settings.NODE, over_quota="refuse")
    with pytest.raises(SelectionError) as error:
        select_aus(user=None, listed_au_ids=rest)
    assert error.value.code is SelectionCode.NO_ROOM
    assert "Of the store's quota of 3" in str(error.value)
    assert "Nothing was selected." in str(error.value)
    assert Selection.objects.count() == acts
    # One may come to no more than is left.
    select_aus(user=None, listed_au_ids=rest[:1])
    settings.NODE = replace(settings.NODE, over_quota="warn")
    select_aus(user=None, listed_au_ids=rest)
    assert Au.objects.filter(listed__in=rest).count() == 3


def test_a_rule_that_finds_no_room_waits_and_says_so(settings, offered):
    known(offered)
    space = store(used=2 * GB)
    settings.NODE = replace(settings.NODE, content_quota="3 GB", over_quota="refuse")
    rule = Rule(publisher=offered[0].publisher)
    add_subscription(user=make_person("lee", "librarian"), token="one", rule=rule)
    assert apply_subscriptions() == []
    finding = Finding.objects.get(code="subscription-no-room")
    assert finding.resolved_at is None
    assert Au.objects.count() == 1
    StoreSpace.objects.filter(pk=space.pk).update(used=0)
    settings.NODE = replace(settings.NODE, content_quota="300 GB")
    assert len(apply_subscriptions()) == 1
    finding.refresh_from_db()
    assert finding.resolved_at is not None
    assert Au.objects.count() == 8


def test_an_exceeded_quota_is_a_finding_once_until_it_is_well_again(settings):
    settings.NODE = replace(settings.NODE, content_quota="10 GB")
    row = store(used=11 * GB)
    judge_store()
    judge_store()
    finding = Finding.objects.get(code="store-over-quota")
    assert (finding.count, finding.resolved_at) == (1, None)
    assert "11\N{NO-BREAK SPACE}GB" in finding.message
    assert "10\N{NO-BREAK SPACE}GB" in finding.message
    StoreSpace.objects.filter(pk=row.pk).update(used=5 * GB, promised_low=6 * GB, promised_high=7 * GB)
    judge_store()
    finding.refresh_from_db()
    assert finding.resolved_at is not None
    coming = Finding.objects.get(code="store-no-room")
    StoreSpace.objects.filter(pk=row.pk).update(promised_low=GB)
    judge_store()
    coming.refresh_from_db()
    assert coming.resolved_at is not None


def test_what_cannot_be_collected_is_told_by_cause(settings):
    settings.NODE = replace(settings.NODE, permission_policy="written_and_machine")
    load_sample()
    title = read_title("Journal of Estuarine Studies", publisher="Tidewater Press")
    rows = offer(
        *volumes(3),
        read_au(title, 7, status="down"),
        read_au(title, 8, status="manifest"),
        replace(read_au(title, 9), plugin_id="org.example.Unknown"),
    )
    found = {one.code: one for one in prospects(everything())}
    assert {code: one.number for code, one in found.items()} == {
        "down": 1,
        "unreleased": 1,
        "platform-missing": 1,
        "no-agreement": 3,
    }
    assert "org.example.Unknown" in found["platform-missing"].sentence
    assert found["no-agreement"].selectable
    assert not found["down"].selectable
    agreement = make_agreement(rows[0].publisher, scope=ScopeKind.AUS)
    agreement.listed_aus.set(rows[:2])
    found = {one.code: one for one in prospects(everything())}
    assert found["no-agreement"].number == 1
    make_agreement(rows[0].publisher)
    assert "no-agreement" not in {one.code for one in prospects(everything())}
    assert [one.code for one in prospects(everything(), unreleased=True)] == ["down", "platform-missing"]


def test_code_that_is_missing_is_named(settings):
    settings.NODE = replace(settings.NODE, permission_policy="machine")
    load_sample(plugin_crawl_seed_factory="org.example.SeedFactory")
    offer(*volumes(2))
    (found,) = prospects(everything())
    assert (found.code, found.number, found.url) == ("code-missing", 2, f"/plugins/{ID}/")
    assert "SeedFactory" in found.sentence
