"""What the title lists know and this node holds, as candidates for an OpenURL (docs/openurl.md).

An AU that is hidden from the asker looks like one that was never selected: the title list's row stays, without
anything to open. An AU of no list is left out.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import Case, IntegerField, Q, Value, When

from apps.aus.models import Au
from apps.delivery.models import Article
from apps.delivery.services.articles_asked import articles_in, articles_named, candidate_of, one_of_each
from apps.delivery.services.entrances import Place, led_in, places_of, title_pages
from apps.delivery.services.facts import rows_of
from apps.delivery.services.judging import Judged, shown
from apps.delivery.services.kept import kept
from apps.delivery.services.lookup import find
from apps.delivery.services.titles_asked import publishers_named, titles_like, titles_numbered, titles_of
from apps.delivery.values import Asker, Copy
from apps.lockss.openurl import By, Candidate, Kind, LookUp, OpenUrl, asks_for_title
from apps.titles.choices import TitleKind
from apps.titles.models import ListedAu, Title

MOST_AUS = 500
_VOLUME = ("volume_name", "volume", "volume_str")
_YEAR = ("year",)
_ISSUE = ("issue", "issue_name")


@dataclass(slots=True)
class Bibliography:
    """The look-ups for one question; each is made once. Nine queries and those of the verdict, whatever is found."""

    query: OpenUrl
    asker: Asker
    moment: dt.datetime
    shown: dict[str, Copy] = field(default_factory=dict)
    """AUs that may be shown, by the ``au`` of their candidates (the short name)."""
    _kept: dict[LookUp, tuple[Candidate, ...]] = field(default_factory=dict)

    def look_up(self, step: LookUp) -> tuple[Candidate, ...]:
        if step not in self._kept:
            self._kept[step] = tuple(self._looked_up(step))
        return self._kept[step]

    def looked_up(self) -> list[tuple[LookUp, tuple[Candidate, ...]]]:
        """The look-ups that were made, in their order."""
        return list(self._kept.items())

    def _looked_up(self, step: LookUp) -> Iterator[Candidate]:
        match step.by:
            case By.URL:
                yield from self._urls(step.values)
            case By.PUBLISHER:
                for one in publishers_named(step.values[0]):
                    yield Candidate(Kind.PUBLISHER, title=one.name, publisher=one.name, held=False)
            case By.ISSN:
                yield from self._items(articles_in(self.query, step.values))
                yield from self._of_titles(titles_of(step))
            case By.TITLE:
                yield from self._articles_and_titles(titles_of(step))
            case By.LIKE_TITLE:
                # A title of which a number or the whole name is known is not taken for a longer one.
                if not any(self._kept.values()):
                    yield from self._articles_and_titles(titles_like(step))
            case By.ISBN:
                yield from self._items(articles_in(self.query, step.values))
                yield from self._of_isbns(step.values)
            case By.DOI | By.PMID:
                yield from self._items(articles_named(step))

    def _articles_and_titles(self, titles: Sequence[Title]) -> Iterator[Candidate]:
        numbers = [number for title in titles for number in (*_issns(title), *title.isbn_keys)]
        yield from self._items(articles_in(self.query, numbers))
        yield from self._of_titles(titles)

    def _items(self, rows: Sequence[Article]) -> Iterator[Candidate]:
        """One page of each article, in AUs that may be shown."""
        if not rows:
            return
        found = Au.objects.filter(pk__in={row.au_id for row in rows})
        judged = {
            one.row.pk: one for one in shown(rows_of(found), self.asker, kept(self.moment), self.moment)
        }
        here = one_of_each(row for row in rows if row.au_id in judged)
        names = found.values_list("pk", "publisher__name", "title__name") if here else ()
        called = {number: (publisher or "", title or "") for number, publisher, title in names}
        self.shown.update((judged[row.au_id].row.slug, judged[row.au_id].copy()) for row in here)
        for row in here:
            yield candidate_of(row, judged[row.au_id].row.slug, *called[row.au_id])

    def _urls(self, urls: Sequence[str]) -> Iterator[Candidate]:
        for url in urls:
            best = find([url], self.asker, self.moment).best
            if best is not None and best.artifact is not None:
                self.shown[best.slug] = best
                # Compared with the question, so as it was asked for.
                yield Candidate(Kind.URL, au=best.slug, url=url, title=best.name, held=best.good)

    def _of_titles(self, titles: Sequence[Title]) -> Iterator[Candidate]:
        numbers = [title.pk for title in titles]
        units = self._aus(Q(title__in=numbers), numbers)
        own = {one.au: self.shown[one.au] for one in units if one.au in self.shown}
        pages = title_pages(self.query, own) if asks_for_title(self.query) else {}
        for title in titles:
            slug, url = pages.get(title.pk, ("", ""))
            yield replace(_title(title), au=slug, url=url, held=bool(url))
        yield from units

    def _of_isbns(self, isbns: Sequence[str]) -> Iterator[Candidate]:
        keys = list(isbns)
        titles = titles_numbered(isbns)
        yield from map(_title, titles)
        # A series has the numbers of all its books; of them only the one that is asked for.
        books = [title.pk for title in titles if title.kind == TitleKind.BOOK]
        yield from self._aus(Q(isbn_keys__overlap=keys) | Q(title__in=books), books)

    def _aus(self, which: Q, titles: Sequence[int]) -> list[Candidate]:
        listed = list(
            ListedAu.objects.filter(which)
            .select_related("title__publisher", "publisher")
            .order_by(self._nearest(), "title", "first_year", "pk")[:MOST_AUS]
        )
        found = Au.objects.filter(
            Q(listed__in=[one.pk for one in listed]) | Q(listed__isnull=True, title__in=titles)
        )
        judged = shown(
            rows_of(found.order_by("pk")[: 2 * MOST_AUS]), self.asker, kept(self.moment), self.moment
        )
        places = places_of(judged)
        self.shown.update((one.row.slug, one.copy()) for one in judged)
        here = {one.row.listed_id: one for one in judged if one.row.listed_id is not None}
        told = [self._listed(one, here.get(one.pk), places) for one in listed if one.pk in here or one.status]
        bare = self._bare([one for one in judged if one.row.listed_id is None], places)
        return led_in(self.query, [*told, *bare], self.shown)

    def _nearest(self) -> Case:
        """What the question means comes before the rest, of which the last may be left out."""
        cases = []
        if self.query.volume:
            cases.append(When(volume=self.query.volume, then=Value(0)))
        if self.query.year.isascii() and self.query.year.isdigit() and len(self.query.year) == 4:
            year = int(self.query.year)
            cases.append(When(first_year__lte=year, last_year__gte=year, then=Value(1)))
        return Case(*cases, default=Value(2), output_field=IntegerField()) if cases else Value(2)

    def _listed(self, one: ListedAu, own: Judged | None, places: dict[int, Place]) -> Candidate:
        place = places[own.row.pk] if own is not None else Place("", held=False)
        given = {**one.params, **one.other_params}
        return Candidate(
            Kind.AU,
            au=own.row.slug if own is not None else one.slug,
            url=place.url,
            title=one.title.name,
            publisher=one.publisher.name,
            provider=str(one.attributes.get("provider", "")),
            issns=_issns(one.title),
            isbns=_isbns(one),
            year=one.year or _given(given, _YEAR),
            volume=one.volume or _given(given, _VOLUME),
            issue=one.issue or _given(given, _ISSUE),
            is_book=self._is_book(one),
            held=place.held,
        )

    def _is_book(self, one: ListedAu) -> bool:
        return one.title.kind == TitleKind.BOOK or bool(set(one.isbn_keys) & set(self.query.isbns))

    def _bare(self, judged: list[Judged], places: dict[int, Place]) -> Iterator[Candidate]:
        """AUs that no list describes: what their parameters say."""
        if not judged:
            return
        aus = Au.objects.filter(pk__in=[one.row.pk for one in judged]).select_related("title__publisher")
        for au in aus:
            if au.title is None:
                continue
            place = places[au.pk]
            given = {**au.params, **au.other_params}
            yield Candidate(
                Kind.AU,
                au=au.slug,
                url=place.url,
                title=au.title.name,
                publisher=au.title.publisher.name,
                issns=_issns(au.title),
                isbns=tuple(au.title.isbn_keys) if au.title.kind == TitleKind.BOOK else (),
                year=_given(given, _YEAR),
                volume=_given(given, _VOLUME),
                issue=_given(given, _ISSUE),
                is_book=au.title.kind == TitleKind.BOOK,
                held=place.held,
            )


def _title(title: Title) -> Candidate:
    return Candidate(
        Kind.TITLE,
        title=title.name,
        publisher=title.publisher.name,
        issns=_issns(title),
        isbns=tuple(title.isbn_keys),
        is_book=title.kind == TitleKind.BOOK,
        held=False,
    )


def _issns(title: Title) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (title.issn, title.eissn, title.issn_l))))


def _isbns(one: ListedAu) -> tuple[str, ...]:
    own = tuple(one.isbn_keys)
    return own or (tuple(one.title.isbn_keys) if one.title.kind == TitleKind.BOOK else ())


def _given(params: dict[str, object], names: Iterable[str]) -> str:
    return next((str(params[name]) for name in names if params.get(name)), "")
