"""The words in which a round of permission speaks: what is asked, what came back, how it ended (permissions §5–§8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from apps.lockss.fetch import FetchResult
from apps.lockss.frontier.redirects import Chain, Copy, RedirectScheme
from apps.lockss.http_result import DEFAULT_RESULTS, Meaning, ResultKey, RetrySettings
from apps.lockss.permission.hosts import HostStatus
from apps.lockss.permission.page import Verdict


class PermissionOutcome(StrEnum):
    """How the round ended."""

    GRANTED = "granted"
    NO_PERMISSION = "no-permission"
    FETCH_ERROR = "fetch-error"
    WINDOW_CLOSED = "window-closed"
    PLUGIN_ERROR = "plugin-error"
    REPOSITORY_ERROR = "repository-error"


class PermissionMessage(StrEnum):
    """What is shown on the AU, in the words its operators know."""

    NO_STATEMENT = "No permission statement on permission page."
    NO_FETCH = "Unable to fetch permission page."
    NO_PROBE = "Unable to fetch probe permission page."
    NO_HOST = "No permission for host."
    NO_URLS = "Plugin failed to provide permission URLs."
    OUTSIDE_RULES = "Permission page not within the crawl rules."
    MALFORMED = "Malformed permission page URL."
    WINDOW_CLOSED = "Crawl window closed."
    NOT_STORED = "Permission page could not be stored."
    LOGIN = "Permission page leads to a login page."


class AskKind(StrEnum):
    """A page that must grant, or a probe that must only be had."""

    PAGE = "page"
    PROBE = "probe"


class Subscription(StrEnum):
    """Which of a CLOCKSS node's two addresses a publisher lets in."""

    UNKNOWN = "unknown"
    SUBSCRIBED = "subscribed"
    NOT_SUBSCRIBED = "not-subscribed"
    INACCESSIBLE = "inaccessible"


@dataclass(frozen=True, slots=True)
class PermissionPolicy:
    """``store_all``: under every name of a redirect chain, and redirects only inside the rules (StoreAllInSpec).

    ``fail_on_fetch_error``: a page that cannot be had ends the round though the host has others (1.x).
    ``subscription``: None, or the AU's state on a node that tells its addresses apart.
    """

    store_all: bool = False
    fail_on_fetch_error: bool = False
    store_probes: bool = True
    subscription: Subscription | None = None
    results: Mapping[ResultKey, Meaning] = field(default_factory=lambda: DEFAULT_RESULTS)
    retries: RetrySettings = field(default_factory=RetrySettings)

    @property
    def scheme(self) -> RedirectScheme:
        return RedirectScheme.FOLLOW if self.store_all else RedirectScheme.SAME_HOST


@dataclass(frozen=True, slots=True)
class PermissionAsk:
    """One request, never conditional. ``from_subscribed`` chooses the source address where there are two."""

    kind: AskKind
    chain: Chain
    tries: int = 0
    not_before: datetime | None = None
    from_subscribed: bool | None = None

    @property
    def url(self) -> str:
        return self.chain.current


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the fetch, the page's verdict if a body came whole, and whether it is a login page."""

    result: FetchResult
    verdict: Verdict | None = None
    login_page: bool = False


class Stopped(StrEnum):
    """Why nothing came back."""

    WINDOW_CLOSED = "window-closed"
    NOT_STORED = "not-stored"


@dataclass(frozen=True, slots=True)
class StorePage:
    """Keep the page or probe that was just fetched under these names."""

    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One page's part in the decision, to be kept whatever the end: when, what was sent, what was said."""

    kind: AskKind
    url: str
    status: HostStatus
    verdict: Verdict | None = None
    fetch: FetchResult | None = None
    detail: str = ""


PermissionEffect = StorePage | Evidence
