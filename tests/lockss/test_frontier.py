"""The frontier's decisions: depth, answers, redirects, permission, traps, ends (collecting §3–§5, plugins §8)."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.fetch import Fault, FetchResult
from apps.lockss.frontier import (
    DEPLOYED_STATUS,
    AbortCrawl,
    Ask,
    AskHost,
    Chain,
    Copy,
    CrawlOutcome,
    CrawlPolicy,
    CrawlTally,
    Effect,
    Enqueue,
    Frontier,
    MarkDone,
    Note,
    OnStartError,
    ReadStored,
    Retry,
    Row,
    RowKind,
    RowState,
    SetError,
    Severity,
    Site,
    Store,
    TrapLimits,
    UrlReason,
    host_of,
)
from apps.lockss.frontier.machine import MAX_LISTED_CUTS
from apps.lockss.http_result import (
    DEAD_LINK,
    RETRY,
    RETRY_DEAD_LINK,
    Action,
    Condition,
    Meaning,
    RetrySettings,
    merged,
)
from tests.lockss.fetch_results import NOW, answered, moved

U = "http://a.org/x"


def resolve(base: str, link: str) -> str | None:
    name = urljoin(base, link)
    return name if name.startswith("http") else None


SITE = Site(
    resolve,
    resolve,
    included=lambda url: "outside" not in url,
    login=lambda url: "login" in url,
    excluded=lambda url: "globally" in url,
)


def permitted(url: str) -> bool | None:
    return {"a.org": True, "b.org": False, "c.org": True}.get(host_of(url) or "")


def frontier(**policy: object) -> Frontier:
    return Frontier(SITE, replace(CrawlPolicy(), **policy), permitted)


def row(**fields: object) -> Row:
    return replace(Row(U, depth=3), **fields)


def kinds(effects: tuple[Effect, ...]) -> list[type]:
    return [type(effect) for effect in effects]


def only(effects: tuple[Effect, ...], kind: type) -> object:
    (found,) = (effect for effect in effects if isinstance(effect, kind))
    return found


# -- begin -----------------------------------------------------------------------------------------------------


def test_start_urls_have_depth_one() -> None:
    assert frontier().begin([U, "http://a.org/y", U]) == (Enqueue((U, "http://a.org/y"), 1, RowKind.START),)


def test_no_start_url_is_the_definitions_error() -> None:
    assert frontier().begin([]) == (AbortCrawl(CrawlOutcome.PLUGIN_ERROR, UrlReason.NO_START),)


def test_a_start_url_outside_the_rules_is_told_and_the_others_go_on() -> None:
    effects = frontier().begin(["http://a.org/outside", U])
    assert kinds(effects) == [Note, SetError, Enqueue]
    assert effects[1] == SetError(CrawlOutcome.PLUGIN_ERROR)


# -- visit -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refetch", [0, 1, 2, 3, 99])
@pytest.mark.parametrize("depth", [1, 2, 3, 50])
@pytest.mark.parametrize("held", [True, False])
def test_the_refetch_depth(refetch: int, depth: int, held: bool) -> None:
    effects = frontier(refetch_depth=refetch).visit(row(depth=depth, held=held))
    if held and depth > refetch:
        assert effects == (ReadStored(U), MarkDone(U, RowState.HELD))
    else:
        assert effects == (Ask(Chain((U,)), conditional=held),)


def test_a_held_url_beyond_the_depth_needs_no_permission() -> None:
    url = "http://b.org/x"
    assert frontier().visit(row(url=url, held=True)) == (ReadStored(url), MarkDone(url, RowState.HELD))


def test_an_unknown_host_is_asked_first() -> None:
    assert frontier().visit(row(url="http://new.org/x")) == (AskHost("http://new.org/x"),)


@pytest.mark.parametrize("reads", [True, False])
def test_without_permission_the_stored_copy_is_still_read(reads: bool) -> None:
    url = "http://b.org/x"
    effects = frontier(read_stored_without_permission=reads, refetch_depth=9).visit(row(url=url, held=True))
    assert SetError(CrawlOutcome.NO_PERMISSION) in effects
    assert (ReadStored(url) in effects) is reads
    assert effects[-1] == MarkDone(url, RowState.FAILED)
    assert ReadStored(url) not in frontier().visit(row(url=url))


# -- answers ---------------------------------------------------------------------------------------------------


def answer(result: FetchResult, condition: Condition | None = None, **fields: object) -> tuple[Effect, ...]:
    policy = fields.pop("policy", {})
    assert isinstance(policy, dict)
    return frontier(**policy).answered(row(**fields), Chain((U,)), result, NOW, condition)


@pytest.mark.parametrize("status", [200, 203])
def test_content_is_stored(status: int) -> None:
    assert answer(answered(status)) == (Store((Copy(U, None),)), MarkDone(U, RowState.FETCHED))


def test_unchanged_content_is_read_again() -> None:
    assert answer(answered(304), held=True) == (ReadStored(U), MarkDone(U, RowState.UNCHANGED))


def test_unchanged_without_a_copy_is_a_failure() -> None:
    effects = answer(answered(304))
    assert SetError(CrawlOutcome.FETCH_ERROR) in effects
    assert MarkDone(U, RowState.FAILED) in effects


@pytest.mark.parametrize("status", [204, 404, 410, 451])
@pytest.mark.parametrize("held", [True, False])
def test_a_dead_link_is_a_warning(status: int, held: bool) -> None:
    effects = answer(answered(status), held=held)
    assert only(effects, Note) == Note(U, UrlReason.DEAD_LINK, Severity.WARNING, str(status))
    assert (ReadStored(U) in effects) is held
    assert effects[-1] == MarkDone(U, RowState.DEAD)
    assert SetError not in kinds(effects)


@pytest.mark.parametrize("status", [401, 402, 403, 407, 495, 496, 511, 526, 561])
def test_a_permission_failure_ends_the_crawl(status: int) -> None:
    effects = answer(answered(status))
    abort = only(effects, AbortCrawl)
    assert isinstance(abort, AbortCrawl)
    assert (abort.outcome, abort.reason) == (CrawlOutcome.NO_PERMISSION, UrlReason.PERMISSION_FAILURE)


def test_a_login_page_ends_the_crawl_and_is_not_stored() -> None:
    effects = answer(answered(200), Condition.LOGIN_PAGE)
    assert kinds(effects) == [Note, MarkDone, AbortCrawl]


@pytest.mark.parametrize(
    "status", [201, 206, 400, 405, 406, 418, 501, 505, 520, 530, 299, 399, 599, 999, 101]
)
def test_failed_without_a_retry(status: int) -> None:
    effects = answer(answered(status), held=True)
    assert kinds(effects) == [Note, ReadStored, MarkDone, SetError]
    assert SetError(CrawlOutcome.FETCH_ERROR) in effects


def test_an_empty_file_is_stored_with_a_warning() -> None:
    effects = answer(answered(200, stored=0))
    assert kinds(effects) == [Note, Store, MarkDone]
    note = only(effects, Note)
    assert isinstance(note, Note)
    assert (note.reason, note.severity) == (UrlReason.EMPTY_FILE, Severity.WARNING)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition.REJECTED, [Note, MarkDone, SetError]),
        (Condition.VALIDATOR_FAILED, [Note, MarkDone, SetError]),
        (Condition.REJECTED_LOG_ONLY, [Note, Store, MarkDone]),
    ],
)
def test_what_validators_say(condition: Condition, expected: list[type]) -> None:
    assert kinds(answer(answered(200), condition)) == expected


RETRIED = [408, 409, 413, 429, 440, 500, 502, 503, 504, 507, 509, 521, 522, 523, 524, 527, 529, 598]
RETRIED_FAULTS = [
    Fault.WRONG_LENGTH,
    Fault.CUT_TLS,
    Fault.CUT_CHUNK,
    Fault.BAD_CODING,
    Fault.RESET,
    Fault.CONNECT,
    Fault.CONNECT_TIMEOUT,
    Fault.IDLE_TIMEOUT,
    Fault.TOTAL_TIMEOUT,
    Fault.UNKNOWN_HOST,
    Fault.TLS,
    Fault.BAD_HEAD,
]


@pytest.mark.parametrize(
    "result", [*map(answered, RETRIED), *(answered(None, fault=each) for each in RETRIED_FAULTS)]
)
def test_retries_of_the_same_url(result: FetchResult) -> None:
    assert answer(result) == (Retry(U, 1, NOW + timedelta(seconds=10)),)
    assert answer(result, tries=1) == (Retry(U, 2, NOW + timedelta(seconds=10)),)
    last = answer(result, tries=2, held=True)
    assert kinds(last) == [Note, ReadStored, MarkDone, SetError]
    note = only(last, Note)
    assert isinstance(note, Note)
    assert note.reason is UrlReason.RETRIES_USED_UP


@pytest.mark.parametrize("fault", [Fault.WRONG_LENGTH, Fault.CUT_CHUNK, Fault.BAD_CODING, Fault.CUT_TLS])
def test_a_cut_body_is_never_stored(fault: Fault) -> None:
    effects = answer(answered(200, fault=fault), tries=9)
    assert Store not in kinds(effects)
    assert SetError(CrawlOutcome.FETCH_ERROR) in effects


@pytest.mark.parametrize(
    "fault",
    [
        Fault.BODY_TOO_LARGE,
        Fault.DECODED_TOO_LARGE,
        Fault.HEAD_TOO_LARGE,
        Fault.REFUSED_ADDRESS,
        Fault.TLS_UNTRUSTED,
    ],
)
def test_faults_that_no_retry_mends(fault: Fault) -> None:
    assert kinds(answer(answered(None, fault=fault))) == [Note, MarkDone, SetError]


def test_an_address_that_is_no_url_does_not_fail_the_crawl() -> None:
    assert kinds(answer(answered(None, fault=Fault.BAD_URL))) == [Note, MarkDone]


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("120", 120),
        ("1", 10),
        ("999999999999", 3600),
        ("Thu, 01 Jan 2026 12:05:00 GMT", 300),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 10),
        ("soon", 10),
        ("-5", 10),
    ],
)
def test_retry_after_is_honoured_within_bounds(asked: str, wait: int) -> None:
    assert answer(answered(503, ("Retry-After", asked))) == (Retry(U, 1, NOW + timedelta(seconds=wait)),)


def test_a_definitions_own_numbers() -> None:
    results = merged([(500, Meaning(Action.RETRY, tries=5, delay=timedelta(seconds=30), fails_crawl=True))])
    policy = {"results": results}
    assert answer(answered(500), tries=3, policy=policy) == (Retry(U, 4, NOW + timedelta(seconds=30)),)
    assert SetError in kinds(answer(answered(500), tries=4, policy=policy))


def test_numbers_are_held_within_the_networks_bounds() -> None:
    greedy = Meaning(Action.RETRY, tries=1_000, delay=timedelta(0), fails_crawl=True)
    policy = {"results": merged([("Retryable", greedy)]), "retries": RetrySettings(most_tries=4)}
    assert answer(answered(500), policy=policy) == (Retry(U, 1, NOW + timedelta(seconds=1)),)
    assert SetError in kinds(answer(answered(500), tries=3, policy=policy))


def test_a_retried_dead_link_does_not_fail_the_crawl() -> None:
    policy = {"results": merged([(404, RETRY_DEAD_LINK)])}
    assert kinds(answer(answered(404), policy=policy)) == [Retry]
    assert kinds(answer(answered(404), tries=2, policy=policy)) == [Note, MarkDone]


def test_a_definition_may_turn_a_failure_into_a_dead_link() -> None:
    assert SetError not in kinds(answer(answered(500), policy={"results": merged([(500, DEAD_LINK)])}))


def test_no_store_keeps_content_out() -> None:
    results = merged([(Condition.REJECTED, Meaning(Action.STORE_WITH_WARNING, no_store=True))])
    assert kinds(answer(answered(200), Condition.REJECTED, policy={"results": results})) == [Note, MarkDone]


# -- start URLs ------------------------------------------------------------------------------------------------

LOST = [
    answered(404),
    answered(400),
    answered(None, fault=Fault.BAD_URL),
    moved("http://a.org/outside"),
    moved(None),
]


@pytest.mark.parametrize("result", LOST)
def test_a_start_url_that_is_not_had_ends_the_crawl(result: FetchResult) -> None:
    effects = answer(result, kind=RowKind.START, depth=1)
    abort = only(effects, AbortCrawl)
    assert isinstance(abort, AbortCrawl)
    assert (abort.outcome, abort.reason) == (CrawlOutcome.FETCH_ERROR, UrlReason.START_FAILED)


@pytest.mark.parametrize("result", LOST)
def test_a_held_start_url_still_leads_to_its_children(result: FetchResult) -> None:
    effects = answer(result, kind=RowKind.START, depth=1, held=True)
    assert ReadStored(U) in effects
    assert AbortCrawl not in kinds(effects)


@pytest.mark.parametrize("result", LOST)
def test_a_seed_may_ask_to_go_on(result: FetchResult) -> None:
    effects = answer(result, kind=RowKind.START, depth=1, policy={"on_start_error": OnStartError.CONTINUE})
    assert AbortCrawl not in kinds(effects)


def test_a_start_url_is_retried_before_it_ends_the_crawl() -> None:
    assert kinds(answer(answered(500), kind=RowKind.START)) == [Retry]
    assert AbortCrawl in kinds(answer(answered(500), kind=RowKind.START, tries=2))


# -- redirects -------------------------------------------------------------------------------------------------

REDIRECTS = {
    # location: effects
    "http://a.org/y": [Ask],
    "y": [Ask],
    "http://c.org/y": [Ask],
    "http://b.org/y": [Note, SetError, ReadStored, MarkDone],
    "http://new.org/y": [AskHost],
    "http://a.org/outside": [Note, ReadStored, MarkDone],
    "http://a.org/globally": [Note, ReadStored, MarkDone],
    "http://b.org/outside": [Note, ReadStored, MarkDone],
    "http://b.org/outside/login": [Note, MarkDone, AbortCrawl],
    "javascript:void(0)": [Note, ReadStored, MarkDone, SetError],
    U: [Note, ReadStored, MarkDone, SetError],
    "": [Note, ReadStored, MarkDone, SetError],
}


@pytest.mark.parametrize("location", REDIRECTS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects(location: str, status: int) -> None:
    assert kinds(answer(moved(location, status), held=True)) == REDIRECTS[location]


@pytest.mark.parametrize("status", [300, 304, 305, 306])
def test_other_300s_are_no_redirects(status: int) -> None:
    assert Ask not in kinds(answer(moved("http://a.org/y", status), held=True))


def test_a_redirect_without_a_location() -> None:
    assert kinds(answer(moved(None))) == [Note, MarkDone, SetError]


def test_after_the_host_was_asked_the_redirect_is_judged_again() -> None:
    known: dict[str, bool] = {"a.org": True}
    machine = Frontier(SITE, CrawlPolicy(), lambda url: known.get(host_of(url) or ""))
    result = moved("http://new.org/y")
    assert machine.answered(row(), Chain((U,)), result, NOW) == (AskHost("http://new.org/y"),)
    known["new.org"] = True
    (ask,) = machine.redirected(row(), Chain((U,)), result)
    assert isinstance(ask, Ask)
    assert ask.chain.current == "http://new.org/y"
    known["new.org"] = False
    assert SetError(CrawlOutcome.NO_PERMISSION) in machine.redirected(row(), Chain((U,)), result)


def test_a_chain_is_stored_under_every_name_inside_the_rules() -> None:
    chain = Chain((U, "http://a.org/outside", "http://c.org/z"), ("", "", ""))
    effects = frontier().answered(row(), chain, answered(200), NOW)
    assert effects[0] == Store((Copy(U, "http://a.org/outside"), Copy("http://c.org/z", None)))


def follow(results: list[FetchResult]) -> tuple[list[str], tuple[Effect, ...]]:
    asked = [U]
    chain = Chain((U,))
    for result in results:
        effects = frontier().answered(row(), chain, result, NOW)
        if not isinstance(effects[0], Ask):
            return asked, effects
        assert not effects[0].conditional
        chain = effects[0].chain
        asked.append(chain.current)
    return asked, ()


def test_ten_hops_and_no_more() -> None:
    hops = [moved(f"http://a.org/{number}") for number in range(20)]
    asked, effects = follow(hops)
    assert len(asked) == 11
    note = only(effects, Note)
    assert isinstance(note, Note)
    assert note.reason is UrlReason.REDIRECT_TOO_LONG
    asked, effects = follow([*hops[:10], answered(200)])
    assert kinds(effects) == [Store, MarkDone]


def test_a_loop_is_the_same_url_with_the_same_cookies() -> None:
    asked, effects = follow([moved("http://a.org/1"), moved(U)])
    assert asked == [U, "http://a.org/1"]
    note = only(effects, Note)
    assert isinstance(note, Note)
    assert note.reason is UrlReason.REDIRECT_LOOP
    # A cookie set on the way makes it another request.
    asked, effects = follow(
        [
            moved("http://a.org/1", cookies=("", "s")),
            moved(U, cookies=("s", "s")),
            answered(200, cookies=("s", "s")),
        ]
    )
    assert asked == [U, "http://a.org/1", U]
    assert effects[0] == Store((Copy(U, None), Copy("http://a.org/1", U)))


def test_a_redirect_to_https_that_a_normaliser_takes_back_is_followed() -> None:
    def back(base: str, link: str) -> str | None:
        return urljoin(base, link).replace("https://", "http://")

    machine = Frontier(replace(SITE, resolve=back), CrawlPolicy(), permitted)
    (ask,) = machine.answered(row(), Chain((U,)), moved(U.replace("http:", "https:")), NOW)
    assert isinstance(ask, Ask)
    assert ask.chain.current == "https://a.org/x"


# -- links -----------------------------------------------------------------------------------------------------


def test_links_are_queued_one_deeper_once_and_in_order() -> None:
    links = [
        "http://a.org/2",
        "http://a.org/1",
        "http://a.org/2",
        U,
        "http://a.org/outside",
        "http://a.org/globally",
    ]
    assert frontier().found(row(), links, 100) == (Enqueue(("http://a.org/2", "http://a.org/1"), 4),)


def test_no_links_no_effects() -> None:
    assert frontier().found(row(), [], 100) == ()
    assert frontier(follow_links=False).found(row(), ["http://a.org/2"], 100) == ()


def test_links_of_hosts_without_permission_are_queued_and_judged_when_their_turn_comes() -> None:
    assert frontier().found(row(), ["http://b.org/1"], 100) == (Enqueue(("http://b.org/1",), 4),)


def test_what_is_too_deep_is_cut_and_listed() -> None:
    effects = frontier(traps=TrapLimits(depth=3)).found(row(), ["http://a.org/2"], 100)
    assert effects == (
        Note("http://a.org/2", UrlReason.TOO_DEEP, Severity.ERROR, U),
        MarkDone("http://a.org/2", RowState.CUT),
    )
    assert frontier(traps=TrapLimits(depth=4)).found(row(), ["http://a.org/2"], 100) == (
        Enqueue(("http://a.org/2",), 4),
    )


@pytest.mark.parametrize("room", [0, 1, 2, -5])
def test_the_number_of_urls_is_bounded(room: int) -> None:
    effects = frontier().found(row(), ["http://a.org/1", "http://a.org/2"], room)
    queued = [url for effect in effects if isinstance(effect, Enqueue) for url in effect.urls]
    cut = [effect.url for effect in effects if isinstance(effect, Note)]
    assert len(queued) == max(room, 0)
    assert queued + cut == ["http://a.org/1", "http://a.org/2"]


def test_the_list_of_what_was_cut_is_bounded_too() -> None:
    effects = frontier().found(row(), (f"http://a.org/{number}" for number in range(10_000)), 0)
    assert len(effects) == 2 * MAX_LISTED_CUTS + 1
    last = effects[-1]
    assert isinstance(last, Note)
    assert (last.reason, last.about) == (UrlReason.MORE_CUT, str(10_000 - MAX_LISTED_CUTS))


# -- traps -----------------------------------------------------------------------------------------------------

LIMITS = TrapLimits.of(
    ["jabc", "http://www.example.org/journal/"], ["http://www.example.org/journal/toc/vol"]
)


@pytest.mark.parametrize(
    ("path", "cut"),
    [
        ("/a/b/c/d/e/f/g", False),
        ("/a/a/a/a", False),
        ("/a/a/a/a/a", True),
        ("/a/b/a/b/a/b/a/b/a/b", True),
        ("/a/x1/a/x2/a/x3/a/x4/a/x5", True),
        ("/1/1/1/1/1/1/1", False),
        ("/2020/2020/2020/2020/2020/2020", False),
        ("/10.1000/10.1000/10.1000/10.1000/10.1000", False),
        ("/i/i/i/i/i/i", False),
        ("/XIV/xiv/XIV/xiv/XIV/xiv", False),
        ("/jabc/jabc/JABC/jabc/jabc/jabc", False),
        ("/journal/journal/journal/journal/journal/journal", False),
        ("/toc/toc/toc/toc/toc/toc", False),
        ("/mild/mild/mild/mild/mild", True),
        ("/A/a/A/a/A", True),
        ("/x?a/a/a/a/a/a/a", False),
        ("//////////", False),
    ],
)
def test_repeated_parts(path: str, cut: bool) -> None:
    reason = LIMITS.depth_or_path(f"http://www.example.org{path}", 2)
    assert reason is (UrlReason.REPEATED_PARTS if cut else None)


@given(st.text(max_size=200), st.integers(0, 2_000))
def test_no_url_upsets_the_bounds(url: str, depth: int) -> None:
    assert (LIMITS.depth_or_path(url, depth) is UrlReason.TOO_DEEP) == (depth > 1_000)


# -- a whole crawl, and its laws -------------------------------------------------------------------------------


def crawl(
    pages: dict[str, tuple[str, ...]], held: set[str], refetch: int, dead: set[str]
) -> tuple[set[str], set[str]]:
    """Drives the machine as an owner would: what was asked and what was read for links."""
    machine = frontier(refetch_depth=refetch, on_start_error=OnStartError.CONTINUE)
    depth: dict[str, int] = {}
    pending: list[str] = []
    asked: set[str] = set()
    read: set[str] = set()

    def apply(effects: tuple[Effect, ...], here: Row | None) -> None:
        for effect in effects:
            if isinstance(effect, Enqueue):
                fresh = [url for url in effect.urls if url not in depth]
                depth.update(dict.fromkeys(fresh, effect.depth))
                pending.extend(fresh)
            elif isinstance(effect, Ask) and here is not None:
                url = effect.chain.current
                assert url not in asked
                asked.add(url)
                apply(machine.answered(here, effect.chain, answered(404 if url in dead else 200), NOW), here)
            elif isinstance(effect, Store | ReadStored) and here is not None:
                read.add(here.url)
                apply(machine.found(here, pages.get(here.url, ()), 10_000), here)

    apply(machine.begin(["http://a.org/0"]), None)
    while pending:
        url = pending.pop(0)
        here = Row(url, depth[url], RowKind.START if depth[url] == 1 else RowKind.LINK, held=url in held)
        apply(machine.visit(here), here)
    return asked, read


NAMES = [f"http://a.org/{number}" for number in range(8)]
GRAPHS = st.dictionaries(
    st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=4).map(tuple), max_size=8
)


def distances(pages: dict[str, tuple[str, ...]]) -> dict[str, int]:
    found = {NAMES[0]: 1}
    layer = [NAMES[0]]
    while layer:
        layer = [
            link
            for url in layer
            for link in pages.get(url, ())
            if link not in found and not found.update({link: found[url] + 1})  # type: ignore[func-returns-value]
        ]
    return found


@given(GRAPHS, st.sets(st.sampled_from(NAMES)), st.integers(0, 6))
def test_everything_reachable_is_read_and_asked_by_depth(
    pages: dict[str, tuple[str, ...]], held: set[str], refetch: int
) -> None:
    asked, read = crawl(pages, held, refetch, set())
    depth = distances(pages)
    assert read == set(depth)
    assert asked == {url for url in depth if url not in held or depth[url] <= refetch}


@given(GRAPHS, st.sets(st.sampled_from(NAMES)))
def test_a_failing_hub_that_is_held_hides_nothing(pages: dict[str, tuple[str, ...]], dead: set[str]) -> None:
    _, read = crawl(pages, set(NAMES), 99, dead)
    assert read == set(distances(pages))


# -- ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tally", "outcome"),
    [
        (CrawlTally(), CrawlOutcome.NOTHING_FOUND),
        (CrawlTally(fetched=1), CrawlOutcome.NOTHING_FOUND),
        (CrawlTally(fetched=2, content=1), CrawlOutcome.COMPLETE),
        (CrawlTally(unchanged=5, content=5, dead=3), CrawlOutcome.COMPLETE),
        (CrawlTally(content=5, cut=1), CrawlOutcome.LIMIT_REACHED),
        (CrawlTally(content=5, failed=1).with_error(CrawlOutcome.FETCH_ERROR), CrawlOutcome.FETCH_ERROR),
        (
            CrawlTally(content=5, cut=1)
            .with_error(CrawlOutcome.NO_PERMISSION)
            .with_error(CrawlOutcome.FETCH_ERROR),
            CrawlOutcome.NO_PERMISSION,
        ),
    ],
)
def test_ends(tally: CrawlTally, outcome: CrawlOutcome) -> None:
    assert tally.outcome() is outcome


def test_every_end_has_a_number_that_deployed_tools_know() -> None:
    assert set(DEPLOYED_STATUS) == set(CrawlOutcome)
    assert DEPLOYED_STATUS[CrawlOutcome.NO_PERMISSION] == 8


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://WWW.Example.org:80/a", "www.example.org"),
        ("https://u:p@h.org", "h.org"),
        ("http://[2001:db8::1]:8/x", "[2001:db8::1]"),
        ("http://h?x", "h"),
        ("http://h#x", "h"),
        ("http://é.org/x", "é.org"),
        ("ftp://h/", None),
        ("mailto:x", None),
        ("http:///x", None),
        ("", None),
    ],
)
def test_hosts(url: str, host: str | None) -> None:
    assert host_of(url) == host


def test_a_site_names_its_links_as_the_deployed_crawler_does() -> None:
    site = Site.of(lambda _url: True, normalizer=lambda url: url.replace("?sid=1", ""))
    assert site.resolve("http://A.org/x/y", "../Z%2f?sid=1#f") == "http://a.org/Z%2F"
    assert site.resolve_plain("http://A.org/x/y", "../Z%2f?sid=1#f") == "http://a.org/Z%2F?sid=1"
    assert site.resolve("http://a.org/", "mailto:x@y") is None
    assert site.collects("http://a.org/")
    assert not Site.of(lambda _url: True, excluded=lambda _url: True).collects("http://a.org/")


def test_the_table_has_a_retry_of_the_deployed_kind() -> None:
    assert RetrySettings().settle(RETRY) == Meaning(
        Action.RETRY, tries=3, delay=timedelta(seconds=10), fails_crawl=True
    )
