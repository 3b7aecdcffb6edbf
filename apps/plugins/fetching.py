"""A registry's page and its JARs, asked through the guarded client: conditional, under limits, redirects not followed."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from django.conf import settings

from apps.common.http import FetcherPolicy, fetch_sync
from apps.common.http_guard import Guard
from apps.common.text import without_user
from apps.lockss.fetch import Fault, FetchLimits, FetchRequest, FetchResult, Sink, parse_target
from apps.lockss.links import PageContext, extract_links
from apps.lockss.permission import Network, try_page
from apps.plugins.sources import LARGEST_JAR

LONGEST_PAGE = 4 << 20
MOST_JARS = 1_000
_PAGE = FetchLimits(body=LONGEST_PAGE, decoded=LONGEST_PAGE, connect=15, idle=30, total=120)
_JAR = FetchLimits(body=LARGEST_JAR, decoded=LARGEST_JAR, connect=15, idle=60, total=900)
_SAID = {
    Fault.BAD_URL: "This is no address that can be asked.",
    Fault.REFUSED_ADDRESS: "This address is not public, so the node does not ask it.",
    Fault.UNKNOWN_HOST: "No host of this name is known.",
    Fault.CONNECT: "The host does not take connections.",
    Fault.CONNECT_TIMEOUT: "The host does not answer.",
    Fault.IDLE_TIMEOUT: "The host stopped answering.",
    Fault.TOTAL_TIMEOUT: "The answer took too long.",
    Fault.BODY_TOO_LARGE: "The answer is longer than what is read of one.",
    Fault.DECODED_TOO_LARGE: "The answer is longer than what is read of one.",
    Fault.WRONG_LENGTH: "The answer was cut off.",
    Fault.CUT_CHUNK: "The answer was cut off.",
    Fault.RESET: "The answer was cut off.",
}
_OTHER = "The answer could not be read."


class FetchError(Exception):
    """It could not be had; the text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What an answer can be asked again with, so that an unchanged one need not be sent."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class RegistryPage:
    """``page`` None: unchanged since."""

    page: bytes | None
    content_type: str | None
    marks: Marks


def fetch_page(url: str, marks: Marks) -> RegistryPage:
    body = io.BytesIO()
    result = _asked(url, marks, _PAGE, body)
    if result.status == 304:
        return RegistryPage(None, None, marks)
    return RegistryPage(body.getvalue(), _header(result, "content-type") or None, _marks(result))


@contextmanager
def fetched_jar(url: str, marks: Marks) -> Iterator[tuple[Path | None, Marks]]:
    """The JAR in a file of its own that is gone afterwards; None: unchanged since."""
    spool = Path(settings.NODE.spool_dir)
    spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(suffix=".jar", dir=spool) as file:
        result = _asked(url, marks, _JAR, file)
        file.flush()
        if result.status == 304:
            yield None, marks
        else:
            yield Path(file.name), _marks(result)


def _asked(url: str, marks: Marks, limits: FetchLimits, body: Sink | BinaryIO) -> FetchResult:
    headers = [
        ("User-Agent", settings.NODE.crawl_user_agent),
        ("Accept", "*/*"),
        # Digests are of the JAR as it is, so it is asked for as it is.
        ("Accept-Encoding", "identity"),
    ]
    if marks.etag:
        headers.append(("If-None-Match", marks.etag))
    if marks.last_modified:
        headers.append(("If-Modified-Since", marks.last_modified))
    policy = FetcherPolicy(guard=Guard.of(settings.NODE.allowed_private_hosts))
    result = fetch_sync(FetchRequest(url, tuple(headers), use_cookies=False, limits=limits), body, policy)
    if result.fault is not None or result.status is None:
        raise FetchError(_SAID.get(result.fault, _OTHER) if result.fault else _OTHER)
    if 300 <= result.status < 400 and result.status != 304:
        raise FetchError(
            f"It leads to {_shown(_header(result, 'location'))[:300]}. Enter that address if it is the right one."
        )
    if result.status not in (200, 304) or (result.status == 304 and marks == Marks()):
        raise FetchError(f"The host answers with HTTP {result.status} instead of the file.")
    if _header(result, "content-encoding").strip().lower() not in ("", "identity"):
        raise FetchError("The host packs its answer although it was asked not to.")
    return result


def _shown(location: str) -> str:
    """Where it leads, without a user name or password: everybody here reads it."""
    return without_user("".join(filter(str.isprintable, location)).strip())


def _marks(result: FetchResult) -> Marks:
    return Marks(_mark(result, "etag"), _mark(result, "last-modified"))


def _mark(result: FetchResult, name: str) -> str:
    """As it will be sent again: nothing that could end a header line, nothing long."""
    value = _header(result, name)
    return value if len(value) <= 500 and value.isascii() and value.isprintable() else ""


def _header(result: FetchResult, name: str) -> str:
    return (result.head.first(name) if result.head else None) or ""


def jar_links(page: bytes, url: str, content_type: str | None) -> list[str]:
    """Addresses of JARs on the page's own host, in its order, without user names, which are never sent. FetchError
    where there are too many to be a registry.
    """
    here = parse_target(url)
    found = extract_links(page, PageContext(url, content_type or "text/html")).names
    jars = dict.fromkeys(without_user(name) for name in found if _is_jar(name))
    same = [
        name for name in jars if here is not None and _endpoint(name) == (here.scheme, here.host, here.port)
    ]
    if len(same) > MOST_JARS:
        raise FetchError(
            f"The page links to {len(same):,} JARs; at most {MOST_JARS:,} are read of one registry."
        )
    return same


def _is_jar(name: str) -> bool:
    return urlsplit(name).path.lower().endswith(".jar")


def _endpoint(name: str) -> tuple[str, str, int] | None:
    target = parse_target(name)
    return None if target is None else (target.scheme, target.host, target.port)


def statement_of(page: bytes, url: str, content_type: str | None) -> str:
    """The statement by which the page lets nodes collect it, whichever network's; empty: there is none."""
    for network in Network:
        trial = try_page(page, network, content_type=content_type, asked=url, final_url=url, status=200)
        if trial.granted:
            return trial.statement or str(network)
    return ""
