"""The lists of the catalogue: titles, publishers, AUs on offer; and what came of acts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.choices import AuState
from apps.aus.filters import (
    PublisherNamed,
    by_availability,
    find_aus,
    find_own_titles,
    find_publishers,
    find_titles,
    find_units,
)
from apps.aus.models import Au
from apps.aus.remarks import best_titles, instead_of_titles, on_numbers, on_titles
from apps.aus.scopes import (
    HERE,
    NOT_HERE,
    STOPPED,
    InList,
    InSet,
    Platform,
    Years,
    by_selection,
    titles_by_selection,
)
from apps.aus.standing import Said, standing_of
from apps.aus.words import HERE as HERE_WORD
from apps.aus.words import STOPPED as STOPPED_WORD
from apps.common.display import count_text
from apps.common.lists import Cell, Choice, Column, Search, Table, cells
from apps.common.lists.query import Query
from apps.common.pages import Action, Empty
from apps.common.worded import once_per_language
from apps.titles.choices import Availability, TitleKind
from apps.titles.lists import of_status
from apps.titles.lists_orders import numbered
from apps.titles.models import ListedAu, Publisher, Title, TitleCoverage


def title_noun(number: int) -> str:
    return ngettext("title", "titles", number)


def au_noun(number: int) -> str:
    return ngettext("archival unit", "archival units", number)


def selected_by(field: str, ids: Iterable[int]) -> dict[int, int]:
    """How many AUs are selected here, by title or publisher."""
    rows = Au.objects.filter(state=AuState.SELECTED, **{f"{field}__in": list(ids)})
    return dict(rows.order_by().values_list(field).annotate(number=Count("pk")))


@dataclass(frozen=True, slots=True)
class _Counted:
    """A title or publisher and how many of its AUs are selected here."""

    row: Title | Publisher
    here: int
    note: str = ""


def with_counts(rows: list[Title]) -> Iterable[_Counted]:
    here = selected_by("title_id", (row.pk for row in rows))
    notes = unnamed(rows)
    return [_Counted(row, here.get(row.pk, 0), notes.get(row.pk, "")) for row in rows]


def unnamed(rows: Iterable[Title]) -> dict[int, str]:
    """What is said, by number, of titles of which no list names a unit."""
    ids = {row.pk for row in rows if not row.au_count}
    if not ids:
        return {}
    covered = TitleCoverage.objects.filter(title__in=ids, retired_at=None)
    told = set(covered.order_by().values_list("title_id", flat=True).distinct())
    only, gone = gettext("only coverage, no units"), gettext("no longer named by a list")
    return {pk: only if pk in told else gone for pk in ids}


def _publishers(rows: list[Publisher]) -> Iterable[_Counted]:
    here = selected_by("publisher_id", (row.pk for row in rows))
    return [_Counted(row, here.get(row.pk, 0)) for row in rows]


def _here(counted: _Counted) -> Cell:
    if not counted.here:
        return Cell(cells.text("–").html, 0)
    return Cell(cells.text(count_text(counted.here)).html, counted.here)


def _offered(counted: _Counted) -> Cell:
    shown = cells.text(count_text(counted.row.au_count), counted.note)
    return Cell(shown.html, counted.row.au_count)


@once_per_language
def _labels(texts: tuple[Promise, ...]) -> tuple[str, ...]:
    return tuple(str(text) for text in texts)


@once_per_language
def _kind(kind: TitleKind) -> str:
    return str(kind.label)


_KINDS = {str(kind.value): kind for kind in TitleKind}
_NUMBERS = (_("ISSN"), _("eISSN"), _("ISSN-L"))


def issns(title: Title) -> str:
    """``ISSN 1234-5678 · eISSN 2345-6789``"""
    numbers = zip(_labels(_NUMBERS), (title.issn, title.eissn, title.issn_l), strict=True)
    return " · ".join(f"{label} {number}" for label, number in numbers if number)


def kind_said(title: Title) -> str:
    """Empty where nobody said it: lists mean a journal by saying nothing, and photo collections say nothing too."""
    if title.kind == TitleKind.JOURNAL and not (title.issn or title.eissn or title.issn_l):
        return ""
    known = _KINDS.get(title.kind)
    return _kind(known) if known is not None else str(title.kind)


_TITLE = Column(
    "name",
    _("Title"),
    lambda c: cells.link(c.row.name, f"/titles/{c.row.pk}/", issns(c.row)),
    sort="name_key",
)
_OFFERED = Column("aus", _("Units"), _offered, numeric=True)
_SELECTED = Column("here", _("Selected"), _here, numeric=True)
_KIND = Column("kind", _("Kind"), lambda c: kind_said(c.row) or "–", priority=3)
_NOTHING = Empty(
    _("The catalogue is empty"),
    _("Titles come from the title lists of a network. Read one to see what can be preserved."),
    Action(_("To the title lists"), "/lists/"),
)


# Which titles or units a list is about; the same words mean the same wherever they stand in an address.
PUBLISHER = PublisherNamed("publisher", _("Publisher"))
PLATFORM = Platform("platform", _("Plugin"))
LIST = InList("list", _("Title list"))
SET = InSet("set", _("Title set"))
YEARS = Years("years", _("Years"))
_HERE_OPTIONS = [(HERE, _("selected")), (NOT_HERE, _("not selected")), (STOPPED, _("deactivated"))]


def _all_titles(query: Query) -> int | None:
    """Of all of them there is a sum."""
    if query.filters:
        return None
    return Publisher.objects.aggregate(number=Sum("title_count"))["number"] or 0


def _all_units(query: Query) -> int | None:
    if query.filters:
        return None
    return Publisher.objects.aggregate(number=Sum("au_count"))["number"] or 0


TITLES = Table(
    name="titles",
    caption=_("Titles"),
    columns=(
        _TITLE,
        Column(
            "publisher",
            _("Publisher"),
            lambda c: cells.link(c.row.publisher.name, f"/publishers/{c.row.publisher_id}/"),
            priority=2,
        ),
        _KIND,
        _OFFERED,
        _SELECTED,
    ),
    besides=numbered(lambda c: c.row),
    filters=(
        PUBLISHER,
        PLATFORM,
        YEARS,
        Choice("here", _("Here"), "", _HERE_OPTIONS, how=titles_by_selection),
        LIST,
        SET,
    ),
    search=Search(label=_("Title, ISSN, ISBN or publisher"), how=find_titles),
    sort="name",
    prepare=with_counts,
    count=_all_titles,
    remark=on_titles,
    best=best_titles,
    instead=instead_of_titles,
    noun=title_noun,
    empty=_NOTHING,
)
TITLES_OF_PUBLISHER = Table(
    name="titles",
    caption=_("Titles of the publisher"),
    columns=(_TITLE, _KIND, _OFFERED, _SELECTED),
    besides=numbered(lambda c: c.row),
    filters=(
        PLATFORM,
        YEARS,
        Choice("here", _("Here"), "", _HERE_OPTIONS, how=titles_by_selection),
    ),
    search=Search(label=_("Title, ISSN or ISBN"), how=find_own_titles),
    sort="name",
    prepare=with_counts,
    remark=on_numbers,
    noun=title_noun,
)
PUBLISHERS = Table(
    name="publishers",
    caption=_("Publishers"),
    columns=(
        Column(
            "name",
            _("Publisher"),
            lambda c: cells.link(c.row.name, f"/publishers/{c.row.pk}/"),
            sort="name_key",
        ),
        Column("titles", _("Titles"), lambda c: cells.count(c.row.title_count), numeric=True, priority=2),
        Column(
            "aus",
            _("Units"),
            lambda c: cells.count(c.row.au_count, f"/publishers/{c.row.pk}/aus/"),
            numeric=True,
        ),
        _SELECTED,
    ),
    search=Search(label=_("Publisher"), how=find_publishers),
    sort="name",
    prepare=_publishers,
    noun=lambda n: ngettext("publisher", "publishers", n),
    empty=_NOTHING,
)


@dataclass(frozen=True, slots=True)
class _Offered:
    """``standing``: how what is selected here stands, in a word or two."""

    row: ListedAu
    au: Au | None
    standing: Said | None = None


def with_selection(rows: list[ListedAu]) -> Iterable[_Offered]:
    here = {au.listed_id: au for au in Au.objects.filter(listed__in=rows).only("slug", "state", "listed_id")}
    selected = [au.pk for au in here.values() if au.state == AuState.SELECTED]
    standing = standing_of(selected) if selected else {}
    return [
        _Offered(row, au, standing.get(au.pk) if au else None) for row in rows for au in [here.get(row.pk)]
    ]


def _au(offered: _Offered) -> Cell:
    return cells.link(offered.row.name, f"/titles/au/{offered.row.slug}/")


def _state(offered: _Offered) -> Cell:
    if offered.au is None:
        return Cell(cells.text("–").html, "")
    return state_of(offered.au, offered.standing)


def state_of(au: Au, standing: Said | None = None) -> Cell:
    """How it stands, leading to the AU's own page, and that it was chosen; that alone where nothing more is known."""
    word = HERE_WORD if au.state == AuState.SELECTED else STOPPED_WORD
    said, address = str(word.label), f"/aus/{au.slug}/"
    if standing is None:
        return cells.toned(word.tone, said, href=address)
    tone, how = standing
    # Files name what was chosen, as before.
    return Cell(cells.toned(tone, how, said, href=address).html, said)


AU_COLUMNS = (
    Column("name", _("Archival unit"), _au, sort="name_key"),
    Column("year", _("Year"), lambda o: cells.text(o.row.year), sort="first_year", numeric=True, priority=2),
    Column("volume", _("Volume"), lambda o: cells.text(o.row.volume), priority=3),
    Column("offer", _("In the lists"), lambda o: of_status(o.row.status), priority=2),
    Column("here", _("Here"), _state),
)
AU_FILTERS = (
    Choice("here", _("Here"), "", _HERE_OPTIONS, how=by_selection),
    YEARS,
    Choice("offer", _("In the lists"), "", Availability.choices, how=by_availability),
)
AUS_OF_TITLE = Table(
    name="offered",
    caption=_("Archival units of the title"),
    columns=AU_COLUMNS,
    filters=AU_FILTERS,
    search=Search(label=_("Volume or year"), how=find_aus),
    sort="year",
    prepare=with_selection,
    noun=au_noun,
)
_TITLE_OF_AU = Column(
    "title",
    _("Title"),
    lambda o: cells.link(o.row.title.name, f"/titles/{o.row.title_id}/"),
    priority=2,
)
UNITS = Table(
    name="units",
    caption=_("Archival units of the lists"),
    columns=(AU_COLUMNS[0], _TITLE_OF_AU, *AU_COLUMNS[1:]),
    filters=(PUBLISHER, PLATFORM, *AU_FILTERS, LIST, SET),
    search=Search(label=_("Title, ISSN, ISBN, volume or year"), how=find_units),
    sort="name",
    prepare=with_selection,
    count=_all_units,
    remark=on_numbers,
    noun=au_noun,
    empty=_NOTHING,
)
AUS_OF_PUBLISHER = Table(
    name="offered",
    caption=_("Archival units of the publisher"),
    columns=(
        AU_COLUMNS[0],
        _TITLE_OF_AU,
        *AU_COLUMNS[1:2],
        *AU_COLUMNS[3:],
    ),
    filters=AU_FILTERS,
    search=Search(label=_("Title, volume or year"), how=find_aus),
    sort="name",
    prepare=with_selection,
    noun=au_noun,
)
# A platform may have a hundred thousand units and no index for more than their order: they are only turned over.
AUS_OF_PLUGIN = Table(
    name="offered",
    caption=_("Archival units of the plugin"),
    columns=tuple(replace(column, sort="") for column in AUS_OF_PUBLISHER.columns),
    prepare=with_selection,
    noun=au_noun,
)
# Of one library's list: few enough to be put in any order.
_ORDERS = {"title": "title__name_key", "volume": "volume", "offer": "status", "here": "state_here"}
HOLDINGS_UNITS = replace(
    UNITS,
    columns=tuple(replace(column, sort=_ORDERS.get(column.key, column.sort)) for column in UNITS.columns),
    count=None,
    remark=None,
    empty=None,
    caption=_("Archival units that the list means"),
)


def holdings_units(rows: QuerySet[ListedAu]) -> QuerySet[ListedAu]:
    """With what they are ordered by."""
    here = Au.objects.filter(listed=OuterRef("pk")).values("state")[:1]
    return rows.select_related("title").annotate(state_here=Subquery(here))
