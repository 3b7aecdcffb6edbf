"""The built decision tables against the specification's, for the whole product of what they look at."""

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from apps.lockss.delivery.asking import (
    Answer,
    Ask,
    Asked,
    Cut,
    DeliverySettings,
    Failure,
    FollowRedirects,
    HostDownAction,
    Missing,
    Named,
    PageKind,
    PassOn,
    Refuse,
    Row,
    Serve,
    Source,
    Step,
    Subscription,
    Terminate,
)
from apps.lockss.delivery.conditions import Conditions
from apps.lockss.delivery.machine import after, begin
from apps.lockss.delivery.missing import Listing, MissingAction, PublisherState, missing
from apps.lockss.delivery.readers import Surface
from apps.lockss.delivery.verdict import Access, PublisherFlag
from tests.lockss import delivery_tables as spec

NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
COPY = "Tue, 10 Nov 2026 10:00:00 GMT"
CONDITIONS = {
    "none": Conditions(),
    "older": Conditions(if_modified_since="Mon, 09 Nov 2026 10:00:00 GMT"),
    "same": Conditions(if_modified_since=COPY),
    "newer": Conditions(if_modified_since="Wed, 11 Nov 2026 10:00:00 GMT"),
    "tag": Conditions(if_none_match='"x"'),
    "range": Conditions(range="bytes=5-", if_range='"x"'),
    "match": Conditions(if_match='"x"'),
}
DEFAULTS: dict[str, Any] = {
    "access": "gray",
    "free": False,
    "has": False,
    "version": False,
    "never": False,
    "flag": "up",
    "host_down": False,
    "host_down_action": "refuse",
    "recent": False,
    "sub": None,
    "source": "either",
    "peer_agreed": False,
    "candidates": False,
    "audit_index": False,
    "follow": "missing",
    "conditions": "none",
}
BOTH = (False, True)
VALUES: dict[str, tuple[Any, ...]] = {
    "access": ("hidden", "gray", "open"),
    "flag": ("up", "down", "never"),
    "host_down_action": ("refuse", "quick"),
    "sub": (None, "unknown", "yes", "no", "inaccessible", "not-maintained"),
    "source": ("either", "cache", "publisher", "repair"),
    "follow": ("always", "never", "missing"),
    "conditions": tuple(CONDITIONS),
}


def requests(surface: str, *varied: str, **fixed: Any) -> Iterator[spec.Request]:
    for values in itertools.product(*(VALUES.get(name, BOTH) for name in varied)):
        yield {"surface": surface, **DEFAULTS, **fixed, **dict(zip(varied, values, strict=True))}


def asked(q: spec.Request) -> Asked:
    return Asked(
        surface={"content": Surface.CONTENT, "proxy": Surface.PROXY, "audit": Surface.AUDIT}[q["surface"]],
        now=NOW,
        access=Access(q["access"]),
        free=q["free"],
        has=q["has"],
        version=q["version"],
        never=q["never"],
        publisher=PublisherFlag(q["flag"]),
        host_down=q["host_down"],
        recent=q["recent"],
        subscription=None if q["sub"] is None else Subscription(q["sub"]),
        source=Source(q["source"]),
        peer_agreed=q["peer_agreed"],
        candidates=q["candidates"],
        conditions=CONDITIONS[q["conditions"]],
        last_modified=COPY if q["has"] else None,
        settings=DeliverySettings(
            host_down_action=HostDownAction(q["host_down_action"]),
            follow_redirects=FollowRedirects(q["follow"]),
            audit_index=q["audit_index"],
        ),
    )


def answer(outcome: str, **more: Any) -> Answer:
    if outcome in spec.FAILURES:
        return Answer(failure=Failure(outcome), **more)
    status, _, note = outcome.partition(" ")
    page = PageKind(note) if note in {"login-page", "soft-404"} else PageKind.SOUND
    return Answer(status=int(status), page=page, target_held=note == "held", **more)


def plain(step: Step) -> spec.Result:
    match step:
        case Serve():
            return ("serve", tuple(step.marks))
        case Ask():
            return ("ask", step.pool.value, step.connect, step.head, step.data)
        case Missing():
            return ("missing", step.state.value, tuple(step.marks))
        case Refuse():
            return ("refuse", step.status, step.listing.value, tuple(step.marks))
        case PassOn():
            return ("pass", step.index)
        case Cut():
            return ("cut",)
        case Terminate():
            return ("terminate",)


CONTENT = (
    *("access", "free", "has", "version", "never", "flag"),
    *("host_down", "host_down_action", "recent", "sub"),
)
PROXY = (
    *("access", "free", "has", "never", "flag", "host_down", "host_down_action", "recent"),
    *("sub", "source", "peer_agreed", "candidates"),
)
AUDIT = (
    "access",
    "has",
    "never",
    "flag",
    "host_down",
    "sub",
    "source",
    "peer_agreed",
    "candidates",
    "audit_index",
)
BEGIN = {"content": spec.content_begin, "proxy": spec.proxy_begin, "audit": spec.audit_begin}
AFTER = {"content": spec.content_after, "proxy": spec.proxy_after}


@pytest.mark.parametrize(
    ("surface", "varied", "least"),
    [("content", CONTENT, 6_000), ("proxy", PROXY, 50_000), ("audit", AUDIT, 6_000)],
)
def test_before_the_publisher_is_asked(surface: str, varied: tuple[str, ...], least: int) -> None:
    wrong, count = [], 0
    for q in requests(surface, *varied):
        count += 1
        found, wanted = plain(begin(asked(q))), BEGIN[surface](q)
        if found != wanted:
            wrong.append((q, found, wanted))
    assert wrong[:3] == []
    assert count > least


@pytest.mark.parametrize(
    ("surface", "varied", "least"),
    [
        ("content", ("has", "host_down", "recent", "sub", "conditions", "follow"), 8_000),
        ("proxy", ("has", "host_down", "recent", "flag", "source", "candidates", "conditions"), 6_000),
    ],
)
@pytest.mark.parametrize("action", ["refuse", "quick"])
def test_after_every_outcome_of_asking(
    surface: str, varied: tuple[str, ...], least: int, action: str
) -> None:
    wrong, count = [], 0
    for q in requests(surface, *varied, host_down_action=action):
        made = asked(q)
        if not isinstance(begin(made), Ask):
            continue
        for outcome in spec.OUTCOMES:
            count += 1
            found, wanted = plain(after(made, answer(outcome))), AFTER[surface](q, outcome)
            if found != wanted:
                wrong.append((q, outcome, found, wanted))
    assert wrong[:3] == []
    assert count > least


@pytest.mark.parametrize("surface", ["content", "proxy"])
@pytest.mark.parametrize("failure", Failure)
@pytest.mark.parametrize("has", BOTH)
def test_what_has_begun_to_leave_is_cut_and_never_continued(
    surface: str, failure: Failure, has: bool
) -> None:
    made = asked({"surface": surface, **DEFAULTS, "has": has})
    assert after(made, Answer(failure=failure, begun=True)) == Cut(Row.CUT)


# -- rows that stand before or beside the product ---------------------------------------------------------------


def on(surface: Surface, **more: Any) -> Asked:
    return Asked(surface=surface, now=NOW, **more)


@pytest.mark.parametrize("surface", [Surface.CONTENT, Surface.PROXY, Surface.AUDIT])
def test_a_loop_and_a_node_that_starts_are_told_before_all_else(surface: Surface) -> None:
    assert begin(on(surface, has=True, loop=True, ready=False)) == Refuse(Row.LOOP, 508)
    assert begin(on(surface, has=True, ready=False)) == Refuse(Row.STARTING, 503, retry_after=30)


@pytest.mark.parametrize(
    ("surface", "status"), [(Surface.CONTENT, 404), (Surface.PROXY, 412), (Surface.AUDIT, 412)]
)
def test_an_au_that_is_named_and_hidden_is_as_unknown_as_any(surface: Surface, status: int) -> None:
    unknown = begin(on(surface, named=Named.UNKNOWN))
    assert unknown == Refuse(Row.UNKNOWN_AU, status)
    assert begin(on(surface, named=Named.KNOWN, access=Access.HIDDEN, has=True)) == unknown


def test_a_hidden_url_has_the_status_of_one_in_no_au() -> None:
    for surface in (Surface.CONTENT, Surface.PROXY, Surface.AUDIT):
        hidden = begin(on(surface, access=Access.HIDDEN, has=True))
        elsewhere = begin(
            on(surface, in_au=False, settings=DeliverySettings(missing_action=MissingAction.ERROR_404))
        )
        status = elsewhere.answer.status if isinstance(elsewhere, Missing) else elsewhere.status
        assert isinstance(hidden, Refuse)
        assert hidden.status == status


def test_a_url_in_no_au_is_fetched_for_nobody() -> None:
    answer_404 = missing(MissingAction.HOST_INDEX, PublisherState.UNKNOWN, never=False, stem_held=False)
    found = begin(on(Surface.CONTENT, in_au=False, stem_held=False, has=True))
    assert found == Missing(Row.NO_AU, PublisherState.UNKNOWN, answer_404)
    assert begin(on(Surface.PROXY, in_au=False)) == Refuse(Row.NO_AU, 403)
    assert begin(on(Surface.AUDIT, in_au=False)) == Refuse(Row.CACHE_ONLY, 404)
    free = DeliverySettings(open_forwarding=True)
    assert isinstance(begin(on(Surface.PROXY, in_au=False, settings=free)), Ask)
    for shut in (
        {"never": True},
        {"source": Source.CACHE},
        {"source": Source.REPAIR},
        {"access": Access.OPEN},
        {"publisher": PublisherFlag.NEVER},
    ):
        assert begin(on(Surface.PROXY, in_au=False, settings=free, **shut)) == Refuse(Row.NO_AU, 403)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get", ""])
def test_other_methods_than_reading(method: str) -> None:
    assert begin(on(Surface.CONTENT, method=method, has=True)) == Refuse(Row.METHOD, 405)
    assert begin(on(Surface.AUDIT, method=method, has=True)) == Refuse(Row.METHOD, 403)
    assert begin(on(Surface.PROXY, method=method, has=True)) == Refuse(Row.METHOD, 403)
    free = DeliverySettings(open_forwarding=True)
    forwarded = on(Surface.PROXY, method=method, has=True, candidates=True, settings=free)
    assert isinstance(begin(forwarded), Ask)
    for status in (200, 304, 403, 404, 500):
        assert after(forwarded, Answer(status=status)) == PassOn(Row.ANSWERED)
    assert plain(after(forwarded, Answer(failure=Failure.RESET))) == ("refuse", 502, "host", ())
    for shut in ({"never": True}, {"access": Access.OPEN}, {"publisher": PublisherFlag.NEVER}):
        assert begin(replace(forwarded, **shut)) == Refuse(Row.METHOD, 403)


def test_head_is_get_without_a_body() -> None:
    for q in itertools.chain(
        requests("content", *CONTENT), requests("proxy", "access", "has", "source", "host_down")
    ):
        made = asked(q)
        assert begin(replace(made, method="HEAD")) == begin(made)


def test_forbidden_methods_come_first() -> None:
    rules = DeliverySettings(forbidden_methods=frozenset({"GET", "CONNECT"}), terminate_tls=True)
    for surface in (Surface.PROXY, Surface.AUDIT):
        for method in ("GET", "CONNECT"):
            assert begin(on(surface, method=method, has=True, settings=rules)) == Refuse(Row.METHOD, 403)


@pytest.mark.parametrize("surface", [Surface.PROXY, Surface.AUDIT])
def test_connect_ends_here_or_nowhere(surface: Surface) -> None:
    rules = DeliverySettings(terminate_tls=True, open_forwarding=True)
    refused = Refuse(Row.TUNNEL, 403)
    assert begin(on(surface, method="CONNECT")) == refused
    assert begin(on(surface, method="CONNECT", settings=rules)) == Terminate(Row.TUNNEL)
    assert begin(on(surface, method="CONNECT", settings=rules, stem_held=False)) == refused
    assert begin(on(surface, method="CONNECT", settings=rules, access=Access.HIDDEN)) == refused
    assert begin(on(Surface.CONTENT, method="CONNECT", settings=rules)) == Refuse(Row.METHOD, 405)


def test_a_service_worker_is_never_served_from_the_cache() -> None:
    refused = Refuse(Row.SERVICE_WORKER, 403)
    assert begin(on(Surface.CONTENT, service_worker=True, has=True)) == refused
    assert begin(on(Surface.CONTENT, service_worker=True)) == refused
    assert begin(on(Surface.PROXY, service_worker=True, has=True, never=True)) == refused
    assert begin(on(Surface.AUDIT, service_worker=True, has=True)) == refused
    fallen = after(on(Surface.PROXY, service_worker=True, has=True), Answer(failure=Failure.STALL))
    assert plain(fallen) == ("refuse", 403, "none", ("host-down",))
    live = after(on(Surface.PROXY, service_worker=True, has=True), Answer(status=200))
    assert live == PassOn(Row.ANSWERED)


def test_redirects_are_followed_so_often_and_without_conditions() -> None:
    made = on(Surface.CONTENT, conditions=CONDITIONS["newer"])
    assert begin(made).fields == (("If-Modified-Since", CONDITIONS["newer"].if_modified_since),)
    for hops in range(5):
        step = after(made, Answer(status=302, target_held=True, hops=hops))
        assert isinstance(step, Ask)
        assert (step.follow, step.fields) == (True, ())
    end = after(made, Answer(status=302, target_held=True, hops=5))
    assert plain(end) == ("missing", "unknown", ())
    # Nobody sent the target a validator, so its 304 is nobody's.
    assert plain(after(made, Answer(status=304, hops=1))) == ("missing", "unknown", ())
    assert plain(after(made, Answer(status=304))) == ("pass", False)


def test_the_request_carries_our_date_where_a_copy_is_held() -> None:
    held = begin(on(Surface.PROXY, has=True, last_modified=COPY))
    assert held.fields == (("If-Modified-Since", COPY),)
    ignored = begin(on(Surface.PROXY, has=True, last_modified=COPY, source=Source.PUBLISHER))
    assert ignored.fields == ()
    unseen = begin(on(Surface.PROXY, has=True, last_modified=COPY, subscription=Subscription.NO))
    assert unseen.fields == ()


def test_what_no_table_decides_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="export"):
        begin(on(Surface.EXPORT))
    with pytest.raises(ValueError, match="nobody was to ask"):
        after(on(Surface.AUDIT, has=True), Answer(status=200))
    with pytest.raises(ValueError, match="a status or a failure"):
        Answer()
    with pytest.raises(ValueError, match="a status or a failure"):
        Answer(status=200, failure=Failure.RESET)
    with pytest.raises(ValueError, match="begun"):
        Answer(status=200, begun=True)


def test_the_page_of_a_missing_url_follows_the_setting() -> None:
    for action in MissingAction:
        for held in BOTH:
            made = on(Surface.CONTENT, stem_held=held, settings=DeliverySettings(missing_action=action))
            step = after(made, Answer(status=404))
            assert isinstance(step, Missing)
            assert step.answer == missing(action, PublisherState.UNKNOWN, never=False, stem_held=held)
            gone = begin(replace(made, never=True))
            assert isinstance(gone, Missing)
            assert gone.answer.status == 404
    assert begin(on(Surface.CONTENT, never=True)).answer.listing is Listing.HOST
