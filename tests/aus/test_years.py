"""The picture of a title's years: what it says is what is so."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.aus.services import select_aus
from apps.aus.years import HEIGHT, Stage, Year, _bar, drawn, in_words, runs, years_of_title
from apps.common.clock import now
from apps.nodes.models import AuStatus
from tests.aus.factories import chosen, load_sample, offer, volumes
from tests.titles.factories import read_au, read_title


@given(st.sets(st.integers(1900, 2000), max_size=20))
def test_runs_say_every_year_and_no_other(years):
    said = runs(sorted(years))
    found: set[int] = set()
    for part in [one for one in said.removesuffix(" …").split(", ") if one]:
        first, _, last = part.partition("–")
        found |= set(range(int(first), int(last or first) + 1))
    assert found == years or (said.endswith("…") and found < years)


@given(st.lists(st.integers(0, 40), min_size=len(Stage), max_size=len(Stage)))
def test_what_has_come_further_is_never_higher(numbers):
    year = Year(2000, Counter(dict(zip(Stage, numbers, strict=True))))
    heights = [part["height"] for part in _bar(0, year, max(year.listed, 1))["parts"]]
    assert heights == sorted(heights, reverse=True)
    assert bool(heights) == bool(year.listed)
    assert all(0 < height <= HEIGHT for height in heights)


@pytest.mark.django_db
def test_listed_selected_collected_agreed_and_gap():
    load_sample()
    block = read_title()
    rows = offer(*volumes(5), read_au(block, "x", year="2008-2009"))
    select_aus(user=None, listed_au_ids=[row.pk for row in rows[:4]])
    for row, urls, agreeing, word in (
        (rows[0], 9, 3, "proved"),
        (rows[1], 9, 1, "proved"),
        (rows[2], 0, 0, "blocked"),
    ):
        AuStatus.objects.create(
            au=chosen(row), word=word, urls=urls, agreeing=agreeing, changed_at=now(), refreshed_at=now()
        )
    years = {one.year: one for one in years_of_title(rows[0].title)}
    stages = {year: dict(one.counts) for year, one in years.items()}
    assert stages == {
        2001: {Stage.AGREED: 1},
        2002: {Stage.COLLECTED: 1},
        2003: {Stage.BLOCKED: 1},
        2004: {Stage.SELECTED: 1},
        2005: {Stage.LISTED: 1},
        2006: {},
        2007: {},
        2008: {Stage.LISTED: 1},
        2009: {Stage.LISTED: 1},
    }
    assert in_words(list(years.values())) == (
        "Years 2001 to 2009. Named by a list: 2001–2005, 2008–2009. Selected here: 2001–2004. "
        "Collected: 2001–2002. Agreed in its last proof: 2001. Selected here, and blocked: 2003. Gaps: 2006–2007."
    )
    picture = drawn(list(years.values()))
    assert len(re.findall('class="gap" x1', picture)) == 2
    assert "<title>2006: no list names a unit</title>" in picture
    assert "<title>2001: 1 unit, 1 agreed in its last proof</title>" in picture
    assert "<title>2003: 1 unit, 1 selected here, and blocked</title>" in picture
    assert picture.count('<rect class="blocked"') == 4, "behind what is selected and goes on"
    assert '<i class="blocked"></i>' in picture
    assert drawn(list(years.values())[:1]) == ""
