"""A permission page fetched once and tried: for the command and for publishers, who need no account.

Redirects are followed as the crawler follows them for such pages, on the same host only (permissions §6).
"""

import asyncio
import io
import re
from dataclasses import asdict, dataclass
from urllib.parse import urljoin

from django.conf import settings
from django.utils.translation import gettext_noop as _
from yarl import URL

from apps.common.http import FetcherPolicy, GuardedFetcher
from apps.common.http_guard import Guard
from apps.lockss.fetch import Fault, FetchLimits, FetchRequest, FetchResult, parse_target
from apps.lockss.permission import Checker, Near, NearKind, Network, PageRules, Trial, try_page

LONGEST_BODY = 4 << 20
SECONDS = 20.0
MOST_REDIRECTS = 5
AROUND = 160
LONGEST_SNIPPET = 1_000
# These stand nowhere on the page.
_ELSEWHERE = frozenset({NearKind.LOGIN})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LIMITS = FetchLimits(body=LONGEST_BODY, decoded=4 * LONGEST_BODY, connect=8, idle=8, total=SECONDS)
# In words for a publisher, kept in English and said on the page in the reader's language; whatever else went wrong is "could not be read".
FAULTS = {
    Fault.BAD_URL: _(
        "This is no address that can be asked: it has to begin with http:// or https:// and name a host."
    ),
    Fault.REFUSED_ADDRESS: _("This address is not public, so the node does not ask it."),
    Fault.UNKNOWN_HOST: _("No host of this name is known."),
    Fault.CONNECT: _("The host does not take connections."),
    Fault.CONNECT_TIMEOUT: _("The host does not answer."),
    Fault.IDLE_TIMEOUT: _("The host stopped answering."),
    Fault.TOTAL_TIMEOUT: _("The answer took too long."),
    Fault.BODY_TOO_LARGE: _("The page has more than 4 MiB; a permission page is a page of text."),
    Fault.DECODED_TOO_LARGE: _("The page unpacks to more than a page of text can have."),
    Fault.BAD_CODING: _("The page is packed in a way that cannot be unpacked."),
    Fault.TLS: _("No secure connection to the host could be made."),
    Fault.TLS_UNTRUSTED: _("The host's certificate is not trusted."),
    Fault.BAD_HEAD: _("What answers there does not speak HTTP."),
}
# Strangers are not told which names exist inside this node's network.
PUBLIC_FAULTS = {
    **FAULTS,
    Fault.REFUSED_ADDRESS: _("No public host of this name is known."),
    Fault.UNKNOWN_HOST: _("No public host of this name is known."),
}
# Of no publisher's page: there is nobody to write to.
NOT_ASKED = frozenset({Fault.BAD_URL, Fault.REFUSED_ADDRESS, Fault.UNKNOWN_HOST})
OTHER_FAULT = _("The page could not be read.")


@dataclass(frozen=True, slots=True)
class Tried:
    """``trial`` None: the page could not be had, and ``error`` says why."""

    url: str
    trial: Trial | None = None
    error: str = ""
    status: int | None = None
    final_url: str = ""
    fault: Fault | None = None

    @property
    def granted(self) -> bool:
        return self.trial is not None and self.trial.granted


_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def clean_address(text: str) -> str:
    """An address as people paste it, as it is asked: escaped, without a fragment, user name and password, which would be
    kept and shown and which no node sends; ValueError when it is none."""
    text = text.strip()
    if not _SCHEME.match(text):
        text = f"https://{text}"
    shown = _without_sign_in(URL(text).with_fragment(None))
    if parse_target(shown) is None:
        raise ValueError(FAULTS[Fault.BAD_URL])
    return shown


def _without_sign_in(url: URL) -> str:
    return str(url.with_user(None) if url.raw_user is not None or url.raw_password is not None else url)


def policy() -> FetcherPolicy:
    """The guard of this node: public addresses, and the private ones that its settings name."""
    return FetcherPolicy(guard=Guard.of(settings.NODE.allowed_private_hosts))


def try_url(url: str, network: Network, guarded: FetcherPolicy | None = None) -> Tried:
    """One reading of a public page within ``SECONDS``, redirects included; never raises for what a site does."""
    return asyncio.run(_within_time(url, network, guarded or policy()))


async def _within_time(url: str, network: Network, guarded: FetcherPolicy) -> Tried:
    try:
        async with asyncio.timeout(SECONDS), GuardedFetcher(guarded) as fetcher:
            return await _followed(fetcher, url, network)
    except TimeoutError:
        return Tried(url, error=FAULTS[Fault.TOTAL_TIMEOUT], fault=Fault.TOTAL_TIMEOUT)


async def _followed(fetcher: GuardedFetcher, url: str, network: Network) -> Tried:
    at = url
    for _turn in range(MOST_REDIRECTS + 1):
        body = io.BytesIO()
        result = await fetcher.fetch(FetchRequest(at, limits=_LIMITS), body)
        if result.status is None or result.fault is not None:
            error = FAULTS.get(result.fault, OTHER_FAULT)
            return Tried(url, error=error, status=result.status, final_url=at, fault=result.fault)
        location = _header(result, "location")
        if result.status not in _REDIRECTS or not location:
            return _judged(url, at, result, body.getvalue(), network)
        try:
            goal = urljoin(at, location)
            goal = _without_sign_in(URL(goal, encoded=True)) if "@" in goal else goal
        except ValueError:
            return Tried(
                url, error=_("The page leads to what is no address."), status=result.status, final_url=at
            )
        here, there = parse_target(at), parse_target(goal)
        if here is None or there is None or here.host.lower() != there.host.lower():
            # The node would not follow; what stands behind it may still be a login.
            return _judged(url, goal, result, b"", network)
        at = goal
    return Tried(url, error=_("The page leads from one address to the next without end."), final_url=at)


def _judged(url: str, at: str, result: FetchResult, page: bytes, network: Network) -> Tried:
    trial = try_page(
        page,
        network,
        content_type=_header(result, "content-type"),
        content_encoding=_header(result, "content-encoding"),
        asked=url,
        final_url=at,
        status=result.status,
    )
    status = result.status or 0
    error = ""
    if status in _REDIRECTS:
        error = f"The page leads to another host ({at[:300]}), and the node does not follow it there."
    elif status >= 400 and status not in {401, 403, 407}:
        error = f"The site answers with HTTP {status} instead of the page."
    if error and not trial.near:
        return Tried(url, error=error, status=status, final_url=at)
    return Tried(url, trial, error, status, at)


def _header(result: FetchResult, name: str) -> str | None:
    headers = result.head.headers if result.head else ()
    return next((value for key, value in headers if key.lower() == name), None)


def as_json(tried: Tried, network: Network) -> dict:
    """What the command prints: always the same keys. ``near_details`` tells more of each of ``near``, in its order."""
    trial = tried.trial
    return {
        "source": tried.url,
        "final_url": tried.final_url,
        "status": tried.status,
        "network": network,
        "granted": tried.granted,
        "statement": trial.statement if trial else None,
        "near": [_near(one) for one in trial.near] if trial else [],
        "near_details": [_details(one, trial.text) for one in trial.near] if trial else [],
        "reasons": [asdict(reason) for reason in trial.reasons] if trial else [],
        "error": tried.error,
        "checker": trial.checker if trial else None,
        "access_type": trial.access_type if trial else None,
        "offset": trial.offset if trial else None,
        "place": place_of(trial.text, trial.offset, len(trial.statement or "")) if trial else None,
        "charset": trial.charset if trial else None,
        "expected": PageRules(network=network).statements()[Checker.STATEMENT],
        "searched_all": not trial.cut if trial else None,
    }


def place_of(text: str, offset: int | None, length: int) -> dict | None:
    """Line and surroundings of a place in the page, None where the text does not reach."""
    if offset is None or not 0 <= offset < len(text):
        return None
    end = offset + min(length, LONGEST_SNIPPET)
    return {
        "line": text.count("\n", 0, offset) + 1,
        "column": offset - text.rfind("\n", 0, offset),
        "before": text[max(0, offset - AROUND) : offset],
        "here": text[offset:end],
        "after": text[end : end + AROUND],
    }


def _near(one: Near) -> dict:
    return {"found": one.found, "expected": one.expected, "difference": one.difference}


def _details(one: Near, text: str) -> dict:
    return {
        "kind": one.kind,
        "checker": one.checker,
        "offset": one.offset,
        "place": place_of(text, one.offset, len(one.found)) if one.kind not in _ELSEWHERE else None,
        "words": [asdict(pair) for pair in one.words],
    }
