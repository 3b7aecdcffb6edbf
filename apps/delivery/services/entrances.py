"""At which page an AU or a whole title is opened, where no page of an article is known (docs/openurl.md)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from apps.aus.definitions import Unmade, definitions_of
from apps.aus.models import Au
from apps.delivery.models import StemReading
from apps.delivery.readings import readings
from apps.delivery.services.judging import Judged
from apps.delivery.values import Copy
from apps.lockss.delivery import Access, PublisherFlag
from apps.lockss.openurl import Candidate, Level, OpenUrl, Target, choose, title_targets, unit_targets
from apps.lockss.plugin.au import AuDefinition
from apps.repository.models import UrlHolder
from apps.repository.names import url_digest

# AUs whose definitions are made for one question: each costs some milliseconds.
MOST_MADE = 20


@dataclass(frozen=True, slots=True)
class Place:
    url: str
    held: bool


def places_of(judged: Sequence[Judged]) -> dict[int, Place]:
    """Where each AU starts: at its first start URL that is held, else its first if the publisher may be asked for it,
    else nowhere."""
    numbers = [one.row.pk for one in judged]
    starts = dict(StemReading.objects.filter(au__in=numbers).values_list("au", "start_urls"))
    held = _Held.of(starts)
    found = {}
    for one in judged:
        number, urls = one.row.pk, starts.get(one.row.pk) or []
        here = next((url for url in urls if held.by(number, url)), "")
        asks = one.verdict.access is Access.GRAY and one.facts.publisher is PublisherFlag.UP
        found[number] = Place(here or (urls[0] if urls and asks else ""), bool(here))
    return found


def led_in(query: OpenUrl, candidates: Sequence[Candidate], shown: Mapping[str, Copy]) -> list[Candidate]:
    """The same candidates; those that hold what is meant lead to the best page of it that they hold.

    Three queries and those for the definitions; of more than ``MOST_MADE`` that fit the rest stay at their start.
    """
    meant = [one for one in candidates if one.au in shown and _is_meant(query, one)][:MOST_MADE]
    made = _made(shown[one.au].au_pk for one in meant)
    targets = {number: unit_targets(query, each[1]) for number, each in made.items()}
    held = _Held.of({number: [one.url for one in some] for number, some in targets.items()})
    better = {}
    for one in meant:
        number = shown[one.au].au_pk
        own = targets.get(number, ())
        better[one] = _led(query, one, own, next((each for each in own if held.by(number, each.url)), None))
    return [better.get(one, one) for one in candidates]


def title_pages(query: OpenUrl, shown: Mapping[str, Copy]) -> dict[int, tuple[str, str]]:
    """By title: the short name of the AU, the youngest first, that holds the page of the whole title, and its URL."""
    made = _made(copy.au_pk for copy in shown.values())
    targets = {number: [one.url for one in title_targets(query, each[1])] for number, each in made.items()}
    held = _Held.of(targets)
    found: dict[int, tuple[str, str]] = {}
    for number, urls in targets.items():
        au = made[number][0]
        here = next((url for url in urls if held.by(number, url)), "")
        if here and au.title_id is not None:
            found.setdefault(au.title_id, (au.slug, here))
    return found


def _is_meant(query: OpenUrl, one: Candidate) -> bool:
    return choose(query, [one]).level in (Level.ISSUE, Level.VOLUME)


def _led(query: OpenUrl, one: Candidate, targets: Sequence[Target], held: Target | None) -> Candidate:
    if held is None:
        # Only its publisher has it: the page that will be asked for may be a manifest, too.
        return replace(one, manifest=any(each.manifest and each.url == one.url for each in targets))
    issue = query.issue if held.level is Level.ISSUE and not one.issue else one.issue
    return replace(one, url=held.url, held=True, issue=issue, manifest=held.manifest)


def _made(numbers: Iterable[int]) -> dict[int, tuple[Au, AuDefinition]]:
    """AUs with their definitions, the youngest first; those without one are left out."""
    wanted = list(numbers)
    if not wanted:
        return {}
    rows = Au.objects.filter(pk__in=wanted).select_related("listed").order_by("-listed__last_year", "-pk")
    aus = {au.pk: au for au in rows[:MOST_MADE]}
    return {
        number: (aus[number], made)
        for number, made in definitions_of(aus.values()).items()
        if not isinstance(made, Unmade)
    }


@dataclass(frozen=True, slots=True)
class _Held:
    names: Mapping[str, Sequence[bytes]]
    rows: frozenset[tuple[int, bytes]]

    @classmethod
    def of(cls, urls: Mapping[int, Iterable[str]]) -> "_Held":
        """One query for the URLs of all these AUs; none where there are none."""
        every = {url for some in urls.values() for url in some}
        names = {url: [url_digest(name) for name in readings(url)] for url in every}
        some = {digest for digests in names.values() for digest in digests}
        if not some:
            return cls(names, frozenset())
        rows = UrlHolder.objects.filter(url_digest__in=some, au_key__in=list(urls))
        return cls(
            names, frozenset((au, bytes(digest)) for au, digest in rows.values_list("au_key", "url_digest"))
        )

    def by(self, au: int, url: str) -> bool:
        return any((au, name) in self.rows for name in self.names[url])
