"""A chain of redirects: each target is named and judged before it is asked (collecting §3, permissions §6).

The content at the end is kept under every name of the chain that the crawl rules let in, each with the next hop.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.frontier.outcome import UrlReason
from apps.lockss.frontier.site import Site, host_of

MAX_HOPS = 10


class RedirectScheme(StrEnum):
    """``FOLLOW``: inside the rules, another host only with permission. ``SAME_HOST``: permission pages, legacy."""

    FOLLOW = "follow"
    SAME_HOST = "same-host"


@dataclass(frozen=True, slots=True)
class Copy:
    """One name to keep the content under, and the name it was redirected to (None at the chain's end)."""

    url: str
    redirected_to: str | None


@dataclass(frozen=True, slots=True)
class Chain:
    """The names asked so far, the row's own first; ``cookies`` tells with which each was asked."""

    names: tuple[str, ...]
    cookies: tuple[str, ...] = ("",)

    @property
    def current(self) -> str:
        return self.names[-1]

    @property
    def origin(self) -> str:
        return self.names[0]

    def copies(self, site: Site) -> tuple[Copy, ...]:
        """Where the content goes, in the chain's order; a name met twice counts where it came last."""
        following = (*self.names[1:], None)
        by_name = dict(zip(self.names, following, strict=True))
        return tuple(Copy(name, after) for name, after in by_name.items() if site.collects(name))

    def last_copy(self) -> tuple[Copy, ...]:
        """The legacy way of permission pages: under the final name only."""
        return (Copy(self.current, None),)


@dataclass(frozen=True, slots=True)
class Follow:
    """Ask the chain's new last name, after the pause."""

    chain: Chain


@dataclass(frozen=True, slots=True)
class Stop:
    """The chain ends here; ``target`` is what it would have gone to."""

    reason: UrlReason
    target: str | None


@dataclass(frozen=True, slots=True)
class HostUnknown:
    """The target's host must be asked for permission first; then judge the same redirect again."""

    target: str


Judged = Follow | Stop | HostUnknown


def judge_redirect(
    chain: Chain,
    location: str | None,
    site: Site,
    *,
    permitted: Callable[[str], bool | None],
    cookies: str = "",
    scheme: RedirectScheme = RedirectScheme.FOLLOW,
    max_hops: int = MAX_HOPS,
) -> Judged:
    """Whether the redirect is followed.

    ``permitted(url)`` is the host's permission, None while it has not been asked; ``cookies`` is the digest of
    the jar after the answer. The order of the tests is the deployed one: login pages come before the crawl rules, so
    that no definition has to list them.
    """
    if location is None:
        return Stop(UrlReason.REDIRECT_WITHOUT_TARGET, None)
    target = _target(chain.current, location, site)
    if target is None:
        return Stop(UrlReason.REDIRECT_WITHOUT_TARGET, location)
    if len(chain.names) > max_hops:
        return Stop(UrlReason.REDIRECT_TOO_LONG, target)
    if (target, cookies) in zip(chain.names, chain.cookies, strict=True):
        return Stop(UrlReason.REDIRECT_LOOP, target)
    if site.login(target):
        return Stop(UrlReason.LOGIN_REDIRECT, target)
    if scheme is RedirectScheme.FOLLOW and not site.collects(target):
        return Stop(UrlReason.REDIRECT_EXCLUDED, target)
    if host_of(target) != host_of(chain.current):
        if scheme is RedirectScheme.SAME_HOST:
            return Stop(UrlReason.REDIRECT_OTHER_HOST, target)
        allowed = permitted(target)
        if allowed is None:
            return HostUnknown(target)
        if not allowed:
            return Stop(UrlReason.NO_HOST_PERMISSION, target)
    return Follow(Chain((*chain.names, target), (*chain.cookies, cookies)))


def _target(current: str, location: str, site: Site) -> str | None:
    """The target's name; where a normaliser maps https back to the http name that redirected, it is left out."""
    target = site.resolve(current, location)
    if target is not None and target == current and current.lower().startswith("http:"):
        plain = site.resolve_plain(current, location)
        if plain is not None and plain.lower().startswith("https:"):
            return plain
    return target
