"""What an answer means for the crawl: the deployed default table, and how a definition changes it (collecting §4).

The table is data. Its keys are status codes, faults of the fetch and conditions of the content; a platform
definition's ``plugin_cache_result_list`` replaces single entries or, by a category's name, many at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from apps.lockss.fetch import Fault, FetchResult


class Condition(StrEnum):
    """What is wrong with content that arrived whole."""

    EMPTY_FILE = "empty-file"
    LOGIN_PAGE = "login-page"
    REJECTED = "content-rejected"
    REJECTED_LOG_ONLY = "content-doubtful"
    VALIDATOR_FAILED = "validator-failed"


ResultKey = int | Fault | Condition


class Action(StrEnum):
    """What the crawl does."""

    STORE = "store"
    STORE_WITH_WARNING = "store-with-warning"
    REDIRECT = "redirect"
    DEAD_LINK = "dead-link"
    RETRY = "retry"
    FAIL = "fail"
    PERMISSION = "permission-failure"
    ABORT = "abort"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One entry. ``tries`` counts all requests of the URL, the first included; None takes the settings' number.

    ``fails_crawl``: the crawl goes on but cannot end as complete. ``no_store``: a file that had arrived is not kept.
    """

    action: Action
    tries: int | None = None
    delay: timedelta | None = None
    fails_crawl: bool = False
    no_store: bool = False


STORE = Meaning(Action.STORE)
WARN = Meaning(Action.STORE_WITH_WARNING)
REDIRECT = Meaning(Action.REDIRECT)
DEAD_LINK = Meaning(Action.DEAD_LINK)
RETRY = Meaning(Action.RETRY, fails_crawl=True)
RETRY_DEAD_LINK = Meaning(Action.RETRY)
FAIL = Meaning(Action.FAIL, fails_crawl=True)
PERMISSION = Meaning(Action.PERMISSION, fails_crawl=True)
ABORT = Meaning(Action.ABORT, fails_crawl=True)

_NETWORK_TIMEOUT = (Fault.CONNECT_TIMEOUT, Fault.IDLE_TIMEOUT)
_NETWORK_ERROR = (
    *_NETWORK_TIMEOUT,
    Fault.CONNECT,
    Fault.RESET,
    Fault.TLS,
    Fault.BAD_HEAD,
    Fault.CUT_TLS,
    Fault.CUT_CHUNK,
    Fault.BAD_CODING,
)
_SERVER_TIMEOUT = (408, 440, 522, 524, 527, 598)
_SERVER_LIMIT = (509, 529)
_TRANSIENT = (409, 413, 429, 500, 502, 503, 504, 507, 521, 523)
_RETRYABLE_NETWORK = (460, 499)

# Named sets of triggers as deployed definitions may use them (2.x), and one row of the table each.
CATEGORIES: Mapping[str, tuple[ResultKey, ...]] = MappingProxyType(
    {
        "SuccessCodes": (200, 203, 304),
        "RedirectTempCodes": (302, 303, 307),
        "RedirectPermCodes": (301, 308),
        "RedirectCodes": (301, 302, 303, 307, 308),
        "DeadLinkCodes": (204, 404, 410, 451),
        "AuthCodes": (401, 402, 403, 407, 495, 496, 511, 526, 561),
        "TransientServerConditionCodes": _TRANSIENT,
        "ServerLimitCodes": _SERVER_LIMIT,
        "ServerTimeoutCodes": _SERVER_TIMEOUT,
        "RetryableNetworkCodes": _RETRYABLE_NETWORK,
        "ClientErrorCodes": (
            *(400, 405, 406, 411, 412, 414, 415, 416, 417, 421, 431, 449, 463, 494, 497, 498, 510),
        ),
        "PermanentServerConditionCodes": (501, 505, 506, 520, 525, 530),
        "UnexpectedCodes": (201, 206, 418, 444, 530),
        "UnhandledCodes": (202, 205, 218, 226, 300, 305, 306, 419, 420, 426, 428, 430, 450),
        "WebDAVCodes": (102, 207, 208, 422, 423, 424, 508),
        "InformationalCodes": (100, 101, 103),
        "UnknownHost": (Fault.UNKNOWN_HOST,),
        "NetworkTimeout": _NETWORK_TIMEOUT,
        "NetworkError": _NETWORK_ERROR,
        "Timeout": (*_SERVER_TIMEOUT, *_NETWORK_TIMEOUT),
        "MalformedUrl": (Fault.BAD_URL,),
        "WrongLength": (Fault.WRONG_LENGTH,),
        "EmptyFile": (Condition.EMPTY_FILE,),
        "ContentValidation": (Condition.REJECTED,),
        "LogOnly": (Condition.REJECTED_LOG_ONLY,),
        "ValidatorError": (Condition.VALIDATOR_FAILED,),
        "Retryable": (
            *_RETRYABLE_NETWORK,
            *_NETWORK_ERROR,
            *_SERVER_TIMEOUT,
            *_SERVER_LIMIT,
            *_TRANSIENT,
            Fault.WRONG_LENGTH,
        ),
    }
)

_ROWS: tuple[tuple[Meaning, tuple[str, ...]], ...] = (
    (STORE, ("SuccessCodes",)),
    (REDIRECT, ("RedirectCodes",)),
    (DEAD_LINK, ("DeadLinkCodes", "MalformedUrl")),
    (PERMISSION, ("AuthCodes",)),
    (RETRY, ("Retryable", "UnknownHost")),
    (WARN, ("EmptyFile", "LogOnly")),
    (
        FAIL,
        (
            *("ClientErrorCodes", "PermanentServerConditionCodes", "UnexpectedCodes", "UnhandledCodes"),
            *("WebDAVCodes", "InformationalCodes", "ContentValidation", "ValidatorError"),
        ),
    ),
)

DEFAULT_RESULTS: Mapping[ResultKey, Meaning] = MappingProxyType(
    {key: meaning for meaning, names in _ROWS for name in names for key in CATEGORIES[name]}
    | {
        Condition.LOGIN_PAGE: PERMISSION,
        # Ours: bounds that the deployed crawler does not have, and a guard that is no passing trouble.
        Fault.TOTAL_TIMEOUT: RETRY,
        Fault.REFUSED_ADDRESS: FAIL,
        Fault.TLS_UNTRUSTED: FAIL,
        Fault.HEAD_TOO_LARGE: FAIL,
        Fault.BODY_TOO_LARGE: FAIL,
        Fault.DECODED_TOO_LARGE: FAIL,
    }
)


@dataclass(frozen=True, slots=True)
class RetrySettings:
    """Network settings: how often and how soon; a definition's own numbers are held within these bounds."""

    tries: int = 3
    delay: timedelta = timedelta(seconds=10)
    most_tries: int = 10
    least_delay: timedelta = timedelta(seconds=1)
    longest_wait: timedelta = timedelta(hours=1)

    def settle(self, meaning: Meaning) -> Meaning:
        """The entry with numbers in place of None."""
        tries = self.tries if meaning.tries is None else meaning.tries
        delay = self.delay if meaning.delay is None else meaning.delay
        return replace(
            meaning,
            tries=max(1, min(tries, self.most_tries)),
            delay=max(self.least_delay, min(delay, self.longest_wait)),
        )


def merged(
    entries: Iterable[tuple[ResultKey | str, Meaning]],
    base: Mapping[ResultKey, Meaning] = DEFAULT_RESULTS,
) -> Mapping[ResultKey, Meaning]:
    """The table with a definition's entries on top, in their order; a text key is a category's name.

    Raises KeyError for a name that is no category: the reader of definitions reports it.
    """
    table = dict(base)
    for key, meaning in entries:
        # Enum members are texts as well, so the plain names are told apart first.
        names_many = isinstance(key, str) and not isinstance(key, Fault | Condition)
        table.update(dict.fromkeys(CATEGORIES[str(key)] if names_many else (key,), meaning))  # type: ignore[arg-type]
    return MappingProxyType(table)


def meaning_of(
    result: FetchResult,
    condition: Condition | None = None,
    table: Mapping[ResultKey, Meaning] = DEFAULT_RESULTS,
) -> tuple[ResultKey, Meaning]:
    """The key that decided and its entry: a fault before the status, a condition only on what would be stored.

    A status that says more than the cut body behind it (an error page, a redirect) keeps its own meaning. Codes
    that no row names fail without a retry.
    """
    status = result.status
    by_status = FAIL if status is None else table.get(status, FAIL)
    if result.fault is not None and (status is None or by_status.action is Action.STORE):
        return result.fault, table.get(result.fault, FAIL)
    if status is None:
        return Fault.RESET, table.get(Fault.RESET, FAIL)
    if by_status.action is Action.STORE and status != 304:
        if condition is None and result.body is not None and result.body.stored == 0:
            condition = Condition.EMPTY_FILE
        if condition is not None:
            return condition, table.get(condition, FAIL)
    return status, by_status
