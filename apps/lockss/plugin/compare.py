"""What two versions of a definition do differently with one AU and its stored pages: told before the newer one is used."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.lcap.errors import StreamError
from apps.lockss.lcap.hash_stream import StreamLimits, hash_stream
from apps.lockss.plugin.au import AuDefinition
from apps.lockss.plugin.au_make import NoAu
from apps.lockss.plugin.javaclasses import NamedClass
from apps.lockss.urls import name_of

_DECODED = StreamLimits(max_decoded=64 << 20)


class Aspect(StrEnum):
    """In what respect they differ."""

    IDENTITY = "identity"
    UNMADE = "unmade"
    START = "start"
    PERMISSION = "permission"
    STEMS = "stems"
    POLL = "poll"
    RULES = "rules"
    VOTED = "voted"
    NAMES = "names"
    FILTER = "filter"


@dataclass(frozen=True, slots=True)
class Sample:
    """A stored page. ``read`` gives its stored bytes anew each time; None: too long to be tried."""

    url: str
    content_type: str | None = None
    content_encoding: str | None = None
    read: Callable[[], Iterable[bytes]] | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """``subject`` is the page, "" where it is about the whole AU."""

    aspect: Aspect
    subject: str
    before: str
    after: str


def compare(old: AuDefinition, new: AuDefinition | NoAu, samples: Iterable[Sample]) -> Iterator[Difference]:
    """Nothing: for this AU and these pages the newer one does what the older did."""
    if isinstance(new, NoAu):
        said = "; ".join(f"{fault.key}: {fault.message}" for fault in new.faults if fault.fatal)
        yield Difference(Aspect.UNMADE, "", "", said)
        return
    if old.auid != new.auid:
        yield Difference(Aspect.IDENTITY, "", old.auid, new.auid)
    yield from _lists(Aspect.START, old.start_urls, new.start_urls)
    yield from _lists(Aspect.PERMISSION, old.permission_urls, new.permission_urls)
    yield from _lists(Aspect.STEMS, old.stems, new.stems)
    # Without one the plugin's own version counts, which a newer one always changes: that is no news.
    before, after = old.plugin.feature_version("Poll"), new.plugin.feature_version("Poll")
    if before != after:
        yield Difference(Aspect.POLL, "", before or "the plugin's own", after or "the plugin's own")
    for sample in samples:
        yield from _of_page(old, new, sample)


def _lists(aspect: Aspect, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Difference]:
    for url in dict.fromkeys((*before, *after)):
        if (url in before) != (url in after):
            yield Difference(aspect, url, _there(url in before), _there(url in after))


def _there(there: bool) -> str:
    return "there" if there else "not there"


def _of_page(old: AuDefinition, new: AuDefinition, sample: Sample) -> Iterator[Difference]:
    url = sample.url
    before, after = _name(old, url), _name(new, url)
    if before != after:
        yield Difference(Aspect.NAMES, url, before, after)
    inside, still = old.verdict(url).included, new.verdict(url).included
    if inside != still:
        yield Difference(Aspect.RULES, url, _collected(inside), _collected(still))
    voted, still_voted = _vote(old, url), _vote(new, url)
    if voted != still_voted:
        yield Difference(Aspect.VOTED, url, voted, still_voted)
    if old.hash_filter(sample.content_type) is None and new.hash_filter(sample.content_type) is None:
        return
    hashed, again = _filtered(old, sample), _filtered(new, sample)
    if hashed != again:
        yield Difference(Aspect.FILTER, url, hashed, again)


def _name(au: AuDefinition, url: str) -> str:
    return name_of(url, url, au.normalizer) or "no name"


def _collected(inside: bool) -> str:
    return "collected" if inside else "not collected"


def _vote(au: AuDefinition, url: str) -> str:
    if not au.in_polls(url):
        return "not voted on"
    weight = au.weights.of(url)
    return "voted on" if weight == 1.0 else f"voted on, weight {weight:g}"


def _filtered(au: AuDefinition, sample: Sample) -> str:
    """What is left of a page for a vote: the digest behind the hash filter, or which class would be needed."""
    chosen = au.hash_filter(sample.content_type)
    if isinstance(chosen, NamedClass):
        return f"needs {chosen.class_name}"
    if sample.read is None:
        return "unfiltered" if chosen is None else "filtered"
    total = hashlib.sha256()
    try:
        for piece in hash_stream(sample.read(), sample.content_encoding, chosen, _DECODED):
            total.update(piece)
    except StreamError as error:
        return f"cannot be read: {error.code}"
    return f"SHA-256 {total.hexdigest()}"
