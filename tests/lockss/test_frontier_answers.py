"""What every answer does to the crawl (collecting §4)."""

from datetime import timedelta

import pytest

from apps.lockss.fetch import Fault, FetchResult
from apps.lockss.frontier import (
    AbortCrawl,
    Copy,
    CrawlOutcome,
    MarkDone,
    Note,
    OnStartError,
    ReadStored,
    Retry,
    RowKind,
    RowState,
    SetError,
    Severity,
    Store,
    UrlReason,
)
from apps.lockss.http_result import (
    DEAD_LINK,
    RETRY_DEAD_LINK,
    Action,
    Condition,
    Meaning,
    RetrySettings,
    merged,
)
from tests.lockss.fetch_results import NOW, answered, moved
from tests.lockss.frontier_site import U, answer, kinds, only


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
