"""A condition means the same rows whether they are looked up first, asked one by one, or counted."""

import pytest
from django.http import QueryDict

from apps.aus import lists
from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.aus.queries import titles_shown, units_shown
from apps.aus.services import select_aus
from apps.common import few
from apps.common.lists.query import parse
from apps.common.lists.show import window
from apps.nodes.lists import AUS
from apps.nodes.models import AuStatus
from apps.nodes.services import refreshing
from apps.titles.models import ListedAu, Publisher, Title, TitleList, TitleSet
from apps.titles.services import Meaning, add_titles, make_set, membership
from tests.aus.factories import load_sample, offer
from tests.titles.factories import read_au, read_title

pytestmark = pytest.mark.django_db


@pytest.fixture
def sets() -> dict[str, int]:
    """Six titles of three publishers, some tagged, some of several years, one no longer named; sets of each kind."""
    titles = [read_title(f"Annals of Nursing {n}", f"Society {n % 3}", issn=f"{n:04}-0000") for n in range(5)]
    open_access = {"attributes": {"rights": "openaccess"}}
    units = offer(
        *(read_au(titles[n], volume) for n in range(5) for volume in (1, 2, 3)),
        read_au(read_title("Água e Solo", "Society 1"), 7, year="2001-2009", **open_access),
        read_au(titles[0], 9, status="manifest", **open_access),
        read_au(titles[1], 9, status="down"),
    )
    load_sample()
    select_aus(user=None, listed_au_ids=[units[0].pk, units[4].pk])
    Au.objects.filter(listed=units[4]).update(state=AuState.DEACTIVATED)
    hand = make_set(user=None, request_key=None, meaning=Meaning(name="hand"))
    add_titles(user=None, title_set=hand, titles=Title.objects.filter(name__endswith="3"))
    kinds = {
        "publisher": {"publisher": Publisher.objects.get(name="Society 1")},
        "tag": {"tag_key": "rights", "tag_value": "openaccess"},
        "query": {"query": "q=nursing+4&years=2002-2003"},
    }
    parts = [
        make_set(user=None, request_key=None, meaning=Meaning(name=kind, kind=kind, **more))
        for kind, more in kinds.items()
    ]
    whole = make_set(user=None, request_key=None, meaning=Meaning(name="all", parts=(hand, *parts)))
    return {row.name: row.pk for row in (hand, *parts, whole)} | {"list": TitleList.objects.get().pk}


FILTERS = (
    "",
    "q=nursing",
    "q=nursing+2+3",
    "q=agua",
    "q=0001-0000",
    "publisher=society",
    "publisher=society+1",
    "platform=org.lockss.plugin.Sample",
    "years=2002",
    "years=2004-2006",
    "years=from+2007+on",
    "years=2001,2003",
    "here=selected",
    "here=none",
    "here=deactivated",
    "list={list}",
    "set={hand}",
    "set={publisher}",
    "set={tag}",
    "set={query}",
    "set={all}",
    "set={all}&years=2003&here=none&q=nursing",
)
OFFERS = tuple(f"offer={word}" for word in ("offered", "unreleased", "down", "retired", "not-offered"))


@pytest.mark.parametrize("narrowed", FILTERS + OFFERS)
def test_every_way_to_a_condition_finds_the_same(sets, narrowed, monkeypatch):
    text = narrowed.format(**sets)
    tables = [(lists.UNITS, units_shown())]
    if narrowed not in OFFERS:
        tables.append((lists.TITLES, titles_shown()))
    for table, rows in tables:
        query = parse(QueryDict(text), table)
        with few.counting():
            meant = {row.pk for row in table.filtered(rows, query)}
        for sorted_, most in ((few.MOST_SORTED, few.MOST), (1, few.MOST), (0, few.MOST), (1, 1), (0, 0)):
            monkeypatch.setattr(few, "MOST_SORTED", sorted_)
            monkeypatch.setattr(few, "MOST", most)
            found = window(table, rows, query)[1]
            assert {row.pk for row in found} == meant, (table.name, sorted_, most)
            assert len(found) == len(meant), (table.name, sorted_, most)
        monkeypatch.undo()


def test_the_conditions_mean_something(sets):
    """What is compared above is neither nothing nor everything."""
    counts = {
        text: window(lists.UNITS, units_shown(), parse(QueryDict(text.format(**sets)), lists.UNITS))[1]
        for text in FILTERS
    }
    numbers = {text: len(rows) for text, rows in counts.items()}
    assert numbers[""] == 18
    assert numbers["years=2004-2006"] == 1
    assert numbers["set={hand}"] == 3
    assert numbers["set={tag}"] == 2
    assert 0 < numbers["set={all}"] < 18
    assert numbers["here=selected"] == numbers["here=deactivated"] == 1


@pytest.mark.parametrize("narrowed", FILTERS)
def test_what_was_many_a_moment_ago_may_be_few_now(sets, narrowed, monkeypatch):
    """What is remembered decides how rows are found, and never which."""
    monkeypatch.setattr(few, "MOST_SORTED", 0)
    monkeypatch.setattr(few, "MOST", 0)
    query = parse(QueryDict(narrowed.format(**sets)), lists.UNITS)
    before = {row.pk for row in window(lists.UNITS, units_shown(), query)[1]}
    gone = max(before)
    Au.objects.filter(listed=gone).update(state=AuState.DEACTIVATED, listed=None, title=None)
    ListedAu.objects.filter(pk=gone).delete()
    after = {row.pk for row in window(lists.UNITS, units_shown(), query)[1]}
    assert after <= before
    with few.counting():
        assert after == {row.pk for row in lists.UNITS.filtered(units_shown(), query)}
    assert gone not in after


@pytest.mark.parametrize("condition", [few.Within, few.Beside])
def test_a_query_of_nothing_is_met_by_nothing(sets, condition):
    assert not units_shown().filter(condition("title_id", Title.objects.none().values("pk"))).exists()
    assert units_shown().filter(condition("title_id", Title.objects.values("pk"))).count() == 18


@pytest.mark.parametrize("name", ["hand", "publisher", "tag", "query", "all"])
def test_own_aus_of_a_set_are_the_same_in_every_way(sets, name, monkeypatch):
    select_aus(
        user=None, listed_au_ids=list(ListedAu.objects.filter(status="released").values_list("pk", flat=True))
    )
    refreshing.refresh(keys=Au.objects.values_list("pk", flat=True))
    rows = AuStatus.objects.select_related("au__publisher")
    query = parse(QueryDict(f"set={sets[name]}"), AUS)
    units = set(membership.units_in(TitleSet.objects.get(pk=sets[name])).values_list("pk", flat=True))
    meant = {au for au, unit in Au.objects.values_list("pk", "listed_id") if unit in units}
    assert meant
    with few.counting():
        assert {row.pk for row in AUS.filtered(rows, query)} == meant
    for sorted_, most in ((few.MOST_SORTED, few.MOST), (1, few.MOST), (0, few.MOST), (1, 1), (0, 0)):
        monkeypatch.setattr(few, "MOST_SORTED", sorted_)
        monkeypatch.setattr(few, "MOST", most)
        found = [row.pk for row in window(AUS, rows, query)[1]]
        assert set(found) == meant, (sorted_, most)
        assert len(found) == len(meant), (sorted_, most)


def test_own_aus_are_found_by_the_issn_of_their_title(sets):
    refreshing.refresh(keys=Au.objects.values_list("pk", flat=True))
    rows = AuStatus.objects.select_related("au__publisher")
    found = window(AUS, rows, parse(QueryDict("q=0000-0000"), AUS))[1]
    assert [row.au.title.issn for row in found] == ["0000-0000"]
