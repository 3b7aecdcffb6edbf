"""The node as a CDX server: the versions of a URL, or of all URLs of one AU that begin alike."""

from collections.abc import Callable, Iterator
from itertools import islice

from apps.delivery.bodies import Answer
from apps.delivery.headers import ALWAYS
from apps.delivery.pages import Said
from apps.delivery.serving import auid_of
from apps.delivery.values import Copy
from apps.lockss.cdx import (
    MEDIA_TYPES,
    MOST_LINES,
    CdxError,
    CdxQuery,
    CdxRecord,
    Match,
    answer,
    parse_cdx_query,
    same_page,
)
from apps.repository import services as repository
from apps.repository.values import StoredArtifact

Listed = Callable[[str], list[tuple[Copy, StoredArtifact]]]
PAGE = 500


def cdx_answer(query: str, listed: Listed, slug: str | None, *, body: bool) -> Answer | Said:
    """``listed`` gives the versions of a URL that the reader may see; ``slug``: the collection is that AU."""
    asked = parse_cdx_query(query, one_au=slug is not None)
    if isinstance(asked, CdxError):
        return Said(400, _words(asked), plain=True)
    records = _of_prefix(asked, listed, slug) if asked.match is Match.PREFIX else _exact(asked, listed)
    # Not for pages of other hosts: what a reader's address opens is not theirs.
    fields = [*ALWAYS, ("Content-Type", f"{MEDIA_TYPES[asked.output]}; charset=utf-8")]
    lines = (line.encode() for line in answer(asked, records))
    return Answer(200, fields, lines if body else b"")


def record_of(artifact: StoredArtifact) -> CdxRecord:
    """Without a file name: a remote pywb would look for the file instead of asking the node."""
    return CdxRecord(
        artifact.url,
        artifact.collected_at,
        artifact.content_type.partition(";")[0].strip().lower() or "unk",
        artifact.status or 200,
        artifact.sha256.hex(),
        artifact.size,
    )


def _exact(asked: CdxQuery, listed: Listed) -> Iterator[CdxRecord]:
    """Under all spellings that are one page to a CDX server."""
    found = {
        (artifact.auid, artifact.url, artifact.version): artifact
        for url in same_page(asked.url)
        for _copy, artifact in listed(url)
    }
    for artifact in sorted(found.values(), key=lambda one: (one.collected_at, one.auid, one.version)):
        yield record_of(artifact)


def _of_prefix(asked: CdxQuery, listed: Listed, slug: str | None) -> Iterator[CdxRecord]:
    auid = auid_of(slug or "")
    if auid is None:
        return
    yield from islice(_pages(auid, asked.url, listed), MOST_LINES)


def _pages(auid: str, prefix: str, listed: Listed) -> Iterator[CdxRecord]:
    after = ""
    while True:
        some = repository.page(auid=auid, after=after, limit=PAGE, starts=prefix)
        for one in some:
            found = listed(one.url)
            if not found:
                # Of an AU that may not be shown nothing is looked at further.
                return
            yield from (record_of(artifact) for _copy, artifact in found)
        if len(some) < PAGE:
            return
        after = some[-1].url


def _words(error: CdxError) -> str:
    expected = f" Expected: {', '.join(error.expected)}." if error.expected else ""
    found = "".join(sign if sign.isprintable() else "?" for sign in error.found)
    return f"{error.code}: parameter {error.parameter}, found: {found!r}.{expected}"
