"""The look-up against a judge of its own, for generated rows: who may have what is worked out here from the rows by
another way, straight from the text of docs/delivery.md, and compared with what ``find`` and its neighbours say.
"""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.aus.models import Au
from apps.delivery.models import OwnReaderList, ServingRule, TriggerEvent
from apps.delivery.services import kept
from apps.delivery.services.lookup import candidates, find, verdicts, versions
from apps.delivery.services.readers import asker_of
from apps.delivery.services.told import verdicts_on, with_said
from apps.lockss.delivery import Surface
from apps.permissions.models import PublisherAgreement
from apps.permissions.services import agreed_terms, agreements_of
from apps.titles.models import ListedAu
from tests.delivery.places import MOMENT, URL, held
from tests.factories import make_agreement, make_publisher, make_title
from tests.repository.factories import use_store

TODAY = MOMENT.date()
SAID = ("", "yes", "no")
# Walls are counted from the last day of the year of publication.
FREE_FROM = {
    (1, "months"): lambda year: dt.date(year + 1, 1, 31),
    (24, "months"): lambda year: dt.date(year + 2, 12, 31),
    (325, "days"): lambda year: dt.date(year + 1, 11, 21),
    (326, "days"): lambda year: dt.date(year + 1, 11, 22),
}
LEVELS = ("network", "publisher", "title", "au")

rules = st.fixed_dictionaries(
    {
        "choice": st.sampled_from(["", "", "dark", "gray", "light"]),
        "serve": st.sampled_from(["", "", *SAID]),
        "while_available": st.sampled_from(["", "", *SAID]),
        "openly": st.sampled_from(["", "", *SAID]),
        "trigger": st.sampled_from(["", "", *SAID]),
        "open_access": st.sampled_from(["", "", *SAID]),
        "embargo_until": st.sampled_from([None] * 6 + [TODAY, TODAY + dt.timedelta(days=1)]),
        "wall": st.sampled_from([None] * 6 + list(FREE_FROM)),
    }
)
places = st.fixed_dictionaries(
    {}, optional={"network": rules, "publisher": rules, "title": rules, "au": rules}
)
worlds = st.fixed_dictionaries(
    {
        "rules": places,
        "second": st.fixed_dictionaries({}, optional={"au": rules}),
        "agreed": st.one_of(st.none(), st.tuples(*[st.sampled_from(SAID)] * 3)),
        "listed_open": st.booleans(),
        "year": st.sampled_from([None, 2024, 2025]),
        "trigger": st.sampled_from([None, None, None, -1, 0, 1]),
        "roles": st.sampled_from([[], ["reader"], ["librarian"]]),
        "asker": st.sampled_from(["nobody", "reader", "inside"]),
        "surface": st.sampled_from([Surface.CONTENT, Surface.PROXY, Surface.AUDIT]),
        "auditor": st.booleans(),
    }
)


def judge(world: dict, own: dict) -> str:
    """hidden, gray or open, for an AU with these rules by level."""
    if world["surface"] is Surface.AUDIT:
        return "open" if world["auditor"] else "hidden"
    said = [own[level] for level in LEVELS if level in own]
    if any(one["embargo_until"] and one["embargo_until"] > TODAY for one in said):
        return "hidden"
    for one in said:
        if one["wall"] is None:
            continue
        if world["year"] is None:
            return "hidden"
        if FREE_FROM[one["wall"]](world["year"]) > TODAY:
            return "hidden"
    serve, openly, trigger = ({one[name] for one in said} for name in ("serve", "openly", "trigger"))
    if world["agreed"]:
        for words, word in zip((serve, openly, trigger), world["agreed"], strict=True):
            words.add(word)
    inside = (world["asker"] == "reader" and "reader" in world["roles"]) or world["asker"] == "inside"
    happened = world["trigger"] is not None and world["trigger"] <= 0
    if happened and "no" not in trigger:
        if "yes" in trigger:
            return "open"
        if "no" not in serve and ("no" not in openly or inside):
            return "open"
    if "no" in serve:
        return "hidden"
    choice = next((one["choice"] for one in reversed(said) if one["choice"]), "gray")
    if choice == "dark":
        return "hidden"
    free = next((one["open_access"] for one in reversed(said) if one["open_access"]), "")
    is_open = free == "yes" or (free == "" and world["listed_open"])
    if happened and "no" not in trigger:
        is_open = True
    first = any(one["while_available"] == "no" for one in said)
    if is_open and "no" not in openly and not first:
        return "open"
    if not inside and ("no" in openly or not (is_open or "yes" in openly)):
        return "hidden"
    return "open" if choice == "light" and not first else "gray"


@pytest.fixture
def two(db, settings, tmp_path):
    use_store(settings, tmp_path / "content", network_name="")
    house = make_publisher()
    title = make_title(publisher=house)
    aus = [held(URL, title=title) for _ in range(2)]
    return sorted(aus, key=lambda au: au.auid)


def write(world: dict, first, second) -> None:
    for model in (ServingRule, TriggerEvent, PublisherAgreement, OwnReaderList):
        model.objects.all().delete()
    where = {"network": {}, "publisher": {"publisher": first.publisher}, "title": {"title": first.title}}
    for level, said in world["rules"].items():
        _rule(said, where.get(level, {"au": first}))
    for said in world["second"].values():
        _rule(said, {"au": second})
    if world["agreed"]:
        serve, openly, trigger = world["agreed"]
        make_agreement(first.publisher, serve=serve, serve_openly=openly, trigger=trigger)
    rights = {"rights": "openaccess"} if world["listed_open"] else {}
    ListedAu.objects.update(attributes=rights, last_year=world["year"], first_year=None)
    if world["trigger"] is not None:
        TriggerEvent.objects.create(
            title=first.title,
            reason="closed",
            since=TODAY + dt.timedelta(days=world["trigger"]),
            proposed_name="ann",
            proposed_at=MOMENT,
            confirmed_name="ben",
            confirmed_at=MOMENT,
        )
    OwnReaderList.objects.create(roles=world["roles"], included="192.0.2.1")


def _rule(said: dict, where: dict) -> None:
    length, unit = said["wall"] or (None, "")
    plain = {name: value for name, value in said.items() if name != "wall"}
    ServingRule.objects.create(**plain, **where, wall_length=length, wall_unit=unit, said_at=MOMENT)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds)
def test_the_look_up_says_what_another_judge_says(two, world):
    first, second = two
    write(world, first, second)
    asker = asker_of(
        world["surface"],
        "192.0.2.1" if world["asker"] == "inside" else "198.51.100.1",
        roles=["reader"] if world["asker"] == "reader" else [],
        auditor=world["auditor"],
    )
    wider = {level: said for level, said in world["rules"].items() if level != "au"}
    expected = {
        first.pk: judge(world, world["rules"]),
        second.pk: judge(world, wider | world["second"]),
    }
    told = {pk: str(one.access) for pk, one in verdicts(asker, expected, MOMENT).items()}
    assert told == expected
    shown = [pk for pk in (first.pk, second.pk) if expected[pk] != "hidden"]
    found = find([URL], asker, MOMENT)
    holders = [found.best, *found.others] if found.best else []
    assert [one.au_pk for one in holders] == shown
    assert all(str(one.verdict.access) == expected[one.au_pk] for one in holders)
    assert (found.in_au, found.stem_held) == (bool(shown), bool(shown))
    unheld = find(["http://pub.example/never"], asker, MOMENT)
    assert (unheld.best.au_pk if unheld.best else None) == (shown[0] if shown else None)
    assert [copy.au_pk for copy, _artifact in versions(URL, asker, MOMENT)] == shown
    assert {one.au_pk for one in candidates(asker, MOMENT)} == set(shown)
    told = [pair for au in two for pair in zip(_on_page(au), verdicts_on(au, MOMENT), strict=True)]
    assert [one for one, _other in told] == [other for _one, other in told]
    for au in two:
        named = find([URL], asker, MOMENT, auid=au.auid)
        assert (named.best is not None) == (au.pk in shown)


def _on_page(au):
    """As the page of an AU works it out, from one query for the AU and one for agreements."""
    row = with_said(Au.objects.select_related("title", "publisher", "listed").get(pk=au.pk))
    return verdicts_on(row, MOMENT, agreed_terms(agreements_of(row), TODAY))


def test_the_judge_sees_both_sides_of_every_answer():
    """A judge that said the same of everything would agree with much."""
    world = {
        "surface": Surface.CONTENT,
        "auditor": False,
        "year": None,
        "agreed": None,
        "asker": "inside",
        "roles": [],
        "trigger": None,
        "listed_open": False,
    }
    plain = dict.fromkeys(("serve", "while_available", "openly", "trigger", "open_access"), "") | {
        "embargo_until": None,
        "wall": None,
    }
    said = {
        choice: judge(world, {"network": plain | {"choice": choice}}) for choice in ("dark", "gray", "light")
    }
    assert said == {"dark": "hidden", "gray": "gray", "light": "open"}
    kept.forget()
