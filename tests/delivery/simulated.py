"""The look-ups without rules in the database: verdicts as a test says, holdings from the store."""

from dataclasses import dataclass, field

from apps.aus.models import Au
from apps.delivery.readings import readings
from apps.delivery.resolving import Answered
from apps.delivery.values import Asker, Candidate, Candidates, Copy, Found
from apps.lockss.delivery import (
    Access,
    Named,
    PublisherFlag,
    Reader,
    Reason,
    Stem,
    Surface,
    Verdict,
    stem_of,
)
from apps.lockss.openurl import Candidate as OpenUrlCandidate
from apps.lockss.openurl import Kind, Level
from apps.repository import services as repository

# Free: so that links of pages have no pass in them.
OPEN = Verdict(Access.OPEN, Reason.OPEN_ACCESS, free=True)
GRAY = Verdict(Access.GRAY, Reason.GRAY, free=True)
LIGHT = Verdict(Access.OPEN, Reason.LIGHT)
HIDDEN = Verdict(Access.HIDDEN, Reason.DARK)


@dataclass
class SimulatedRooms:
    """``policies``: the verdict for own readers, by AUID; who is none of them sees what is in ``openly`` alone.

    Own readers are known by a role, or by an address in ``addresses``.
    """

    policies: dict[str, Verdict] = field(default_factory=dict)
    openly: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    sites: dict[str, tuple[str, ...]] = field(default_factory=dict)
    starts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    flags: dict[str, PublisherFlag] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    resolved: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, object]] = field(default_factory=list)

    def asker_of(self, surface, address, *, roles=(), auditor=False) -> Asker:
        return Asker(surface=surface, reader=Reader(address, frozenset(roles), None, auditor))

    def _verdict(self, asker: Asker, auid: str) -> Verdict:
        if asker.surface is Surface.AUDIT and asker.reader.auditor:
            return Verdict(Access.OPEN, Reason.AUDITOR, free=True)
        own = asker.reader.roles or asker.reader.address in self.addresses
        return self.policies.get(auid, HIDDEN) if own or auid in self.openly else HIDDEN

    def _copy(self, asker: Asker, au: Au, artifact=None) -> Copy:
        return Copy(
            au_pk=au.pk,
            slug=au.slug,
            auid=au.auid,
            name=au.name,
            verdict=self._verdict(asker, au.auid),
            publisher=self.flags.get(au.auid, PublisherFlag.UP),
            artifact=artifact,
        )

    def _shown(self, asker: Asker) -> list[Au]:
        return [au for au in Au.objects.order_by("auid") if self._verdict(asker, au.auid).listed]

    def find(self, spellings, asker, moment, *, auid=None, version=None, referer="") -> Found:
        self.asked.append(("find", asker))
        aus, named = self._shown(asker), Named.NO
        if auid is not None:
            aus = [au for au in aus if auid in (au.auid, au.slug)]
            if not aus:
                return Found(url=spellings[0], named=Named.UNKNOWN)
            named = Named.KNOWN
        for spelling in spellings:
            copies = [
                self._copy(asker, au, artifact) for au in aus if (artifact := _held(au, spelling, version))
            ]
            if copies:
                copies.sort(key=lambda copy: not copy.good)
                return Found(
                    url=spelling,
                    named=named,
                    in_au=True,
                    stem_held=True,
                    best=copies[0],
                    others=tuple(copies[1:]),
                )
        for au in aus:
            if _stem(spellings[0]) in {_stem(site) for site in self.sites.get(au.auid, ())}:
                return Found(
                    url=spellings[0], named=named, in_au=True, stem_held=True, best=self._copy(asker, au)
                )
        return Found(url=spellings[0], named=named)

    def versions(self, url, asker, moment, *, slug=None, group=None):
        aus = [au for au in self._shown(asker) if slug in (None, au.slug)]
        if group is not None:
            aus = [au for au in aus if au.auid in self.groups.get(group, ())]
        for name in readings(url):
            found = [
                (self._copy(asker, au, one), one)
                for au in aus
                for one in repository.history(auid=au.auid, url=name)
                if not one.suspect
            ]
            if found:
                return sorted(found, key=lambda pair: (pair[1].collected_at, pair[0].auid, pair[1].version))
        return []

    def candidates(
        self, asker, moment, *, url="", search="", after=None, limit=50, descending=False
    ) -> Candidates:
        aus = sorted(self._shown(asker), key=lambda au: (au.name_key, au.pk), reverse=descending)
        if url:
            aus = [au for au in aus if _stem(url) in {_stem(site) for site in self.sites.get(au.auid, ())}]
        aus = [
            au
            for au in aus
            if search.lower() in au.name_key and _is_behind(au.name_key, after, descending=descending)
        ]
        rows = tuple(
            Candidate(
                au_pk=au.pk,
                slug=au.slug,
                auid=au.auid,
                name=au.name,
                start_urls=self.starts.get(au.auid, ()),
                whole=False,
                verdict=self._verdict(asker, au.auid),
            )
            for au in aus[:limit]
        )
        return Candidates(rows, aus[limit - 1].name_key if len(aus) > limit else None)

    def verdicts(self, asker, au_pks, moment) -> dict[int, Verdict]:
        return {au.pk: self._verdict(asker, au.auid) for au in Au.objects.filter(pk__in=list(au_pks))}

    def stems_of(self, au_pk: int) -> tuple[str, ...]:
        return self.sites.get(Au.objects.get(pk=au_pk).auid, ())

    def starts_of(self, auid: str) -> tuple[str, ...]:
        return self.starts.get(auid, ())

    def resolve(self, asked, asker, moment) -> Answered:
        """A DOI as the test says; a URL to whoever holds it."""
        for url in [*(self.resolved[doi] for doi in asked.dois if doi in self.resolved), *asked.urls]:
            best = self.find([url], asker, moment).best
            if url in self.resolved.values() or (best is not None and best.artifact is not None):
                one = OpenUrlCandidate(Kind.URL, au=best.slug if best else "", url=url)
                return Answered(Level.OTHER, one, (one,), shown={best.slug: best} if best else {})
        return Answered()

    def is_group(self, name: str) -> bool:
        return name in self.groups


def _held(au: Au, url: str, version: int | None):
    for name in readings(url):
        kept = repository.history(auid=au.auid, url=name)
        if version is not None:
            kept = [one for one in kept if one.version == version]
        if kept:
            return next((one for one in kept if not one.suspect), kept[0])
    return None


def _stem(url: str) -> str:
    found = stem_of(url)
    return found.text if isinstance(found, Stem) else ""


def _is_behind(name: str, after: str | None, *, descending: bool) -> bool:
    return after is None or (name < after if descending else name > after)
