"""The one decision: rights, platforms and networks of agreements; for one AU and for many; asked by everybody."""

import ast
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from apps.permissions import services
from apps.permissions.choices import AgreementState, Reason, Right, Said, ScopeKind
from apps.permissions.models import PublisherAgreement
from apps.permissions.services.covering import denying
from tests.factories import make_agreement, make_au, make_permission, make_publisher, make_title

TODAY = dt.date(2026, 11, 21)
DAY = dt.timedelta(days=1)
SIGNED = {"state": AgreementState.SIGNED, "starts": TODAY - DAY, "ends": TODAY + DAY}
YES, NO = Said.YES, Said.NO


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def node(settings, db):
    def use(policy: str, network: str = "Riverside PLN") -> None:
        settings.NODE = replace(settings.NODE, permission_policy=policy, network_name=network)

    use("written")
    return use


# Rights


@pytest.mark.parametrize("policy", ["machine", "written", "written_and_machine"])
@pytest.mark.parametrize(("right", "done"), [("collect", "collected"), ("preserve", "preserved")])
def test_a_signed_no_stops_collection_under_every_policy(node, policy, right, done):
    node(policy)
    au = make_au()
    make_permission(au)
    row = make_agreement(au.publisher, **SIGNED, name="It")
    assert services.decide(au).allowed
    PublisherAgreement.objects.filter(pk=row.pk).update(**{right: NO})
    decision = services.decide(au)
    assert (decision.allowed, decision.reason, decision.written.allowed) == (
        False,
        Reason.RIGHT_DENIED,
        False,
    )
    assert decision.sentence == (
        f"The agreement “It” with Tidewater Press does not let this AU be {done}. What is preserved stays."
    )


@pytest.mark.parametrize("policy", ["machine", "written", "written_and_machine"])
@pytest.mark.parametrize(("right", "done"), [("collect", "collected"), ("preserve", "preserved")])
def test_silence_permits_nothing_where_nothing_but_the_agreement_permits(node, policy, right, done):
    """The publisher's statement says both rights itself; without it, only what was signed can say them."""
    node(policy)
    au = make_au()
    make_permission(au)
    make_agreement(au.publisher, **SIGNED, name="It", **{right: Said.NOTHING})
    decision = services.decide(au)
    if policy != "written":
        assert decision.allowed
        return
    assert (decision.allowed, decision.written.reason) == (False, Reason.RIGHT_DENIED)
    assert decision.sentence == (
        f"The agreement “It” with Tidewater Press does not say that this AU may be {done}, and this network asks for nothing "
        "else that could say it. What is preserved stays."
    )
    # What is here is shown and given on: only collecting waits for a word.
    assert (decision.serve.allowed, decision.repair.allowed) == (True, True)


def test_a_yes_of_a_wider_agreement_ends_the_silence_of_a_narrower_one(node):
    au = make_au()
    narrow = make_agreement(
        au.publisher, **SIGNED, scope=ScopeKind.AUS, collect=Said.NOTHING, preserve=Said.NOTHING
    )
    narrow.listed_aus.set([au.listed])
    assert services.decide(au).reason == Reason.RIGHT_DENIED
    make_agreement(au.publisher, **SIGNED, preserve=Said.NOTHING)
    assert "may be preserved" in services.decide(au).sentence
    make_agreement(au.publisher, **SIGNED)
    assert services.decide(au).allowed


@pytest.mark.parametrize("state", [one for one in AgreementState if one != AgreementState.SIGNED])
def test_a_no_that_is_not_in_force_stops_nothing(node, state):
    node("machine")
    au = make_au()
    make_permission(au)
    make_agreement(au.publisher, **SIGNED | {"state": state}, collect=NO)
    assert services.decide(au).allowed


def test_what_is_forbidden_beside_collecting(node):
    au = make_au()
    row = make_agreement(au.publisher, **SIGNED)
    asked = (
        ("serve", lambda: services.may_serve(au)),
        ("serve_openly", lambda: services.may_serve(au, openly=True)),
        ("share_repairs", lambda: services.may_share_repair(au)),
    )
    for right, ask in asked:
        assert ask().allowed
        PublisherAgreement.objects.filter(pk=row.pk).update(**{right: NO})
        assert (ask().allowed, ask().reason) == (False, Reason.RIGHT_DENIED)
        assert services.decide(au).allowed
        PublisherAgreement.objects.filter(pk=row.pk).update(**{right: Said.NOTHING})
    # Who may not show it to readers may not show it to everybody.
    PublisherAgreement.objects.filter(pk=row.pk).update(serve=NO)
    assert not services.may_serve(au, openly=True).allowed


def test_the_end_of_an_agreement_takes_nothing_from_readers_and_peers_unless_it_says_so(node):
    au = make_au()
    row = make_agreement(au.publisher, **SIGNED | {"ends": TODAY - DAY}, name="It")
    decision = services.decide(au)
    assert (decision.allowed, decision.serve.allowed, decision.repair.allowed) == (False, True, True)
    PublisherAgreement.objects.filter(pk=row.pk).update(perpetual=NO)
    decision = services.decide(au)
    assert (decision.serve.allowed, decision.serve.reason) == (False, Reason.AGREEMENT_ENDED)
    assert "gives no access after its end" in decision.serve.sentence
    assert (decision.serve_openly.allowed, decision.repair.allowed) == (False, True)
    PublisherAgreement.objects.filter(pk=row.pk).update(perpetual=YES, share_repairs=NO)
    decision = services.decide(au)
    assert (decision.serve.allowed, decision.repair.allowed) == (True, False)


def test_what_was_never_agreed_forbids_nothing_to_readers(node):
    au = make_au()
    make_agreement(au.publisher, **SIGNED | {"state": AgreementState.DRAFT}, serve=NO)
    make_agreement(au.publisher, **SIGNED | {"state": AgreementState.WITHDRAWN, "signed_on": None}, serve=NO)
    decision = services.decide(au)
    assert (decision.reason, decision.serve.allowed) == (Reason.NO_AGREEMENT, True)


SAID = st.sampled_from(Said)
ROWS = st.lists(
    st.builds(
        PublisherAgreement,
        scope=st.sampled_from(ScopeKind),
        platforms=st.sampled_from([[], ["org.example.Plugin"]]),
        serve=SAID,
    ),
    max_size=6,
)


@given(ROWS)
def test_the_narrowest_word_counts_and_there_a_no(rows):
    order = list(ScopeKind)
    spoken = [
        (order.index(row.scope), bool(row.platforms), row.serve) for row in rows if row.serve != Said.NOTHING
    ]
    narrowest = max((rank[:2] for rank in spoken), default=None)
    wanted = any(rank[:2] == narrowest and rank[2] == NO for rank in spoken)
    assert (denying(Right.SERVE, rows) is not None) is wanted


def test_a_special_agreement_beats_the_general_one(node):
    general, special = make_au(), make_au(title=make_title("Annals of Salt"))
    make_agreement(general.publisher, **SIGNED, serve=NO)
    row = make_agreement(general.publisher, **SIGNED, scope=ScopeKind.TITLES, serve=YES)
    row.titles.set([special.title])
    assert [services.may_serve(au).allowed for au in (general, special)] == [False, True]


# Platforms and networks


def test_only_on_the_platforms_it_names(node):
    au = make_au()
    row = make_agreement(au.publisher, **SIGNED, platforms=["org.example.Other"])
    assert services.decide(au).reason == Reason.NO_AGREEMENT
    PublisherAgreement.objects.filter(pk=row.pk).update(platforms=["org.example.Other", au.plugin_id])
    assert services.decide(au).allowed


@pytest.mark.parametrize(
    ("named", "ours", "covers"),
    [
        ([], "Riverside PLN", True),
        ([], "", True),
        (["Riverside PLN"], "Riverside PLN", True),
        (["Other", " riverside pln "], "Riverside PLN", True),
        (["Other"], "Riverside PLN", False),
        (["Other"], "", False),
    ],
)
def test_only_in_the_networks_it_names(node, named, ours, covers):
    node("written", ours)
    au = make_au()
    make_agreement(au.publisher, **SIGNED, networks=named)
    assert services.decide(au).allowed is covers
    assert bool(services.agreements_of(au)) is covers


def test_one_that_begins_later_says_when(node):
    au = make_au()
    make_agreement(au.publisher, **SIGNED | {"starts": TODAY + DAY, "ends": None, "name": "It"})
    assert services.decide(au).sentence == "The agreement “It” with Tidewater Press begins on 22 Nov 2026."


def test_a_withdrawn_one_says_when(node):
    au = make_au()
    make_agreement(
        au.publisher,
        **SIGNED | {"state": AgreementState.WITHDRAWN, "name": "It"},
        closed_on=TODAY - 3 * DAY,
    )
    assert services.decide(au).sentence == (
        "The agreement “It” with Tidewater Press was withdrawn on 18 Nov 2026. What is preserved stays."
    )


# Many at once


def variety() -> list:
    """AUs of several publishers, with every kind of agreement and statement among them."""
    aus = []
    for n, house in enumerate([make_publisher(f"House {n}") for n in range(4)]):
        some = [make_au(f"AU {n}.{m}", title=make_title(f"Title {n}.{m}", house)) for m in range(3)]
        aus += some
        make_permission(some[0])
        make_permission(some[1], granted=False, reason=Reason.NO_STATEMENT)
        if n == 1:
            make_agreement(house, **SIGNED)
        if n == 2:
            make_agreement(house, **SIGNED, scope=ScopeKind.TITLES, serve=NO).titles.set([some[0].title])
            make_agreement(house, **SIGNED, scope=ScopeKind.AUS).listed_aus.set([some[1].listed])
        if n == 3:
            make_agreement(house, **SIGNED | {"ends": TODAY - DAY}, perpetual=NO)
    return aus


@pytest.mark.parametrize("policy", ["machine", "written", "written_and_machine"])
def test_many_are_decided_as_one_by_one(node, policy):
    node(policy)
    aus = variety()
    together = services.decide_many([au.pk for au in aus])
    assert together == {au.pk: services.decide(au) for au in aus}
    assert len({decision.reason for decision in together.values()}) > 1


def test_the_number_of_queries_does_not_grow(node, django_assert_num_queries):
    node("written_and_machine")
    aus = variety()
    with django_assert_num_queries(5):
        assert len(services.decide_many([au.pk for au in aus])) == len(aus)
    with django_assert_num_queries(5):
        services.decide_many([aus[0].pk, aus[-1].pk, aus[6].pk])
    assert services.decide_many([]) == {}
    assert services.decide_many([0]) == {}


def test_losing_permission_deletes_nothing(node):
    au = make_au()
    row = make_agreement(au.publisher, **SIGNED)
    make_permission(au)
    PublisherAgreement.objects.filter(pk=row.pk).update(ends=TODAY - DAY)
    services.lapse_agreements()
    assert not services.decide(au).allowed
    au.refresh_from_db()
    assert au.state == "selected"
    assert au.permission_evidence.count() == 1


# Nobody else decides

APPS = Path(__file__).resolve().parents[2] / "apps"
# Outside of permission: who may name its rows, and what for.
READERS = {
    "nodes/services/refreshing.py": "which AUs to look at again because a row changed",
    "nodes/views_permissions.py": "a list to look at",
    "nodes/au_panels.py": "the agreements of an AU, shown",
    "network/overview.py": "a number on a page",
    "nodes/lists_permissions.py": "the lists of the dashboard",
    "delivery/services/triggered.py": "the statements on a page about what was given to everybody, shown",
}
ROWS_OF_PERMISSION = {"PublisherAgreement", "Permission"}


def test_nobody_else_reads_the_rows_that_decide():
    found = {}
    for file in APPS.rglob("*.py"):
        name = file.relative_to(APPS).as_posix()
        if name.startswith("permissions/"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("apps.permissions"):
                named = {alias.name for alias in node.names}
                inner = node.module not in {
                    "apps.permissions.services",
                    "apps.permissions.models",
                    "apps.permissions.choices",
                    "apps.permissions.words",
                    "apps.permissions.lists",
                    "apps.permissions.panels",
                    "apps.permissions",
                }
                if inner or named & ROWS_OF_PERMISSION:
                    found[name] = f"{node.module}: {', '.join(sorted(named))}"
    assert set(found) == set(READERS), found


@pytest.mark.parametrize(
    ("file", "question"),
    [
        ("crawls/services.py", "decide"),
        ("crawls/run.py", "decide"),
        ("polls/services/inbox.py", "may_share_repair"),
        # Every door to readers asks the verdict, which is told here what agreements say; the sentence of a refusal there.
        ("delivery/services/sayings.py", "serving_terms"),
        ("delivery/withheld.py", "may_serve"),
        ("nodes/facts.py", "decide_many"),
    ],
)
def test_who_acts_asks(file, question):
    calls = {
        node.func.id
        for node in ast.walk(ast.parse((APPS / file).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert question in calls
