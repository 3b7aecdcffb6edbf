"""What the look-up is asked and what it answers. Frozen; no right is in them beyond the verdicts that they carry."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from apps.lockss.delivery import Access, Named, PublisherFlag, Reader, Surface, Verdict
from apps.repository.values import StoredArtifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, and where."""

    surface: Surface
    reader: Reader = field(default_factory=Reader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """An AU that may be shown to this asker, and what it holds of the URL.

    ``artifact``: the newest version that is not damaged or missing, else the newest (``artifact.suspect``); the very
    version where one was named; None: nothing is held.
    """

    au_pk: int
    slug: str
    auid: str
    name: str
    verdict: Verdict
    publisher: PublisherFlag
    artifact: StoredArtifact | None = None

    @property
    def good(self) -> bool:
        """Whether there are bytes that nothing is known against."""
        return self.artifact is not None and not self.artifact.suspect


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of a URL, as far as this asker may know it: AUs that are hidden from it are in nothing here.

    ``url``: the spelling under which it was found, else the first that was asked for. ``in_au``: it lies in an AU, or
    in the AU that was named. ``stem_held``: it lies on the site of some AU. ``best``: the copy to serve, else the AU
    on whose site it lies; ``others``: further AUs that hold it, in the order of choice.
    """

    url: str
    named: Named = Named.NO
    in_au: bool = False
    stem_held: bool = False
    best: Copy | None = None
    others: tuple[Copy, ...] = ()


def in_place_of(copy: Copy, found: Found) -> list[Copy]:
    """A copy, and the others that may be given where it turns out broken: never one whose publisher comes first in
    place of one that is always given."""
    every = (found.best, *found.others) if found.best else found.others
    free = copy.verdict.access is not Access.OPEN
    return [
        copy,
        *(
            one
            for one in every
            if one is not copy and one.good and (free or one.verdict.access is Access.OPEN)
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An AU as lists of what there is name it. ``whole``: a crawl of it has come to its good end once."""

    au_pk: int
    slug: str
    auid: str
    name: str
    start_urls: tuple[str, ...]
    whole: bool
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Candidates:
    """A page of them in the catalogue's order; ``after``: where the next page begins, None at the end.

    A page may have fewer rows than asked for, or none, although another one follows: so many AUs were passed over.
    """

    rows: tuple[Candidate, ...] = ()
    after: str | None = None

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> Candidate:
        return self.rows[number]
