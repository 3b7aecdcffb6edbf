"""A choice of any size is judged before it is selected as the act will judge it, in as many statements as a small one."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.choices import Role
from apps.aus import services
from apps.aus.looking import look_at
from apps.aus.models import Au, SelectionResult
from apps.aus.services.judging import Judge, Possible
from apps.aus.services.misfits import SAME, UNFIT, misfits
from apps.titles.models import ListedAu
from tests.asking import as_person
from tests.aus.factories import load_sample, offer, volumes
from tests.aus.test_what_follows import own_media, plain  # noqa: F401 - fixture
from tests.titles.factories import read_au, read_title

pytestmark = pytest.mark.django_db
BASE = "http://tide.example/"


def everything():
    return ListedAu.objects.all()


def odd(title, number: int, chance: random.Random):
    """A unit whose parameters may be wrong in any way, or another's once more."""
    params = {"base_url": BASE, "journal": f"J{number}", "volume": str(number)}
    fault = chance.choice(("", "", "no volume", "no url", "bad url", "empty", "more", "twice", "two faults"))
    if fault in ("no volume", "two faults"):
        del params["volume"]
    if fault == "no url":
        del params["base_url"]
    if fault in ("bad url", "two faults"):
        params["base_url"] = chance.choice(("nowhere", "also nowhere"))
    if fault == "empty":
        params["journal"] = ""
    if fault == "more":
        params["beside"] = str(number)
    if fault == "twice":
        params |= {"journal": f"J{number - 1}", "volume": str(number - 1), "beside": "x"}
    return read_au(title, number, params=params)


def one_by_one(rows) -> tuple[Counter[str], int]:
    """Reasons with their numbers, and how many are one unit with another: as ``batches`` decides."""
    judge = Judge()
    found = [judge.possible(row) for row in rows]
    reasons = Counter(str(one) for one in found if not isinstance(one, Possible))
    taken = set(Au.objects.values_list("auid", flat=True))
    same = 0
    for one in found:
        if isinstance(one, Possible):
            same += one.auid in taken
            taken.add(one.auid)
    return reasons, same


@pytest.mark.parametrize(("seed", "number"), [(1, 80), (3, 600)])
def test_it_says_what_judging_one_by_one_says(seed, number):
    load_sample()
    chance = random.Random(seed)
    title = read_title("Odd", "Marsh")
    offer(*(odd(title, n, chance) for n in range(1, number)))
    rows = list(everything().order_by("pk"))
    reasons, same = one_by_one(rows)
    assert len(reasons) > 3
    assert same
    found = misfits(everything())
    by_code = {one.code: one for one in found.hindrances}
    assert by_code[UNFIT].number == reasons.total()
    assert by_code[SAME].number == same
    assert {by_code[UNFIT].sentence, *by_code[UNFIT].others} <= set(reasons)
    assert reasons[by_code[UNFIT].sentence] == max(reasons.values())
    assert 1 + len(by_code[UNFIT].others) + by_code[UNFIT].left == len(reasons)
    assert len(set(found.ids)) == len(found.ids) == reasons.total() + same
    # What is told before is what comes of it.
    looked = look_at(everything())
    assert looked.selectable == number - 1 - len(found.ids)
    act = services.select_aus(user=None, listed=everything()).selection
    while services.run_batch(selection_id=act.pk):
        pass
    ends = Counter(SelectionResult.objects.filter(selection=act).values_list("outcome", flat=True))
    assert (ends["selected"], ends["impossible"], ends["already"]) == (
        looked.selectable,
        reasons.total(),
        same,
    )


def test_more_than_five_hundred_are_told_on_the_page_before(client):
    load_sample()
    title = read_title("Wrong", "Marsh")
    wrong = [
        read_au(title, n, params={"base_url": BASE, "journal": "W"} | {"x": str(n)}) for n in range(1, 31)
    ]
    rows = offer(*volumes(600, publisher="Marsh"), *wrong)
    as_person(client, Role.LIBRARIAN)
    data = {"action": "select", "all_matching": "yes", "matching": "publisher=Marsh", "seen": ""}
    page = plain(client.post("/titles/units/choose/", data))
    assert "Does not fit its plugin" in page
    assert "volume: missing" in page
    assert misfits(ListedAu.objects.filter(pk__in=[row.pk for row in rows])).hindrances[0].number == 30


def test_what_is_here_under_another_entry_is_the_same_unit(client):
    load_sample()
    [first, *_rest] = offer(*volumes(3))
    services.select_aus(user=None, listed_au_ids=[first.pk])
    Au.objects.update(listed=None)
    [found] = misfits(everything()).hindrances
    assert (found.code, found.number) == (SAME, 1)
    assert misfits(everything()).ids == (first.pk,)


def test_many_are_judged_in_as_many_statements_as_few():
    load_sample()
    counts = []
    for number in (30, 900):
        chance = random.Random(5)
        title = read_title(f"Odd {number}", "Marsh")
        offer(*(odd(title, 1000 * number + n, chance) for n in range(number)), name=f"L{number}")
        with CaptureQueriesContext(connection) as asked:
            misfits(everything())
        counts.append(len(asked))
    assert counts[1] == counts[0] <= 12


def test_what_cannot_be_collected_anyway_is_not_judged():
    load_sample()
    title = read_title("Other", "Marsh")
    offer(replace(read_au(title, 1, params={"x": "1"}), plugin_id="org.example.None"))
    assert misfits(everything()).ids == ()
    assert misfits(ListedAu.objects.none()).ids == ()
