"""Who holds a URL, as far as this asker may know it (delivery §1; docs/delivery.md).

AUs that are hidden from the asker are passed over before anything is chosen: a hidden AU is in no answer of this
module, neither by name nor by what it makes of the others. Holders are tried in this order: a copy that nothing is
known against, then a damaged one; the AU that the Referer names; the lowest AUID.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from django.db.models import Q

from apps.aus.models import Au
from apps.delivery.readings import readings
from apps.delivery.services.facts import AuRow, rows_of
from apps.delivery.services.holders import holders_from
from apps.delivery.services.judging import Judged, judge, shown, who
from apps.delivery.services.kept import Kept, fresh, kept
from apps.delivery.services.listing import candidates, versions
from apps.delivery.services.sites import first_on_site, lies_on, stem_text
from apps.delivery.values import Asker, Copy, Found
from apps.lockss.delivery import Named, Verdict
from apps.repository import services as repository
from apps.repository.models import UrlHolder
from apps.repository.names import au_slug, url_digest
from apps.repository.values import StoredArtifact

__all__ = ["candidates", "find", "remembered", "verdicts", "versions"]

# Holders that are looked at together; a style sheet of a platform may have ten thousand.
TOGETHER = 200
# Of these, versions are read together.
FEW = 20
_SLUG = re.compile(r"[0-9a-f]{20}", re.ASCII)
_DIGEST = re.compile(r"@([0-9a-f]{64})", re.ASCII)
_IN_PATH = re.compile(r"/(?:au-)?([0-9a-f]{20})(?=/|$)", re.ASCII)
_IN_QUERY = re.compile(r"[?&]auid=([^&#]+)")


def find(
    spellings: Sequence[str],
    asker: Asker,
    moment: dt.datetime,
    *,
    auid: str | None = None,
    version: int | None = None,
    referer: str = "",
) -> Found:
    """Who holds a URL under the first of these spellings that anybody holds it under; four queries once warm.

    A spelling is a URL, or ``@`` and the hex of its SHA-256. ``auid``: the one AU that may answer, by its AUID or the
    short name of addresses; ``version``: that version or nothing. ``moment`` is aware. Asks the database: in threads.
    """
    held, page = kept(moment), referred(referer)
    search = _Search(asker, moment, held, version, page)
    return held.answers.get(
        _key(spellings, auid, version, page, asker, held),
        lambda: _found(search, spellings, auid),
        worth=lambda found: len(found.others) <= FEW,
    )


def remembered(
    spellings: Sequence[str],
    asker: Asker,
    moment: dt.datetime,
    *,
    auid: str | None = None,
    referer: str = "",
) -> Found | None:
    """The same where it was found a moment ago, without a question to the database; else None."""
    held = fresh(moment)
    if held is None or not held.whole:
        return None
    found = held.answers.peek(_key(spellings, auid, None, referred(referer), asker, held))
    return found if isinstance(found, Found) else None


def _key(
    spellings: Sequence[str], auid: str | None, version: int | None, page: str, asker: Asker, held: Kept
) -> tuple[object, ...]:
    return "find", tuple(spellings), auid, version, page, who(asker, held)


def _found(search: "_Search", spellings: Sequence[str], auid: str | None) -> Found:
    first = spellings[0] if spellings else ""
    names = _names(spellings)
    if auid is None:
        holding = search.holding(names)
        if holding is not None:
            return search.told(holding, first)
        return search.on_site(spellings, first)
    named = search.named(auid)
    if named is None:
        return Found(url=first, named=Named.UNKNOWN)
    holding = search.holding(names, only=named)
    if holding is not None:
        return search.told(holding, first, Named.KNOWN)
    return search.in_named(named, spellings, first)


def verdicts(asker: Asker, au_pks: Iterable[int], moment: dt.datetime) -> dict[int, Verdict]:
    """By AU; numbers that are no AU's are left out. Nine queries at most, however many they are."""
    held = kept(moment)
    rows = rows_of(Au.objects.filter(pk__in=list(au_pks)))
    return {one.row.pk: one.verdict for one in judge(rows, asker, held, moment)}


def referred(referer: str) -> str:
    """The short name of the AU that a page's address names; empty where it names none."""
    asked = _IN_QUERY.search(referer)
    if asked is not None:
        name = unquote(asked[1], errors="replace")
        return name if _SLUG.fullmatch(name) else au_slug(name)
    found = _IN_PATH.search(referer)
    return "" if found is None else found[1]


@dataclass(frozen=True, slots=True)
class _Name:
    """One name that a URL may be stored under, and the spelling that it is of."""

    spelling: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class _Holding:
    name: _Name
    copies: tuple[Copy, ...]


def _names(spellings: Sequence[str]) -> list[_Name]:
    """In the order in which they are tried, each once."""
    found: dict[bytes, _Name] = {}
    for spelling in spellings:
        by_digest = _DIGEST.fullmatch(spelling)
        if by_digest is not None:
            digest = bytes.fromhex(by_digest[1])
            found.setdefault(digest, _Name(spelling, digest))
        elif _speakable(spelling):
            for name in readings(spelling):
                digest = url_digest(name)
                found.setdefault(digest, _Name(spelling, digest))
    return list(found.values())


def _speakable(text: str) -> bool:
    """Whether it can be a stored name at all."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


@dataclass(frozen=True, slots=True)
class _Search:
    asker: Asker
    moment: dt.datetime
    held: Kept
    version: int | None
    referred: str

    def named(self, auid: str) -> Judged | None:
        """The AU of this name, if it may be shown."""
        if not _speakable(auid):
            return None
        by_name = Q(slug=auid) if _SLUG.fullmatch(auid) else Q(auid=auid)
        found = shown(rows_of(Au.objects.filter(by_name)), self.asker, self.held, self.moment)
        return found[0] if found else None

    def holding(self, names: Sequence[_Name], *, only: Judged | None = None) -> _Holding | None:
        """The copies under the first name that is held, the one to serve first."""
        if only is not None:
            holders = self._of_one(names, only)
        else:
            holders = self._of_all(names)
        worse: _Holding | None = None
        for name, some in holders:
            if worse is not None and name != worse.name:
                continue
            copies = self._copies(name, some)
            if copies and copies[0].good:
                return _Holding(name, copies)
            if copies and worse is None:
                worse = _Holding(name, copies)
        return worse

    def told(self, holding: _Holding, first: str, named: Named = Named.NO) -> Found:
        best, *others = holding.copies
        return Found(
            url=_url_of(holding.name, best, first),
            named=named,
            in_au=True,
            stem_held=True,
            best=best,
            others=tuple(others),
        )

    def on_site(self, spellings: Sequence[str], first: str) -> Found:
        """Nobody holds it: the AU on whose site it lies."""
        for stem in _stems(spellings):
            found = first_on_site(stem, self.asker, self.held, self.moment)
            if found is not None:
                return Found(url=first, in_au=True, stem_held=True, best=found.copy())
        return Found(url=first)

    def in_named(self, named: Judged, spellings: Sequence[str], first: str) -> Found:
        stems = _stems(spellings)
        if any(lies_on(named.row.pk, stem) for stem in stems[:1]):
            return Found(url=first, named=Named.KNOWN, in_au=True, stem_held=True, best=named.copy())
        elsewhere = self.on_site(spellings, first)
        return Found(url=first, named=Named.KNOWN, stem_held=elsewhere.stem_held)

    def _of_one(self, names: Sequence[_Name], only: Judged) -> Iterator[tuple[_Name, list[Judged]]]:
        rows = UrlHolder.objects.filter(url_digest__in=[name.digest for name in names], au_key=only.row.pk)
        there = {bytes(digest) for digest in rows.values_list("url_digest", flat=True)}
        yield from ((name, [only]) for name in names if name.digest in there)

    def _of_all(self, names: Sequence[_Name]) -> Iterator[tuple[_Name, list[Judged]]]:
        """Holders that may be shown, in groups: names in their order, and for each its AUs in theirs."""
        if not names:
            return
        start = 0
        while True:
            found = holders_from([name.digest for name in names], self.referred, start, TOGETHER)
            by_digest: dict[bytes, list[AuRow]] = {}
            for digest, row in found:
                by_digest.setdefault(digest, []).append(row)
            for name in names:
                some = shown(by_digest.get(name.digest, ()), self.asker, self.held, self.moment)
                for at in range(0, len(some), FEW):
                    yield name, some[at : at + FEW]
            if len(found) < TOGETHER:
                return
            start += TOGETHER

    def _copies(self, name: _Name, holders: list[Judged]) -> tuple[Copy, ...]:
        """Good copies before damaged ones, each as the holders stand."""
        kept_here = repository.histories(keys=[one.row.pk for one in holders], digest=name.digest)
        found = [
            one.copy(artifact)
            for one in holders
            if (artifact := self._chosen(kept_here.get(one.row.auid, []))) is not None
        ]
        return tuple(sorted(found, key=lambda copy: not copy.good))

    def _chosen(self, history: list[StoredArtifact]) -> StoredArtifact | None:
        if self.version is not None:
            return next((one for one in history if one.version == self.version), None)
        return next((one for one in history if not one.suspect), history[0] if history else None)


def _url_of(name: _Name, best: Copy, first: str) -> str:
    if _DIGEST.fullmatch(name.spelling) and best.artifact is not None:
        return best.artifact.url
    return name.spelling or first


def _stems(spellings: Sequence[str]) -> list[str]:
    found = [stem_text(spelling) for spelling in spellings if _speakable(spelling)]
    return list(dict.fromkeys(text for text in found if text))
