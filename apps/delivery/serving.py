"""From an address to an answer: which stored version, in which representation, or what is said instead.

Everything here asks the database or the disk and runs in a thread. Nothing is written but what a reader ran into.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from apps.aus.models import Au
from apps.delivery.addresses import Asked
from apps.delivery.bodies import Answer, answer_of, note
from apps.delivery.readings import readings
from apps.repository import services as repository
from apps.repository.choices import ArtifactState
from apps.repository.errors import ContentCode, ContentError
from apps.repository.models import Artifact
from apps.repository.values import StoredArtifact

MAX_HOPS = 10


@dataclass(frozen=True, slots=True)
class Moved:
    """The URL led to another one that is held too."""

    url: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The AU, or the URL in it, is not here."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Every version that was asked for is damaged, missing or cannot be read just now."""

    url: str
    version: int
    state: ArtifactState
    # A newer version that is good; 0: there is none.
    newer: int = 0


Outcome = Answer | Moved | Absent | Broken
_STATES = {ContentCode.MISSING: ArtifactState.MISSING, ContentCode.UNREADABLE: ArtifactState.UNREADABLE}


def serve(asked: Asked, given: Mapping[str, str], *, body: bool) -> Outcome:
    """The answer to a GET, or without ``body`` to a HEAD. ``given``: the request's fields, names in lower case."""
    auid = auid_of(asked.slug)
    artifact = _find(auid, asked) if auid else None
    if auid is None or artifact is None:
        return Absent()
    if artifact.suspect:
        return broken(auid, artifact, artifact.state)
    if asked.version is None and (target := target_of(auid, artifact)):
        return Moved(target)
    try:
        return replace(answer_of(artifact, given, body=body), of=artifact)
    except ContentError as error:
        return found_broken(artifact, error)


def held_url(asked: Asked) -> str:
    """The URL under which it is held and good; empty where it is not, which is told here and asked of nobody."""
    auid = auid_of(asked.slug)
    artifact = _find(auid, asked) if auid else None
    return artifact.url if artifact is not None and not artifact.suspect else ""


def found_broken(artifact: StoredArtifact, error: ContentError) -> Broken:
    """The same where it was found out just now; it becomes a row."""
    note(artifact, error)
    return broken(artifact.auid, artifact, _STATES.get(error.code, ArtifactState.DAMAGED))


def broken(auid: str, artifact: StoredArtifact, state: ArtifactState) -> Broken:
    """A version that cannot be shown, and whether a newer one can."""
    best = repository.find_best(auid=auid, url=artifact.url)
    newer = best.version if best is not None and best.version > artifact.version else 0
    return Broken(artifact.url, artifact.version, state, newer)


def auid_of(slug: str) -> str | None:
    """The AUID of an address."""
    known = known_au(slug)
    return known[1] if known else None


def known_au(slug: str) -> tuple[int, str] | None:
    """Number and AUID: which AU an address means never changes; whether it is there may."""
    try:
        return _known_au(slug) if slug else None
    except Au.DoesNotExist:
        return None


@lru_cache(maxsize=10_000)
def _known_au(slug: str) -> tuple[int, str]:
    return Au.objects.values_list("pk", "auid").get(slug=slug)


def _find(auid: str, asked: Asked) -> StoredArtifact | None:
    url = asked.url or _url_of(auid, asked.digest)
    if not url:
        return None
    if asked.version is not None:
        return repository.find(auid=auid, url=url, version=asked.version)
    for name in readings(url):
        versions = repository.history(auid=auid, url=name)
        if versions:
            return next((one for one in versions if not one.suspect), versions[0])
    return None


def _url_of(auid: str, digest: str) -> str | None:
    rows = Artifact.objects.filter(au_key__auid=auid, url_digest=bytes.fromhex(digest), is_current=True)
    return rows.values_list("url", flat=True).first()


def target_of(auid: str, artifact: StoredArtifact) -> str | None:
    """Where the URL led, as far as that is held and good; None for itself, and where the way leads back."""
    seen, current = [artifact.url], artifact
    while current.redirected_to and len(seen) <= MAX_HOPS:
        if current.redirected_to in seen:
            return None
        found = repository.find_best(auid=auid, url=current.redirected_to)
        if found is None:
            break
        seen.append(found.url)
        current = found
    return seen[-1] if len(seen) > 1 else None
