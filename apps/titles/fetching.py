"""A title list from its address: one conditional request through the guarded client, redirects followed one by one.

What comes is kept as a file of this node, decoded and judged by its bytes; what goes wrong is a sentence.
"""

import asyncio
import gzip
import hashlib
import os
import shutil
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri

from apps.common.http import FetcherPolicy, GuardedFetcher
from apps.common.http_guard import Guard
from apps.lockss.fetch import Fault, FetchLimits, FetchRequest, FetchResult, parse_target
from apps.titles.errors import ListCode, ListError
from apps.titles.sniffing import LOOKED_AT, ZIP, UnknownFormError, form_of

MOST_REDIRECTS = 5
LONGEST_URL = 2_000
LONGEST_HEADER = 500
NOT_MODIFIED = 304
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GZIP = b"\x1f\x8b"
_PIECE = 1 << 18
FAULTS = {
    Fault.BAD_URL: "this is no address that can be asked",
    Fault.REFUSED_ADDRESS: "the address is not public; a system administrator can allow its host and port (allowed_private_hosts)",
    Fault.UNKNOWN_HOST: "no host of this name is known",
    Fault.CONNECT: "the host does not take connections",
    Fault.CONNECT_TIMEOUT: "the host does not answer",
    Fault.IDLE_TIMEOUT: "the host stopped answering",
    Fault.TOTAL_TIMEOUT: "the answer took too long",
    Fault.BODY_TOO_LARGE: "the list is longer than this node takes (list_max_bytes)",
    Fault.DECODED_TOO_LARGE: "the list is longer than this node takes (list_max_bytes)",
    Fault.TLS: "no secure connection could be made",
    Fault.TLS_UNTRUSTED: "the host's certificate is not trusted",
}
CUT = "the answer broke off before its end"


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a request. ``path`` None: nothing new since the last answer."""

    path: Path | None
    sha256: str = ""
    etag: str = ""
    last_modified: str = ""


def clean_address(text: str) -> str:
    """As it is asked for: escaped, without a fragment. ListError, for people."""
    text = text.strip()
    try:
        url = iri_to_uri(text).split("#", 1)[0]
        parts = urlsplit(url)
    except ValueError:
        parts = None
    if parts is None or len(text) > LONGEST_URL or parse_target(url) is None:
        raise ListError(
            ListCode.WRONG_ADDRESS,
            "Expected an address that begins with https:// or http:// and names a host.",
        )
    if "@" in parts.netloc:
        raise ListError(
            ListCode.WRONG_ADDRESS,
            "An address with a user name or password is not kept: everybody here could read it.",
        )
    return url


def fetch_list(*, url: str, etag: str, last_modified: str, folder: Path, name: str) -> Asked:
    """Ask for the list. ``name`` is that of the kept file, to which digest and ending are added. ListError; OSError
    where it cannot be kept. Killed in the middle it leaves one partial file, which the next attempt writes over.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = folder / f"{name}.partial"
    try:
        with partial.open("w+b") as file:
            os.chmod(partial, 0o600)
            result = asyncio.run(_within_time(url, _conditions(etag, last_modified), file))
            if result.status == NOT_MODIFIED:
                return Asked(None)
            if _is_compressed(result, file):
                _unpack(file, settings.NODE.list_max_bytes)
            ending, digest = _judged(file)
            file.flush()
            os.fsync(file.fileno())
        path = folder / f"{name}-{digest[:24]}{ending}"
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return Asked(path, digest, _header(result, "etag"), _header(result, "last-modified"))


def _conditions(etag: str, last_modified: str) -> tuple[tuple[str, str], ...]:
    asked = [("User-Agent", settings.NODE.crawl_user_agent), ("Accept", "*/*"), ("Accept-Encoding", "gzip")]
    if etag:
        asked.append(("If-None-Match", etag))
    if last_modified:
        asked.append(("If-Modified-Since", last_modified))
    return tuple(asked)


async def _within_time(url: str, headers: tuple[tuple[str, str], ...], file: BinaryIO) -> FetchResult:
    policy = FetcherPolicy(guard=Guard.of(settings.NODE.allowed_private_hosts))
    seconds = settings.NODE.list_fetch_timeout
    try:
        async with asyncio.timeout(seconds), GuardedFetcher(policy) as fetcher:
            return await _followed(fetcher, url, headers, file)
    except TimeoutError:
        raise _not_fetched(FAULTS[Fault.TOTAL_TIMEOUT]) from None


async def _followed(
    fetcher: GuardedFetcher, url: str, headers: tuple[tuple[str, str], ...], file: BinaryIO
) -> FetchResult:
    node = settings.NODE
    limits = FetchLimits(
        body=node.list_max_bytes,
        decoded=node.list_max_bytes,
        connect=node.crawl_connect_timeout,
        idle=node.crawl_read_timeout,
        total=node.list_fetch_timeout,
    )
    at = url
    for _turn in range(MOST_REDIRECTS + 1):
        file.seek(0)
        file.truncate()
        result = await fetcher.fetch(FetchRequest(at, headers=headers, limits=limits), file)
        if result.fault is not None or result.status is None:
            raise _not_fetched(FAULTS.get(result.fault, CUT), at if at != url else "")
        location = result.head.first("location") if result.head else None
        if result.status not in _REDIRECTS or not location:
            if result.status not in (200, NOT_MODIFIED):
                raise _not_fetched(f"the host answers with HTTP {result.status}", at if at != url else "")
            return result
        at = _next(at, location)
    raise _not_fetched(f"it leads from one address to the next, more than {MOST_REDIRECTS} times")


def _next(at: str, location: str) -> str:
    try:
        goal = clean_address(urljoin(at, location))
    except (ValueError, ListError):
        raise _not_fetched("it leads to what is no address") from None
    if at.startswith("https:") and goal.startswith("http:"):
        raise _not_fetched("it leads from a secure address to one that is not")
    return goal


def _is_compressed(result: FetchResult, file: BinaryIO) -> bool:
    file.seek(0)
    head = file.read(2)
    coded = result.body is not None and (result.body.content_coding or "").strip().lower()
    if coded not in (False, "", "identity", "gzip", "x-gzip"):
        raise _not_fetched(f"it is coded as {coded}, which was not asked for")
    # A file that is itself compressed, as .gz, comes without a coding.
    return head == _GZIP


def _unpack(file: BinaryIO, most: int) -> None:
    """In place, by way of a second file; never more than ``most`` bytes."""
    out = Path(f"{file.name}.unpacked")
    try:
        with out.open("w+b") as unpacked:
            file.seek(0)
            with gzip.GzipFile(fileobj=file, mode="rb") as packed:
                while piece := packed.read(_PIECE):
                    if unpacked.tell() + len(piece) > most:
                        raise _not_fetched(FAULTS[Fault.DECODED_TOO_LARGE])
                    unpacked.write(piece)
            unpacked.seek(0)
            file.seek(0)
            file.truncate()
            shutil.copyfileobj(unpacked, file, _PIECE)
    except EOFError:
        raise _not_fetched(CUT) from None
    except (zlib.error, gzip.BadGzipFile):
        raise _not_fetched("its compression is damaged") from None
    finally:
        out.unlink(missing_ok=True)


def _judged(file: BinaryIO) -> tuple[str, str]:
    """Ending and digest of what came."""
    file.seek(0)
    head = file.read(LOOKED_AT)
    try:
        ending = form_of(head)
    except UnknownFormError as error:
        raise _not_fetched(str(error)) from None
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ending, digest


def _header(result: FetchResult, name: str) -> str:
    text = (result.head.first(name) if result.head else None) or ""
    # What could not be sent back as it came is not kept.
    return text if text.isascii() and text.isprintable() and len(text) <= LONGEST_HEADER else ""


def _not_fetched(why: str, at: str = "") -> ListError:
    where = f" (at {at[:300]})" if at else ""
    return ListError(ListCode.NOT_FETCHED, f"The list could not be fetched: {why}{where}.")


def shown_name(url: str, stored: str) -> str:
    """What the fetched file is called in findings: the end of its address, with the ending that its bytes have."""
    last = urlsplit(url).path.rpartition("/")[2] or urlsplit(url).netloc
    ending = Path(stored).suffix
    return last[:100] if last.lower().endswith(ending) or ending == ZIP else f"{last[:100]}{ending}"
