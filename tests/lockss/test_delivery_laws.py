"""What no request and no publisher brings about, whatever the tables say (rulings C1, C4, C5)."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    Serve,
    Source,
    Step,
    Subscription,
    Terminate,
)
from apps.lockss.delivery.conditions import Conditions
from apps.lockss.delivery.machine import after, begin
from apps.lockss.delivery.missing import Listing, MissingAction
from apps.lockss.delivery.readers import Surface
from apps.lockss.delivery.verdict import Access, PublisherFlag

NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
DATES = st.sampled_from(
    [
        None,
        "Tue, 10 Nov 2026 10:00:00 GMT",
        "Wed, 11 Nov 2026 10:00:00 GMT",
        "Sat, 28 Nov 2037 12:00:01 GMT",
        "x",
    ]
)
SETTINGS = st.builds(
    DeliverySettings,
    missing_action=st.sampled_from(MissingAction),
    host_down_action=st.sampled_from(HostDownAction),
    follow_redirects=st.sampled_from(FollowRedirects),
    most_redirects=st.integers(0, 3),
    forbidden_methods=st.sampled_from([frozenset(), frozenset({"GET"}), frozenset({"POST", "CONNECT"})]),
    open_forwarding=st.booleans(),
    terminate_tls=st.booleans(),
    audit_index=st.booleans(),
)
CONDITIONS = st.builds(
    Conditions,
    if_modified_since=DATES,
    if_none_match=st.sampled_from([None, '"a"']),
    if_match=st.sampled_from([None, '"a"']),
    if_unmodified_since=DATES,
    range=st.sampled_from([None, "bytes=0-"]),
    if_range=st.sampled_from([None, '"a"']),
)
SURFACES = st.sampled_from([Surface.CONTENT, Surface.PROXY, Surface.AUDIT])
RARELY = st.sampled_from([False] * 11 + [True])
ASKED = st.builds(
    Asked,
    surface=SURFACES,
    now=st.just(NOW),
    method=st.sampled_from(["GET"] * 7 + ["HEAD", "POST", "CONNECT"]),
    access=st.sampled_from([Access.GRAY, *Access]),
    free=st.booleans(),
    named=st.sampled_from([Named.NO] * 6 + [*Named]),
    in_au=RARELY.map(lambda rare: not rare),
    has=st.booleans(),
    stem_held=st.booleans(),
    version=st.booleans(),
    never=st.booleans(),
    publisher=st.sampled_from(PublisherFlag),
    host_down=st.booleans(),
    recent=st.booleans(),
    subscription=st.sampled_from([None, *Subscription]),
    source=st.sampled_from(Source),
    peer_agreed=st.booleans(),
    candidates=st.booleans(),
    ready=RARELY.map(lambda rare: not rare),
    loop=RARELY,
    service_worker=RARELY,
    rewriting=st.booleans(),
    conditions=CONDITIONS,
    last_modified=DATES,
    settings=SETTINGS,
)
# What the publisher is asked about: found often enough only if nothing else stands in the way.
WAITING = st.builds(
    Asked,
    surface=st.sampled_from([Surface.CONTENT, Surface.PROXY]),
    now=st.just(NOW),
    method=st.sampled_from(["GET", "HEAD"]),
    has=st.booleans(),
    stem_held=st.booleans(),
    subscription=st.sampled_from([None, Subscription.YES, Subscription.NO]),
    source=st.sampled_from([Source.EITHER, Source.PUBLISHER]),
    candidates=st.booleans(),
    service_worker=st.booleans(),
    rewriting=st.booleans(),
    conditions=CONDITIONS,
    last_modified=DATES,
    settings=SETTINGS,
).filter(lambda asked: isinstance(begin(asked), Ask))
HOPS = st.integers(0, 4)
STATUSES = st.one_of(
    st.sampled_from([200, 203, 204, 206, 301, 302, 304, 401, 403, 404, 412, 416, 500, 503]),
    st.integers(200, 599),
)
ANSWERED = st.builds(
    Answer, status=STATUSES, page=st.sampled_from(PageKind), target_held=st.booleans(), hops=HOPS
)
FAILED = st.builds(Answer, failure=st.sampled_from(Failure), begun=st.booleans(), hops=HOPS)
ANSWERS = st.one_of(ANSWERED, FAILED)
MANY = settings(max_examples=200)


def names_aus(step: Step) -> bool:
    if isinstance(step, Missing):
        return step.answer.listing is not Listing.NONE
    if isinstance(step, Refuse):
        return step.listing is not Listing.NONE
    return isinstance(step, PassOn) and step.index


def redirects(step: Step) -> bool:
    return isinstance(step, Missing) and step.answer.status == 302


@MANY
@given(ASKED)
def test_hidden_gives_no_bytes_no_contact_no_redirect_and_no_list(asked: Asked) -> None:
    step = begin(asked)
    if asked.access is Access.HIDDEN:
        assert isinstance(step, Refuse)
        assert not names_aus(step)


@MANY
@given(ASKED)
def test_who_must_not_be_asked_is_not(asked: Asked) -> None:
    step = begin(asked)
    silent = asked.never or asked.surface is Surface.AUDIT or asked.access is not Access.GRAY
    if silent:
        assert not isinstance(step, Ask)
        with pytest.raises(ValueError, match="nobody was to ask"):
            after(asked, Answer(status=200))
    if silent and asked.in_au and redirects(step):
        assert asked.settings.missing_action is MissingAction.ALWAYS_REDIRECT
    if asked.never:
        assert not redirects(step)


SILENCERS: list[dict[str, object]] = [
    {"access": Access.HIDDEN},
    {"access": Access.OPEN},
    {"never": True},
    {"surface": Surface.AUDIT},
    {"publisher": PublisherFlag.NEVER},
    {"service_worker": True, "surface": Surface.CONTENT},
    {"loop": True},
    {"ready": False},
    {"in_au": False, "settings": DeliverySettings()},
    {"named": Named.UNKNOWN},
]


@given(WAITING, st.sampled_from(SILENCERS))
def test_one_word_is_enough_to_leave_the_publisher_alone(asked: Asked, word: dict[str, object]) -> None:
    assert not isinstance(begin(replace(asked, **word)), Ask)  # type: ignore[arg-type]


@MANY
@given(ASKED)
def test_a_step_is_what_its_surface_can_do(asked: Asked) -> None:
    step = begin(asked)
    if asked.surface is Surface.CONTENT:
        assert not isinstance(step, Terminate)
    else:
        assert not isinstance(step, Missing)
        assert not redirects(step)
    assert not isinstance(step, PassOn | Cut)
    if isinstance(step, Serve):
        assert asked.holds
        assert not asked.service_worker
    if isinstance(step, Ask) and not asked.in_au:
        assert asked.settings.open_forwarding
        assert asked.surface is Surface.PROXY


@MANY
@given(WAITING, st.sampled_from(PageKind), HOPS)
def test_a_part_is_never_replaced_by_other_bytes(asked: Asked, page: PageKind, hops: int) -> None:
    for status in (204, 206):
        step = after(asked, Answer(status=status, page=page, hops=hops))
        assert isinstance(step, PassOn)
        assert not step.index


@MANY
@given(WAITING, FAILED)
def test_what_has_left_is_never_followed_by_other_bytes(asked: Asked, answer: Answer) -> None:
    step = after(asked, answer)
    assert isinstance(step, Cut) is answer.begun
    assert not isinstance(step, Ask | PassOn)


@MANY
@given(WAITING, ANSWERS)
def test_who_holds_a_copy_never_says_that_it_is_missing(asked: Asked, answer: Answer) -> None:
    step = after(asked, answer)
    if asked.holds:
        assert isinstance(step, Serve | PassOn | Cut | Ask) or (
            asked.service_worker and isinstance(step, Refuse) and step.status == 403
        )
        assert not names_aus(step)
    else:
        assert not isinstance(step, Serve)


@MANY
@given(WAITING, ANSWERS)
def test_the_publisher_is_asked_again_only_for_a_redirect_inside(asked: Asked, answer: Answer) -> None:
    step = after(asked, answer)
    if isinstance(step, Ask):
        assert step.follow
        assert step.fields == ()
        assert asked.surface is Surface.CONTENT
        assert answer.target_held
        assert answer.hops < asked.settings.most_redirects
        assert answer.status in {301, 302, 303, 307, 308}


@MANY
@given(WAITING)
def test_a_304_reaches_the_reader_only_if_the_reader_has_the_page(asked: Asked) -> None:
    first = begin(asked)
    assert isinstance(first, Ask)
    step = after(asked, Answer(status=304))
    fields = dict(first.fields)
    own = {asked.conditions.if_none_match, asked.conditions.if_modified_since} - {None}
    sent = {fields[name] for name in ("If-None-Match", "If-Modified-Since") if name in fields}
    if asked.holds:
        assert isinstance(step, PassOn) is bool(sent and sent <= own)


@MANY
@given(WAITING, ANSWERS)
def test_nobody_waits_longer_than_said(asked: Asked, answer: Answer) -> None:
    for step in (begin(asked), after(asked, answer)):
        if isinstance(step, Ask):
            assert step.head == (3.0 if asked.holds else 15.0)
            assert step.connect <= 5.0


@MANY
@given(ASKED, ANSWERS)
def test_begin_and_after_are_functions(asked: Asked, answer: Answer) -> None:
    first = begin(asked)
    assert begin(asked) == first
    if isinstance(first, Ask):
        assert after(asked, answer) == after(asked, answer)


def test_the_searches_meet_what_they_speak_of() -> None:
    """Laws that no example reaches would hold for any code."""
    met: set[str] = set()

    @settings(max_examples=600, database=None, derandomize=True)
    @given(ASKED)
    def before(asked: Asked) -> None:
        met.add(type(begin(asked)).__name__)

    @settings(max_examples=600, database=None, derandomize=True)
    @given(WAITING, ANSWERS)
    def behind(asked: Asked, answer: Answer) -> None:
        met.add(f"after:{asked.holds}:{type(after(asked, answer)).__name__}")

    before()
    behind()
    assert {"Serve", "Missing", "Ask", "Refuse"} <= met
    assert {"after:True:Serve", "after:True:PassOn", "after:True:Cut", "after:False:Missing"} <= met
    assert {"after:False:Refuse", "after:False:Ask", "after:False:PassOn"} <= met
