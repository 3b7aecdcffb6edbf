"""Which hosts may be collected from in this crawl: one record per host name, without scheme and port (permissions §5)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from apps.lockss.frontier.site import host_of


class HostStatus(StrEnum):
    """What is known of a host's permission."""

    UNCHECKED = "unchecked"
    OK = "ok"
    NOT_OK = "not-ok"
    FETCH_FAILED = "fetch-failed"
    MISSING = "missing"
    REPOSITORY_ERROR = "repository-error"
    NOT_IN_CRAWL_RULES = "not-in-crawl-rules"
    WINDOW_CLOSED = "window-closed"


class GrantSource(StrEnum):
    """What allows a host."""

    PAGE = "permission-page"
    NETWORK = "globally-permitted-host"
    PLUGIN = "plugin-permitted-host"


@dataclass(frozen=True, slots=True)
class HostRecord:
    """One host's answer; ``url`` is the page that decided, or the URL that was allowed without one."""

    host: str
    status: HostStatus
    url: str
    source: GrantSource = GrantSource.PAGE
    retried: bool = False


@dataclass(frozen=True, slots=True)
class AskPage:
    """This page must be asked before anything else of its host."""

    url: str


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """A test that searches a host name for any of a setting's expressions, unanchored; none match nothing."""
    compiled = tuple(re.compile(pattern, re.ASCII) for pattern in patterns)
    return lambda host: any(pattern.search(host) is not None for pattern in compiled)


def _no_host(_host: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """Settings and definition. A pattern of the definition counts only where the node's own list allows it too.

    The definition's patterns come compiled by the reader of definitions, which bounds their cost.
    """

    globally_permitted: Callable[[str], bool] = _no_host
    plugin_permitted: Callable[[str], bool] = _no_host
    allowed_plugin_hosts: Callable[[str], bool] = _no_host
    per_host_path: str | None = None


class HostTable:
    """The records of one crawl. Nothing is carried over to the next."""

    def __init__(self, policy: HostPolicy | None = None) -> None:
        self._policy = policy or HostPolicy()
        self._records: dict[str, HostRecord] = {}

    @property
    def records(self) -> tuple[HostRecord, ...]:
        return tuple(self._records.values())

    def record(self, url: str, status: HostStatus, source: GrantSource = GrantSource.PAGE) -> None:
        """Keep what a page said about its host; a later page of the host replaces it."""
        host = host_of(url)
        if host is not None:
            before = self._records.get(host)
            self._records[host] = HostRecord(host, status, url, source, before is not None and before.retried)

    def without_page(self, url: str) -> bool:
        """Whether the node's settings allow the host without a permission page; then that is on record."""
        host = host_of(url)
        if host is None:
            return False
        if self._policy.globally_permitted(host):
            self.record(url, HostStatus.OK, GrantSource.NETWORK)
            return True
        if self._policy.plugin_permitted(host) and self._policy.allowed_plugin_hosts(host):
            self.record(url, HostStatus.OK, GrantSource.PLUGIN)
            return True
        return False

    def per_host_page(self, url: str) -> str | None:
        """The definition's permission path on this URL's scheme, host and port."""
        if self._policy.per_host_path is None or host_of(url) is None:
            return None
        scheme, _, rest = url.partition("://")
        authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
        return f"{scheme}://{authority}{self._policy.per_host_path}"

    def check(self, url: str) -> HostRecord | AskPage:
        """What stands for this URL's host, in the order record, network, definition, page on demand, missing.

        A page that could not be had is asked once more in the same crawl.
        """
        host = host_of(url)
        if host is None:
            return HostRecord("", HostStatus.MISSING, url)
        record = self._records.get(host)
        if record is not None and record.status is HostStatus.FETCH_FAILED and not record.retried:
            self._records[host] = replace(record, retried=True)
            return AskPage(record.url)
        if record is not None:
            return record
        if self.without_page(url):
            return self._records[host]
        page = self.per_host_page(url)
        if page is not None:
            return AskPage(page)
        self.record(url, HostStatus.MISSING)
        return self._records[host]

    def permitted(self, url: str) -> bool | None:
        """The frontier's question: may this URL be asked? None: a page has to be asked first (see ``check``)."""
        host = host_of(url)
        record = self._records.get(host or "")
        if record is not None and record.status is HostStatus.FETCH_FAILED and not record.retried:
            return None
        if record is None:
            answer = self.check(url)
            return None if isinstance(answer, AskPage) else answer.status is HostStatus.OK
        return record.status is HostStatus.OK
