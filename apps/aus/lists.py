"""The lists of the catalogue: titles, publishers, AUs on offer; and what came of acts."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Count, Sum
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.choices import AuState, SelectionOutcome
from apps.aus.filters import (
    HERE,
    NOT_HERE,
    STOPPED,
    PublisherNamed,
    by_availability,
    by_selection,
    find_aus,
    find_publishers,
    find_titles,
)
from apps.aus.models import Au, Selection, SelectionResult
from apps.aus.words import HERE as HERE_WORD
from apps.aus.words import OUTCOMES
from apps.aus.words import STOPPED as STOPPED_WORD
from apps.common.display import count_text
from apps.common.lists import Cell, Choice, Column, Search, Table, cells
from apps.common.lists.query import Query
from apps.common.pages import Action, Empty
from apps.titles.choices import Availability
from apps.titles.lists import moment_link, of_status
from apps.titles.models import ListedAu, Publisher, Title


def _title_noun(number: int) -> str:
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


def _titles(rows: list[Title]) -> Iterable[_Counted]:
    here = selected_by("title_id", (row.pk for row in rows))
    return [_Counted(row, here.get(row.pk, 0)) for row in rows]


def _publishers(rows: list[Publisher]) -> Iterable[_Counted]:
    here = selected_by("publisher_id", (row.pk for row in rows))
    return [_Counted(row, here.get(row.pk, 0)) for row in rows]


def _here(counted: _Counted) -> Cell:
    if not counted.here:
        return Cell(cells.text("–").html, 0)
    return Cell(cells.text(count_text(counted.here)).html, counted.here)


def issns(title: Title) -> str:
    """``ISSN 1234-5678 · eISSN 2345-6789``"""
    pairs = (
        (gettext("ISSN"), title.issn),
        (gettext("eISSN"), title.eissn),
        (gettext("ISSN-L"), title.issn_l),
    )
    return " · ".join(f"{label} {number}" for label, number in pairs if number)


_TITLE = Column(
    "name",
    _("Title"),
    lambda c: cells.link(c.row.name, f"/titles/{c.row.pk}/", issns(c.row)),
    sort="name_key",
)
_OFFERED = Column("aus", _("Units"), lambda c: cells.count(c.row.au_count), numeric=True)
_SELECTED = Column("here", _("Selected"), _here, numeric=True)
_KIND = Column("kind", _("Kind"), lambda c: c.row.get_kind_display(), priority=3)
_NOTHING = Empty(
    _("The catalogue is empty"),
    _("Titles come from the title lists of a network. Read one to see what can be preserved."),
    Action(_("To the title lists"), "/lists/"),
)


def _all_titles(query: Query) -> int | None:
    """Of all of them there is a sum."""
    if query.filters:
        return None
    return Publisher.objects.aggregate(number=Sum("title_count"))["number"] or 0


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
    filters=(PublisherNamed("publisher", _("Publisher")),),
    search=Search(label=_("Title or ISSN"), how=find_titles),
    sort="name",
    prepare=_titles,
    count=_all_titles,
    noun=_title_noun,
    empty=_NOTHING,
)
TITLES_OF_PUBLISHER = Table(
    name="titles",
    caption=_("Titles of the publisher"),
    columns=(_TITLE, _KIND, _OFFERED, _SELECTED),
    search=Search(label=_("Title or ISSN"), how=find_titles),
    sort="name",
    prepare=_titles,
    noun=_title_noun,
    empty=_NOTHING,
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
    row: ListedAu
    au: Au | None


def _with_selection(rows: list[ListedAu]) -> Iterable[_Offered]:
    here = {au.listed_id: au for au in Au.objects.filter(listed__in=rows).only("slug", "state", "listed_id")}
    return [_Offered(row, here.get(row.pk)) for row in rows]


def _au(offered: _Offered) -> Cell:
    return cells.link(offered.row.name, f"/titles/au/{offered.row.slug}/")


def _state(offered: _Offered) -> Cell:
    if offered.au is None:
        return Cell(cells.text("–").html, "")
    return state_of(offered.au)


def state_of(au: Au) -> Cell:
    """The word, leading to the AU's own page."""
    word = HERE_WORD if au.state == AuState.SELECTED else STOPPED_WORD
    return cells.toned(word.tone, str(word.label), href=f"/aus/{au.slug}/")


_AU_COLUMNS = (
    Column("name", _("Archival unit"), _au, sort="name_key"),
    Column("year", _("Year"), lambda o: cells.text(o.row.year), sort="first_year", numeric=True, priority=2),
    Column("volume", _("Volume"), lambda o: cells.text(o.row.volume), priority=3),
    Column("offer", _("In the lists"), lambda o: of_status(o.row.status)),
    Column("here", _("Here"), _state),
)
_AU_FILTERS = (
    Choice(
        "here",
        _("Here"),
        "",
        [(HERE, _("selected")), (NOT_HERE, _("not selected")), (STOPPED, _("deactivated"))],
        how=by_selection,
    ),
    Choice("offer", _("In the lists"), "", Availability.choices, how=by_availability),
)
AUS_OF_TITLE = Table(
    name="offered",
    caption=_("Archival units of the title"),
    columns=_AU_COLUMNS,
    filters=_AU_FILTERS,
    search=Search(label=_("Volume or year"), how=find_aus),
    sort="year",
    prepare=_with_selection,
    noun=au_noun,
)
AUS_OF_PUBLISHER = Table(
    name="offered",
    caption=_("Archival units of the publisher"),
    columns=(
        _AU_COLUMNS[0],
        Column(
            "title",
            _("Title"),
            lambda o: cells.link(o.row.title.name, f"/titles/{o.row.title_id}/"),
            priority=2,
        ),
        *_AU_COLUMNS[1:2],
        *_AU_COLUMNS[3:],
    ),
    filters=_AU_FILTERS,
    search=Search(label=_("Title, volume or year"), how=find_aus),
    sort="name",
    prepare=_with_selection,
    noun=au_noun,
)
# A platform may have a hundred thousand units and no index for more than their order: they are only turned over.
AUS_OF_PLUGIN = Table(
    name="offered",
    caption=_("Archival units of the platform"),
    columns=tuple(replace(column, sort="") for column in AUS_OF_PUBLISHER.columns),
    prepare=_with_selection,
    noun=au_noun,
)

SELECTIONS = Table(
    name="selections",
    caption=_("Acts of selecting"),
    columns=(
        Column(
            "at",
            _("When"),
            lambda s: moment_link(s.created_at, f"/selections/{s.pk}/"),
            sort="id",
            descending_first=True,
        ),
        Column("action", _("Act"), lambda s: s.get_action_display()),
        Column("who", _("Who"), lambda s: s.user.username if s.user else gettext("command line")),
        Column("total", _("Archival units"), lambda s: cells.count(s.total), numeric=True),
        Column("done", _("Done"), lambda s: cells.count(s.done), numeric=True, priority=2),
    ),
    sort="-at",
    noun=lambda n: ngettext("act", "acts", n),
    empty=Empty(
        _("Nothing was selected yet"),
        _("What is selected on the pages of titles and publishers is told here, act by act."),
        Action(_("To the titles"), "/titles/"),
    ),
)


def _result_name(result: SelectionResult) -> Cell:
    if result.au is not None:
        return cells.link(result.au.name, f"/aus/{result.au.slug}/")
    return cells.link(result.listed_au.name, f"/titles/au/{result.listed_au.slug}/")


def _outcome(result: SelectionResult) -> Cell:
    word = OUTCOMES[SelectionOutcome(result.outcome)]
    plain = f"{word.label}: {result.reason}" if result.reason else str(word.label)
    return Cell(cells.status(word, result.reason).html, plain)


RESULTS = Table(
    name="results",
    caption=_("What came of it"),
    columns=(
        Column("name", _("Archival unit"), _result_name),
        Column("outcome", _("Outcome"), _outcome),
    ),
    filters=(Choice("outcome", _("Outcome"), "outcome", SelectionOutcome.choices),),
    noun=au_noun,
)


def selections():
    return Selection.objects.select_related("user")
