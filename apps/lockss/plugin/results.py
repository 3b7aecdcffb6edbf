"""``plugin_cache_result_list``: what a definition makes of answers that the default table judges otherwise
(plugins §8, collecting §4). Java names on both sides become keys and entries of ``apps.lockss.http_result``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from apps.lockss.fetch import Fault
from apps.lockss.http_result import (
    ABORT,
    CATEGORIES,
    DEAD_LINK,
    DEFAULT_RESULTS,
    FAIL,
    PERMISSION,
    REDIRECT,
    RETRY,
    RETRY_DEAD_LINK,
    STORE,
    WARN,
    Action,
    Condition,
    Meaning,
    ResultKey,
    merged,
)

_CACHE_EXCEPTION = "org.lockss.util.urlconn.CacheException$"
_CACHE_SUCCESS = "org.lockss.util.urlconn.CacheSuccess"
_VALIDATION = "org.lockss.plugin.ContentValidationException"
_RETRYABLE = re.compile(r"RetryableNetworkException_([0-9])(?:_([0-9]{1,3})([SM]))?")
_SECONDS = {"S": 1, "M": 60}

_EXCEPTION_KEYS: Mapping[str, tuple[ResultKey, ...]] = {
    # The class that all others extend: only what no closer class names.
    "java.io.IOException": (Fault.CUT_CHUNK, Fault.BAD_CODING),
    "java.net.SocketException": (Fault.CONNECT, Fault.RESET),
    "java.net.ConnectException": (Fault.CONNECT,),
    "java.net.SocketTimeoutException": (Fault.IDLE_TIMEOUT,),
    "org.lockss.util.urlconn.LockssUrlConnection$ConnectionTimeoutException": (Fault.CONNECT_TIMEOUT,),
    "java.net.UnknownHostException": (Fault.UNKNOWN_HOST,),
    "java.net.MalformedURLException": (Fault.BAD_URL,),
    "java.net.ProtocolException": (Fault.BAD_HEAD,),
    "javax.net.ssl.SSLException": (Fault.TLS, Fault.CUT_TLS, Fault.TLS_UNTRUSTED),
    # An error while the body was read, whatever its kind.
    "org.lockss.util.StreamUtil$InputException": (
        *(Fault.CUT_CHUNK, Fault.CUT_TLS, Fault.BAD_CODING, Fault.RESET, Fault.IDLE_TIMEOUT),
    ),
    _VALIDATION: (Condition.REJECTED,),
    f"{_VALIDATION}$EmptyFile": (Condition.EMPTY_FILE,),
    f"{_VALIDATION}$WrongLength": (Fault.WRONG_LENGTH,),
    f"{_VALIDATION}$LogOnly": (Condition.REJECTED_LOG_ONLY,),
    f"{_VALIDATION}$ValidatorExeception": (Condition.VALIDATOR_FAILED,),
}

_QUIET_FAIL = Meaning(Action.FAIL)
_MEANINGS: Mapping[str, Meaning] = {
    "IgnoreCloseException": STORE,
    "WarningOnly": WARN,
    "NoStoreWarningOnly": Meaning(Action.STORE_WITH_WARNING, no_store=True),
    "UnknownCodeException": FAIL,
    "UnknownExceptionException": FAIL,
    "RetryableException": RETRY,
    "RetryableNetworkException": RETRY,
    "RetrySameUrlException": RETRY,
    "RetryDeadLinkException": RETRY_DEAD_LINK,
    "UnretryableException": FAIL,
    "PermissionException": PERMISSION,
    "RedirectToLoginPageException": PERMISSION,
    "ExploderException": FAIL,
    "MalformedURLException": DEAD_LINK,
    "ExtractionError": _QUIET_FAIL,
    "RedirectOutsideCrawlSpecException": _QUIET_FAIL,
    "UnpermittedOffHostRedirect": _QUIET_FAIL,
    "RepositoryException": ABORT,
    "NoRetryNewUrlException": REDIRECT,
    "NoRetryPermUrlException": REDIRECT,
    "NoRetryTempUrlException": REDIRECT,
    "ExpectedNoRetryException": FAIL,
    "NoRetryDeadLinkException": DEAD_LINK,
    "UnexpectedNoRetryFailException": FAIL,
    # Meant not to fail the crawl, but a slip in its Java name makes it fail: kept as deployed.
    "UnexpectedNoRetryNoFailException": FAIL,
    "NoRetryHostException": FAIL,
    "NoRetryRepositoryException": FAIL,
    "UnimplementedCodeException": DEAD_LINK,
}


@dataclass(frozen=True, slots=True)
class ResultEntry:
    """One ``x=y``. ``meaning`` None: y is a handler class that the registry must know."""

    keys: tuple[ResultKey, ...]
    response: str
    meaning: Meaning | None


@dataclass(frozen=True, slots=True)
class ResultFault:
    """An entry that cannot be read, and what was expected."""

    entry: str
    message: str


def parse_result(entry: str) -> ResultEntry | ResultFault:
    """``500=org.lockss.util.urlconn.CacheException$NoRetryDeadLinkException``."""
    trigger, equals, response = (part.strip() for part in entry.partition("="))
    if not equals or not trigger or not response:
        return ResultFault(entry, "expected code-or-exception=class")
    keys = _keys_of(trigger)
    if not keys:
        return ResultFault(entry, f"{trigger[:120]} is no code, exception or category")
    return ResultEntry(keys, response, meaning_of_class(response))


def _keys_of(trigger: str) -> tuple[ResultKey, ...]:
    if re.fullmatch("[0-9]{1,5}", trigger) is not None:
        return (int(trigger),)
    if trigger.lower() == "emptyfile":
        return (Condition.EMPTY_FILE,)
    return CATEGORIES.get(trigger) or _EXCEPTION_KEYS.get(trigger, ())


def meaning_of_class(name: str) -> Meaning | None:
    """What a system result class stands for; None for classes that are not the system's."""
    if name == _CACHE_SUCCESS:
        return STORE
    if not name.startswith(_CACHE_EXCEPTION):
        return None
    short = name.removeprefix(_CACHE_EXCEPTION)
    found = _RETRYABLE.fullmatch(short)
    if found is None:
        return _MEANINGS.get(short)
    delay = None if found[2] is None else timedelta(seconds=int(found[2]) * _SECONDS[found[3]])
    return Meaning(Action.RETRY, int(found[1]), delay, fails_crawl=True)


def result_table(
    entries: tuple[ResultEntry, ...],
    handlers: Mapping[str, Mapping[ResultKey, Meaning]] = MappingProxyType({}),
) -> Mapping[ResultKey, Meaning]:
    """The default table with a definition's entries on top, in their order.

    ``handlers`` are the handler classes that are known here, as the entries they give; an unknown one leaves the
    default in place.
    """
    chosen: list[tuple[ResultKey | str, Meaning]] = []
    for entry in entries:
        handler = handlers.get(entry.response, {})
        for key in entry.keys:
            meaning = entry.meaning or handler.get(key)
            if meaning is not None:
                chosen.append((key, meaning))
    return merged(chosen, DEFAULT_RESULTS)
