"""How a crawl ended, and what was told about single URLs on the way (permissions §8, collecting §5, §6)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType


class CrawlOutcome(StrEnum):
    """A crawl's end. Only the first means that everything there was is now held."""

    COMPLETE = "complete"
    NOTHING_FOUND = "nothing-to-preserve-found"
    FETCH_ERROR = "fetch-error"
    NO_PERMISSION = "no-permission"
    WINDOW_CLOSED = "window-closed"
    PLUGIN_ERROR = "plugin-error"
    REPOSITORY_ERROR = "repository-error"
    EXTRACTOR_ERROR = "extractor-error"
    LIMIT_REACHED = "limit-reached"
    ABORTED = "aborted"
    INTERRUPTED = "interrupted"
    ERROR = "error"


# The numbers by which deployed nodes know these ends; theirs has no word for nothing found.
DEPLOYED_STATUS: Mapping[CrawlOutcome, int] = MappingProxyType(
    {
        CrawlOutcome.COMPLETE: 3,
        CrawlOutcome.NOTHING_FOUND: 3,
        CrawlOutcome.ERROR: 4,
        CrawlOutcome.LIMIT_REACHED: 4,
        CrawlOutcome.ABORTED: 5,
        CrawlOutcome.WINDOW_CLOSED: 6,
        CrawlOutcome.FETCH_ERROR: 7,
        CrawlOutcome.NO_PERMISSION: 8,
        CrawlOutcome.PLUGIN_ERROR: 9,
        CrawlOutcome.REPOSITORY_ERROR: 10,
        CrawlOutcome.INTERRUPTED: 11,
        CrawlOutcome.EXTRACTOR_ERROR: 12,
    }
)


class UrlReason(StrEnum):
    """Why a URL was not collected anew, or what is doubtful about it."""

    DEAD_LINK = "dead-link"
    FETCH_FAILED = "fetch-failed"
    RETRIES_USED_UP = "retries-used-up"
    NO_HOST_PERMISSION = "no-host-permission"
    PERMISSION_FAILURE = "permission-failure"
    LOGIN_REDIRECT = "login-redirect"
    EXCLUDED = "outside-crawl-rules"
    REDIRECT_EXCLUDED = "redirect-outside-crawl-rules"
    REDIRECT_LOOP = "redirect-loop"
    REDIRECT_TOO_LONG = "redirect-too-long"
    REDIRECT_WITHOUT_TARGET = "redirect-without-target"
    REDIRECT_OTHER_HOST = "redirect-to-other-host"
    TOO_DEEP = "too-deep"
    TOO_MANY_URLS = "too-many-urls"
    REPEATED_PARTS = "repeated-path-parts"
    MORE_CUT = "more-cut-than-listed"
    UNASKED_UNCHANGED = "unchanged-without-a-copy"
    EMPTY_FILE = "empty-file"
    CONTENT_DOUBTFUL = "content-doubtful"
    START_OUTSIDE = "start-outside-crawl-rules"
    START_FAILED = "start-url-failed"
    NO_START = "no-start-url"


class Severity(StrEnum):
    """``WARNING`` leaves the crawl able to end well, ``ERROR`` does not, ``FATAL`` ends it."""

    WARNING = "warning"
    ERROR = "error"
    FATAL = "fatal"


@dataclass(frozen=True, slots=True)
class CrawlTally:
    """What a crawl's row keeps so that its end can be told; all numbers count URLs.

    ``content`` counts URLs that have content now, fetched or held, permission pages and probes left out.
    """

    fetched: int = 0
    unchanged: int = 0
    content: int = 0
    dead: int = 0
    failed: int = 0
    excluded: int = 0
    cut: int = 0
    first_error: CrawlOutcome | None = None

    def with_error(self, outcome: CrawlOutcome) -> "CrawlTally":
        """The first error names the end, as on deployed nodes; later ones are on their URLs."""
        return self if self.first_error is not None else replace(self, first_error=outcome)

    def outcome(self) -> CrawlOutcome:
        """The end of a crawl whose frontier is empty."""
        if self.first_error is not None:
            return self.first_error
        if self.cut:
            return CrawlOutcome.LIMIT_REACHED
        if not self.content:
            return CrawlOutcome.NOTHING_FOUND
        return CrawlOutcome.COMPLETE
