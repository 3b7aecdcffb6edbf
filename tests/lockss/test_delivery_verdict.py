"""Who may have an AU, when and why: each line of the rule, and the laws that no input breaks (rulings C1)."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.delivery.addresses import AddressList
from apps.lockss.delivery.embargo import FixedDate, MovingWall, Published, Unit, end_of, running
from apps.lockss.delivery.policy import Level, Policy, PolicyLine, Terms, nearest, term
from apps.lockss.delivery.readers import OwnReaders, Reader, ReaderKind, Surface, standing
from apps.lockss.delivery.trigger import Trigger, TriggerState
from apps.lockss.delivery.verdict import Access, AuFacts, PublisherFlag, Reason, Rule, verdict

NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
TODAY = NOW.date()
DAY = dt.timedelta(days=1)
OURS = OwnReaders(
    AddressList.read("192.0.2.0/24", "192.0.2.9"), frozenset({"reader", "librarian"}), frozenset({"ezproxy"})
)
READER = Reader(address="192.0.2.1")
STRANGER = Reader(address="198.51.100.1")
TRIGGERED = Trigger("publisher closed", "ann", "bob", TODAY)
N, P, T, A = Level
OLDER = st.dates(dt.date(1990, 1, 1), dt.date(2040, 12, 31))


def judged(au: AuFacts, reader: Reader = READER, surface: Surface = Surface.CONTENT, now: dt.datetime = NOW):
    found = verdict(surface, reader, OURS, au, now)
    return found.access, found.reason, found.rule


def lines(policy: Policy | None, *, level: Level = N, **terms: bool) -> tuple[PolicyLine, ...]:
    return (PolicyLine(level, policy, Terms(**terms)),)


@pytest.mark.parametrize(
    ("reader", "kind", "by"),
    [
        (READER, ReaderKind.ADDRESS, "192.0.2.0/24"),
        (STRANGER, ReaderKind.ANYBODY, ""),
        (Reader(), ReaderKind.ANYBODY, ""),
        (Reader("192.0.2.9"), ReaderKind.ANYBODY, ""),
        (Reader("192.0.2.9", frozenset({"reader"})), ReaderKind.ROLE, "reader"),
        (Reader(None, frozenset({"reader", "librarian"})), ReaderKind.ROLE, "librarian"),
        (Reader(None, frozenset({"guest"})), ReaderKind.ANYBODY, ""),
        (Reader("198.51.100.1", proxy="ezproxy"), ReaderKind.PROXY, "ezproxy"),
        (Reader("198.51.100.1", proxy="other"), ReaderKind.ANYBODY, ""),
        (Reader("198.51.100.1", auditor=True), ReaderKind.ANYBODY, ""),
    ],
)
def test_who_is_one_of_our_readers_and_by_which_proof(reader: Reader, kind: ReaderKind, by: str) -> None:
    found = standing(reader, OURS)
    assert (found.kind, found.by) == (kind, by)
    assert found.own is (kind is not ReaderKind.ANYBODY)


def test_a_list_that_is_closed_lets_nobody_in_by_address() -> None:
    closed = OwnReaders(AddressList.read("0.0.0.0/0", "nonsense"))
    assert not standing(READER, closed).own


@pytest.mark.parametrize(
    ("policy", "access", "reason"),
    [
        (Policy.DARK, Access.HIDDEN, Reason.DARK),
        (Policy.GRAY, Access.GRAY, Reason.GRAY),
        (Policy.LIGHT, Access.OPEN, Reason.LIGHT),
    ],
)
def test_the_choice_decides_for_own_readers(policy: Policy, access: Access, reason: Reason) -> None:
    for level in Level:
        assert judged(AuFacts(lines=lines(policy, level=level))) == (access, reason, Rule(level))


def test_where_nobody_chose_nothing_is_served() -> None:
    assert judged(AuFacts()) == (Access.HIDDEN, Reason.NOTHING_SAID, Rule())
    assert judged(AuFacts(lines=lines(None, serve=True, openly=True))) == (
        Access.HIDDEN,
        Reason.NOTHING_SAID,
        Rule(),
    )


@pytest.mark.parametrize("choices", [*itertools.product([None, *Policy], repeat=4)])
def test_the_nearest_choice_wins_in_whatever_order_it_is_given(choices: tuple[Policy | None, ...]) -> None:
    said = [PolicyLine(level, choice) for level, choice in zip(Level, choices, strict=True)]
    expected = (Policy.DARK, None)
    for level, choice in zip(Level, choices, strict=True):
        if choice is not None:
            expected = (choice, level)
    for order in (said, said[::-1]):
        found = nearest(order)
        assert (found.policy, found.level) == expected


def test_two_choices_of_one_level_take_the_more_cautious() -> None:
    for first, second in itertools.permutations(Policy, 2):
        cautious = min(first, second, key=list(Policy).index)
        assert nearest([PolicyLine(T, first), PolicyLine(T, second)]).policy is cautious


@pytest.mark.parametrize("said", [*itertools.product([None, True, False], repeat=4)])
def test_a_refusal_stands_at_whatever_level(said: tuple[bool | None, ...]) -> None:
    asked = [PolicyLine(level, None, Terms(serve=word)) for level, word in zip(Level, said, strict=True)]
    found = term(asked, "serve")
    expected = False if False in said else (True if True in said else None)
    assert found.granted is expected
    assert found.refused is (expected is False)
    if found.level is not None:
        assert said[list(Level).index(found.level)] is expected


def test_a_nearer_choice_or_grant_does_not_widen_a_refusal() -> None:
    publisher = PolicyLine(P, Policy.DARK, Terms(serve=False))
    wide = Terms(serve=True, while_available=True, openly=True)
    near = (PolicyLine(T, Policy.LIGHT, wide), PolicyLine(A, Policy.LIGHT, wide))
    assert judged(AuFacts(lines=(publisher, *near), open_access=True)) == (
        Access.HIDDEN,
        Reason.SERVING_REFUSED,
        Rule(P),
    )
    # A choice alone is widened by a nearer one: that is what nearer choices are for.
    assert judged(AuFacts(lines=(PolicyLine(P, Policy.DARK), *near)))[0] is Access.OPEN


@pytest.mark.parametrize("policy", [Policy.GRAY, Policy.LIGHT])
@pytest.mark.parametrize("said", [None, True, False])
@pytest.mark.parametrize("flag", list(PublisherFlag))
def test_gray_tells_whether_it_is_the_publishers_own_refusal(
    policy: Policy, said: bool | None, flag: PublisherFlag
) -> None:
    line = PolicyLine(Level.AU, policy, Terms(while_available=said))
    found = verdict(Surface.CONTENT, READER, OURS, AuFacts(lines=(line,), publisher=flag), NOW)
    assert found.publisher_first is (said is False)
    assert (found.access is Access.GRAY) is (policy is Policy.GRAY or said is False)


def test_what_may_not_be_served_beside_the_publisher_is_gray() -> None:
    au = AuFacts(lines=(PolicyLine(P, None, Terms(while_available=False)), PolicyLine(A, Policy.LIGHT)))
    assert judged(au) == (Access.GRAY, Reason.PUBLISHER_FIRST, Rule(P))
    opened = AuFacts(lines=au.lines, open_access=True)
    found = verdict(Surface.PROXY, STRANGER, OURS, opened, NOW)
    assert (found.access, found.reason, found.free) == (Access.GRAY, Reason.PUBLISHER_FIRST, True)


@pytest.mark.parametrize("policy", [Policy.GRAY, Policy.LIGHT])
def test_strangers_see_only_open_access_and_what_may_be_served_openly(policy: Policy) -> None:
    hidden = judged(AuFacts(lines=lines(policy)), STRANGER)
    assert hidden == (Access.HIDDEN, Reason.NO_OWN_READER, Rule())
    opened = judged(AuFacts(lines=lines(policy), open_access=True), STRANGER)
    assert opened == (Access.OPEN, Reason.OPEN_ACCESS, Rule())
    openly = judged(AuFacts(lines=lines(policy, openly=True)), STRANGER)
    assert openly[0] is (Access.GRAY if policy is Policy.GRAY else Access.OPEN)
    refused = AuFacts(lines=lines(policy, level=P, openly=False), open_access=True)
    assert judged(refused, STRANGER) == (Access.HIDDEN, Reason.OPENLY_REFUSED, Rule(P))
    assert judged(refused)[0] is (Access.GRAY if policy is Policy.GRAY else Access.OPEN)


@pytest.mark.parametrize(
    ("au", "surface", "free"),
    [
        (AuFacts(lines=lines(Policy.DARK)), Surface.AUDIT, True),
        (AuFacts(lines=lines(Policy.DARK), trigger=TRIGGERED), Surface.PROXY, True),
        (AuFacts(lines=lines(Policy.GRAY), open_access=True), Surface.PROXY, True),
        (AuFacts(lines=lines(Policy.LIGHT, openly=False), open_access=True), Surface.PROXY, True),
        (AuFacts(lines=lines(Policy.LIGHT)), Surface.PROXY, False),
        (AuFacts(lines=lines(Policy.GRAY)), Surface.PROXY, False),
        (AuFacts(lines=lines(Policy.DARK)), Surface.PROXY, False),
    ],
)
def test_for_what_is_free_no_subscription_is_looked_for(au: AuFacts, surface: Surface, free: bool) -> None:
    reader = Reader("192.0.2.1", auditor=True)
    assert verdict(surface, reader, OURS, au, NOW).free is free


def test_nobody_is_an_auditor_unless_that_is_said() -> None:
    au = AuFacts(lines=lines(Policy.LIGHT), open_access=True)
    assert judged(au, Reader("192.0.2.1"), Surface.AUDIT) == (Access.HIDDEN, Reason.NO_AUDITOR, Rule())


def test_dark_hides_open_access_too() -> None:
    assert judged(AuFacts(lines=lines(Policy.DARK), open_access=True))[:2] == (Access.HIDDEN, Reason.DARK)


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        (PublisherFlag.UP, Reason.GRAY),
        (PublisherFlag.DOWN, Reason.PUBLISHER_DOWN),
        (PublisherFlag.NEVER, Reason.PUBLISHER_NEVER),
    ],
)
def test_a_publisher_that_is_gone_is_told_and_widens_nothing(flag: PublisherFlag, reason: Reason) -> None:
    assert judged(AuFacts(lines=lines(Policy.GRAY), publisher=flag)) == (Access.GRAY, reason, Rule(N))
    assert judged(AuFacts(lines=lines(Policy.DARK), publisher=flag))[0] is Access.HIDDEN
    assert judged(AuFacts(lines=lines(Policy.GRAY), publisher=flag), STRANGER)[0] is Access.HIDDEN


# -- trigger events ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "state"),
    [
        (TRIGGERED, TriggerState.COUNTS),
        (Trigger("r", "ann", "bob", TODAY - DAY), TriggerState.COUNTS),
        (Trigger("r", "ann", "bob", TODAY + DAY), TriggerState.NOT_YET),
        (Trigger("r", "ann", "ann", TODAY), TriggerState.SAME_PERSON),
        (Trigger("r", "ann", " Ann ", TODAY), TriggerState.SAME_PERSON),
        (Trigger("r", "ann", "", TODAY), TriggerState.ONE_PERSON),
        (Trigger("r", " ", "bob", TODAY), TriggerState.ONE_PERSON),
        (Trigger(" ", "ann", "bob", TODAY), TriggerState.NO_REASON),
    ],
)
def test_a_trigger_counts_by_two_persons_from_its_day(trigger: Trigger, state: TriggerState) -> None:
    assert trigger.state(TODAY) is state
    found = judged(AuFacts(lines=lines(Policy.DARK), trigger=trigger), STRANGER)
    if state is TriggerState.COUNTS:
        assert found == (Access.OPEN, Reason.TRIGGERED, Rule(about=trigger.reason))
    else:
        assert found == (Access.HIDDEN, Reason.DARK, Rule(N))


@pytest.mark.parametrize(
    ("terms", "reader", "access"),
    [
        ({}, STRANGER, Access.OPEN),
        ({"trigger": True, "serve": False, "openly": False}, STRANGER, Access.OPEN),
        ({"trigger": False}, READER, Access.HIDDEN),
        ({"trigger": False}, STRANGER, Access.HIDDEN),
        ({"serve": False}, READER, Access.HIDDEN),
        ({"openly": False}, READER, Access.OPEN),
        ({"openly": False}, STRANGER, Access.HIDDEN),
        ({"while_available": False}, STRANGER, Access.OPEN),
    ],
)
def test_a_trigger_opens_as_far_as_the_publisher_lets_it(
    terms: dict[str, bool], reader: Reader, access: Access
) -> None:
    au = AuFacts(lines=lines(Policy.DARK, level=P, **terms), trigger=TRIGGERED)
    assert judged(au, reader)[0] is access


# -- embargoes ---------------------------------------------------------------------------------------------------


def test_a_fixed_embargo_ends_with_its_day() -> None:
    au = AuFacts(lines=lines(Policy.LIGHT), embargoes=(FixedDate(TODAY),), trigger=TRIGGERED)
    assert judged(au)[0] is Access.OPEN
    before = NOW - DAY
    assert judged(au, now=before) == (Access.HIDDEN, Reason.EMBARGO, Rule(about=TODAY.isoformat()))


def test_the_day_is_that_of_the_given_zone() -> None:
    au = AuFacts(lines=lines(Policy.LIGHT), embargoes=(FixedDate(TODAY),))
    late = dt.datetime(2026, 11, 27, 23, 30, tzinfo=dt.UTC)
    assert judged(au, now=late)[0] is Access.HIDDEN
    assert judged(au, now=late.astimezone(dt.timezone(dt.timedelta(hours=1))))[0] is Access.OPEN
    with pytest.raises(ValueError, match="time zone"):
        judged(au, now=late.replace(tzinfo=None))


def test_an_embargo_outlasts_a_trigger_and_holds_for_everybody_but_auditors() -> None:
    au = AuFacts(
        lines=lines(Policy.LIGHT), open_access=True, trigger=TRIGGERED, embargoes=(FixedDate(TODAY + DAY),)
    )
    for reader in (READER, STRANGER, Reader(roles=frozenset({"librarian"}), auditor=True)):
        for surface in (Surface.CONTENT, Surface.PROXY):
            assert judged(au, reader, surface)[:2] == (Access.HIDDEN, Reason.EMBARGO)
    assert judged(au, Reader(auditor=True), Surface.AUDIT)[0] is Access.OPEN


@pytest.mark.parametrize(
    ("length", "unit", "published", "ends"),
    [
        (0, Unit.DAYS, Published(2024, 2, 28), dt.date(2024, 2, 28)),
        (2, Unit.DAYS, Published(2024, 2, 28), dt.date(2024, 3, 1)),
        (1, Unit.MONTHS, Published(2023, 1, 31), dt.date(2023, 2, 28)),
        (1, Unit.MONTHS, Published(2024, 1, 31), dt.date(2024, 2, 29)),
        (12, Unit.MONTHS, Published(2024, 2, 29), dt.date(2025, 2, 28)),
        (1, Unit.MONTHS, Published(2024, 11, 30), dt.date(2024, 12, 30)),
        (2, Unit.MONTHS, Published(2024, 11, 30), dt.date(2025, 1, 30)),
        (6, Unit.MONTHS, Published(2024), dt.date(2025, 6, 30)),
        (6, Unit.MONTHS, Published(2024, 2), dt.date(2024, 8, 29)),
        (12, Unit.MONTHS, Published(9998, 3, 1), dt.date(9999, 3, 1)),
        (12, Unit.MONTHS, Published(9999, 3, 1), dt.date.max),
        (10**9, Unit.MONTHS, Published(2024), dt.date.max),
        (10**9, Unit.DAYS, Published(2024), dt.date.max),
        (6, Unit.MONTHS, Published(2024, 13), None),
        (6, Unit.MONTHS, Published(2024, None, 3), None),
        (6, Unit.MONTHS, Published(2023, 2, 29), None),
        (6, Unit.MONTHS, Published(0), None),
        (6, Unit.MONTHS, None, None),
    ],
)
def test_where_a_moving_wall_stands(
    length: int, unit: Unit, published: Published | None, ends: dt.date | None
) -> None:
    wall = MovingWall(length, unit)
    assert end_of(wall, published) == ends
    if ends is None:
        au = AuFacts(lines=lines(Policy.LIGHT), embargoes=(wall,), published=published)
        assert judged(au)[:2] == (Access.HIDDEN, Reason.EMBARGO_UNDATED)


def test_a_wall_has_no_negative_length() -> None:
    with pytest.raises(ValueError, match="negative"):
        MovingWall(-1, Unit.DAYS)


def test_of_several_embargoes_the_last_end_is_told() -> None:
    soon, late = FixedDate(TODAY + DAY), FixedDate(TODAY + 9 * DAY)
    for order in itertools.permutations((FixedDate(TODAY), soon, late)):
        left = running(order, None, TODAY)
        assert left is not None
        assert left.ends == late.ends
    undated = running((late, MovingWall(1, Unit.DAYS)), None, TODAY)
    assert undated is not None
    assert undated.ends is None


@given(OLDER, st.integers(0, 400), st.sampled_from(Unit))
def test_a_longer_wall_never_ends_earlier(day: dt.date, length: int, unit: Unit) -> None:
    published = Published(day.year, day.month, day.day)
    shorter, longer = (end_of(MovingWall(each, unit), published) for each in (length, length + 1))
    assert shorter is not None
    assert longer is not None
    assert day <= shorter < longer


# -- laws --------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from([None, True, False])
LINES = st.lists(
    st.builds(
        PolicyLine,
        st.sampled_from(Level),
        st.sampled_from([None, *Policy]),
        st.builds(Terms, WORDS, WORDS, WORDS, WORDS),
    ),
    max_size=6,
).map(tuple)
EMBARGOES = st.lists(
    st.one_of(st.builds(FixedDate, OLDER), st.builds(MovingWall, st.integers(0, 99), st.sampled_from(Unit))),
    max_size=2,
).map(tuple)
TRIGGERS = st.one_of(
    st.none(),
    st.builds(
        Trigger, st.sampled_from(["", "r"]), st.sampled_from("ab"), st.sampled_from(["a", "b", ""]), OLDER
    ),
)
AUS = st.builds(
    AuFacts,
    lines=LINES,
    open_access=st.booleans(),
    embargoes=EMBARGOES,
    published=st.one_of(st.none(), st.builds(Published, st.integers(1990, 2030))),
    trigger=TRIGGERS,
    publisher=st.sampled_from(PublisherFlag),
)
READERS = st.builds(
    Reader,
    st.sampled_from([None, "192.0.2.1", "192.0.2.9", "198.51.100.1"]),
    st.sets(st.sampled_from(["reader", "guest"])).map(frozenset),
    st.sampled_from([None, "ezproxy", "x"]),
    st.booleans(),
)
WIDTH = {Access.HIDDEN: 0, Access.GRAY: 1, Access.OPEN: 2}
PUBLIC = st.sampled_from([Surface.CONTENT, Surface.PROXY])


@given(
    AUS,
    READERS,
    PUBLIC,
    st.sampled_from(Level),
    st.sampled_from(["serve", "while_available", "openly", "trigger"]),
)
def test_one_more_refusal_never_widens(
    au: AuFacts, reader: Reader, surface: Surface, level: Level, name: str
) -> None:
    stricter = AuFacts(
        lines=(*au.lines, PolicyLine(level, None, Terms(**{name: False}))),
        open_access=au.open_access,
        embargoes=au.embargoes,
        published=au.published,
        trigger=au.trigger,
        publisher=au.publisher,
    )
    assert WIDTH[judged(stricter, reader, surface)[0]] <= WIDTH[judged(au, reader, surface)[0]]


@given(AUS, READERS, PUBLIC)
def test_own_readers_never_see_less_than_anybody(au: AuFacts, reader: Reader, surface: Surface) -> None:
    assert WIDTH[judged(au, STRANGER, surface)[0]] <= WIDTH[judged(au, reader, surface)[0]]
    if standing(reader, OURS).own:
        assert judged(au, reader, surface)[0] is judged(au, READER, surface)[0]


@given(AUS, READERS)
def test_auditors_see_all_where_auditors_look_and_others_nothing_there(au: AuFacts, reader: Reader) -> None:
    access = judged(au, reader, Surface.AUDIT)[0]
    assert access is (Access.OPEN if reader.auditor else Access.HIDDEN)
    if reader.auditor:
        assert judged(au, reader, Surface.EXPORT)[0] is Access.OPEN
    else:
        assert judged(au, reader, Surface.EXPORT) == judged(au, reader, Surface.CONTENT)


@given(AUS, READERS, PUBLIC)
def test_the_verdict_says_what_it_rests_on(au: AuFacts, reader: Reader, surface: Surface) -> None:
    found = verdict(surface, reader, OURS, au, NOW)
    assert found.listed is (found.access is not Access.HIDDEN)
    assert not (found.access is Access.HIDDEN and found.free)
    if found.reason in {Reason.DARK, Reason.LIGHT, Reason.SERVING_REFUSED}:
        assert found.rule.level is not None
    if running(au.embargoes, au.published, TODAY) is not None:
        assert found.access is Access.HIDDEN
    if found.access is not Access.HIDDEN and au.trigger is None:
        assert not term(au.lines, "serve").refused
        assert nearest(au.lines).policy is not Policy.DARK
