"""Lines that no title with archival units fits, but one of which the lists name only coverage: known, and not on offer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef, Q

from apps.aus.holdings.near import compared
from apps.lockss.holdings import Entry, HoldingsCode, Note, plain_title, same_publisher
from apps.titles.models import ListedAu, Title
from apps.titles.staging import name_key


def notes_on_known(entries: Sequence[Entry]) -> dict[int, Note]:
    """What is to be said of such lines, by their number; in one look-up for all."""
    if not entries:
        return {}
    issns = {number for entry in entries for number in entry.issns}
    isbns = {number for entry in entries for number in entry.isbns}
    names = {name_key(entry.title) for entry in entries if entry.title}
    wanted = Q(issn__in=issns) | Q(eissn__in=issns) | Q(issn_l__in=issns) | Q(name_key__in=names)
    if isbns:
        wanted |= Q(isbn_keys__overlap=sorted(isbns))
    units = Exists(ListedAu.objects.filter(title=OuterRef("pk")))
    by_key: dict[str, list[Title]] = defaultdict(list)
    for title in compared().only(*_COLUMNS).filter(wanted, ~units, is_known=True).order_by("pk"):
        for key in {title.issn, title.eissn, title.issn_l, *title.isbn_keys, title.name_key} - {""}:
            by_key[key].append(title)
    return {entry.line: _note(found) for entry in entries if (found := _fits(entry, by_key)) is not None}


_COLUMNS = ("name", "name_key", "issn", "eissn", "issn_l", "isbn_keys", "publisher__name")


def _fits(entry: Entry, by_key: dict[str, list[Title]]) -> Title | None:
    """By a number, else by the name and what the line says of the publisher; numbers that differ say no."""
    for number in (*entry.issns, *entry.isbns):
        if by_key[number]:
            return by_key[number][0]
    named: Iterable[Title] = by_key[name_key(entry.title)] if entry.title else ()
    for title in named:
        same = plain_title(title.name) == plain_title(entry.title)
        numbered = entry.issns and (title.issn or title.eissn or title.issn_l)
        if (
            same
            and not numbered
            and (not entry.publisher or same_publisher(entry.publisher, title.publisher.name))
        ):
            return title
    return None


def _note(title: Title) -> Note:
    said = (
        f"The catalogue knows “{title.name}” of {title.publisher.name}, but no archival unit of it is on offer: "
        "the lists name only its coverage."
    )
    return Note(HoldingsCode.NO_UNITS, said)
