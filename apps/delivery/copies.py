"""A copy that was decided on, as an answer: moved, rewritten, as it was collected, or what is wrong with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from apps.delivery import pages
from apps.delivery.about import about
from apps.delivery.addresses import Asked, path_of, spell
from apps.delivery.bodies import Answer, answer_of
from apps.delivery.counting import count_content
from apps.delivery.heads import head_of
from apps.delivery.pages import Said
from apps.delivery.request import Request
from apps.delivery.rewriting import Links, Unrewritable, is_rewritten, rewritten
from apps.delivery.rights import is_shared, without_leave
from apps.delivery.rooms import Rooms
from apps.delivery.serving import Broken, broken, found_broken, target_of
from apps.delivery.values import Copy
from apps.lockss.delivery import Stem, stem_of
from apps.lockss.rewrite import ServeContentMap
from apps.repository.errors import ContentError
from apps.repository.values import StoredArtifact

SERVE = "/ServeContent?url="


@dataclass(frozen=True, slots=True)
class Serving:
    """What is to be shown. ``version``: one was named. ``links`` None: nothing is exchanged. ``moves``: the address
    that answers for another URL, where this one led there."""

    copy: Copy
    artifact: StoredArtifact
    version: int | None
    links: Links | None
    moves: Callable[[str], str] | None = None


def serve_copy(wanted: Serving, request: Request) -> Answer | Said:
    """The answer; damage that is found becomes a row and is told."""
    answer = _served(wanted, request)
    if isinstance(answer, Said):
        return answer
    count_content(request, wanted.copy.au_pk, wanted.artifact, wanted.copy.verdict, answer.status)
    if is_shared(request, wanted.copy):
        return answer
    return replace(answer, fields=without_leave(answer.fields))


def is_broken(shown: Answer | Said) -> bool:
    """Whether nothing could be given of a copy because of its bytes."""
    return isinstance(shown, Said) and shown.status in (502, 503)


def first_whole(tries: Iterable[Callable[[], Answer | Said]]) -> Answer | Said:
    """The first copy that is not broken; where all are, what is said of the first."""
    first: Answer | Said | None = None
    for one in tries:
        shown = one()
        if not is_broken(shown):
            return shown
        first = first or shown
    if first is None:
        raise ValueError("no copy to be tried")
    return first


def _served(wanted: Serving, request: Request) -> Answer | Said:
    artifact, slug = wanted.artifact, wanted.copy.slug
    if artifact.suspect:
        return _told(wanted, request, broken(artifact.auid, artifact, artifact.state))
    if wanted.version is None and wanted.moves and (target := target_of(artifact.auid, artifact)):
        return pages.moved(wanted.moves(target))
    try:
        if wanted.links is None or not is_rewritten(artifact.content_type):
            return answer_of(artifact, request.given, body=request.wants_body)
        found = rewritten(artifact, request.given, wanted.links, body=request.wants_body)
    except ContentError as error:
        return _told(wanted, request, found_broken(artifact, error))
    if isinstance(found, Unrewritable):
        key = request.key if request.proof else ""
        return pages.unrewritable(artifact.url, path_of(slug, artifact.version, spell(artifact.url), key=key))
    return found


def _told(wanted: Serving, request: Request, found: Broken) -> Said:
    copy, key = wanted.copy, request.key if request.proof else ""
    asked = Asked(copy.slug, wanted.version, wanted.artifact.url)
    return pages.broken(asked, found, key, about(request, copy.au_pk, copy.slug, found.url))


def serve_links(copy: Copy, rooms: Rooms, before: str, line: bytes = b"") -> Links:
    """Links of a page of an AU, as ``ServeContent`` has them: within its sites, and whatever a page loads.

    What a page loads from elsewhere leads here whether it is held or not: the fence would not let it out, and so
    nobody learns from a link what the node holds.
    """
    urls = [*rooms.stems_of(copy.au_pk), *([copy.artifact.url] if copy.artifact else [])]
    stems = tuple(sorted({stem.text for url in urls if isinstance(stem := stem_of(url), Stem)}))

    def make(front: str) -> ServeContentMap:
        return ServeContentMap(stems, prefix=f"{front}{SERVE}", held=lambda _origin: True)

    return Links(("serve", *stems), make, before, line)


def last_modified_of(artifact: StoredArtifact) -> str | None:
    """The publisher's own date of our copy; None where it cannot be read."""
    try:
        head = head_of(artifact)
    except ContentError:
        return None
    return head.first("last-modified") if head else None
