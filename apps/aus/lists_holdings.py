"""The lists of a library's own lists, of their lines, and of what people decided about lines."""

from collections.abc import Sequence
from functools import partial

from django.db.models import F, Func, IntegerField, Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.choices import HoldingsState, LineState
from apps.aus.forms_holdings import MOST_COLUMNS, holds_anything
from apps.aus.lists import issns
from apps.aus.models import HoldingsDecision, HoldingsLine, HoldingsUpload
from apps.aus.services.barren import barren_lines
from apps.aus.services.proposals import reactivated_lines
from apps.aus.words import HOLDINGS, LINES
from apps.aus.years import strip
from apps.common.display import count_text
from apps.common.lists import Bulk, Cell, Choice, Column, Flag, Page, Search, Table, cells, small_list
from apps.common.pages import Action, Empty
from apps.common.search import fold
from apps.common.stored import retold
from apps.common.text import LONGEST_IN_ROW
from apps.lockss.holdings import ranges_text
from apps.titles.lists import moment_link
from apps.titles.models import Title

STRIKE, KEEP = "strike", "keep"
MOST_BARREN = 50


def _line_noun(number: int) -> str:
    return ngettext("line", "lines", number)


def _upload(row: HoldingsUpload) -> Cell:
    note = ""
    if row.handed_to is not None and row.selection_id is None:
        note = gettext("waits for %s") % row.handed_to.display_name
    elif row.selection_id is not None:
        note = gettext("selected from")
    return cells.link(row.file_name, f"/holdings/{row.pk}/", note)


UPLOADS = Table(
    name="holdings",
    caption=_("Lists of holdings"),
    columns=(
        Column("file", _("List"), _upload, sort="file_name"),
        Column(
            "state", _("State"), lambda row: cells.status(HOLDINGS[HoldingsState(row.state)]), sort="state"
        ),
        Column(
            "lines",
            _("Lines"),
            lambda row: cells.count(row.lines),
            sort="lines",
            numeric=True,
            priority=2,
        ),
        Column(
            "matched",
            _("Matched"),
            lambda row: cells.count(row.matched),
            sort="matched",
            numeric=True,
            priority=2,
        ),
        Column(
            "ambiguous",
            _("Ambiguous"),
            lambda row: cells.count(row.ambiguous),
            sort="ambiguous",
            numeric=True,
        ),
        Column(
            "unmatched",
            _("Not matched"),
            lambda row: cells.count(row.unmatched),
            sort="unmatched",
            numeric=True,
            priority=3,
        ),
        Column("who", _("By"), lambda row: row.user.display_name, sort="user__username", priority=3),
        Column(
            "at",
            _("Uploaded"),
            lambda row: moment_link(row.created_at, f"/holdings/{row.pk}/"),
            sort="id",
            descending_first=True,
            priority=2,
        ),
    ),
    filters=(Choice("state", _("State"), "state", HoldingsState.choices),),
    search=Search(("file_name__icontains",), label=_("List")),
    sort="-at",
    noun=lambda n: ngettext("list", "lists", n),
    empty=Empty(
        _("No list of yours was uploaded yet"),
        _(
            "A collection librarian exports what the library holds from its library system or knowledge base and uploads "
            "it here: this page then shows which of it the title lists offer, and selects it in one act."
        ),
    ),
)


def said(row: HoldingsLine | HoldingsDecision) -> str:
    """What the line says that it is."""
    return row.input_title or ", ".join(row.identifiers) or gettext("nothing readable")


def _named(row: HoldingsLine) -> str:
    """What it says that it is; of a line that could not be read what stands in it."""
    filled = [cell.strip() for cell in row.cells if cell.strip()]
    return " · ".join(filled) if row.state == LineState.UNREAD and filled else said(row)


def _line(row: HoldingsLine) -> Cell:
    note = " · ".join(part for part in (row.input_publisher, ", ".join(row.identifiers[:4])) if part)
    return cells.link(
        _named(row)[:300], f"/holdings/{row.upload_id}/lines/{row.pk}/", note[:300] if row.input_title else ""
    )


def _state(row: HoldingsLine) -> Cell:
    notes = [retold(one["text"]) for one in row.warnings]
    if number := row.stopped:
        said = ngettext(
            "Selecting re-activates %s deactivated archival unit.",
            "Selecting re-activates %s deactivated archival units.",
            number,
        )
        notes.insert(0, said % count_text(number))
    if row.barren:
        notes.insert(0, row.barren)
    if row.struck:
        notes.insert(0, gettext("Struck: it will not be selected."))
    shown = cells.status(LINES[LineState(row.state)], " ".join(notes)[:600])
    return Cell(shown.html, " ".join([str(shown.value), *notes]))


def _title(row: HoldingsLine) -> Cell:
    if row.title is not None:
        return cells.link(row.title.name, f"/titles/{row.title_id}/", _whose(row.title))
    number = len(row.candidates)
    if not number:
        # On a narrow page this column stands for the state as well.
        none = {LineState.UNMATCHED: gettext("no title of the lists"), LineState.UNREAD: gettext("not read")}
        return cells.text(none.get(LineState(row.state), ""))
    said = ngettext("%s title may be meant", "%s titles may be meant", number) % number
    return cells.link(said, f"/holdings/{row.upload_id}/lines/{row.pk}/")


def years_cell(row: HoldingsLine) -> Cell:
    if row.readings and row.state == LineState.AMBIGUOUS:
        return cells.text(gettext("in doubt"))
    if row.years is None:
        return cells.text(gettext("all years") if row.state == LineState.MATCHED else "")
    said = ranges_text(row.years)
    if not row.held and not row.missing:
        return cells.text(said)
    return Cell(SafeString(f"{cells.text(said).html}{strip(row.held, row.missing)}"), said)


def by_title(rows, text: str):
    """Words of the title, or an identifier as it is written."""
    found = Q()
    for word in fold(text).split()[:8]:
        found &= Q(input_key__contains=word)
    return rows.filter(found | Q(identifiers__contains=[text.strip().upper()]))


def lines_of(upload: HoldingsUpload) -> QuerySet[HoldingsLine]:
    """With the first of its years, which they are ordered by."""
    since = Func(F("years"), function="lower", output_field=IntegerField())
    return HoldingsLine.objects.filter(upload=upload).select_related("title__publisher").annotate(since=since)


def lines_table(upload: HoldingsUpload, *, may_strike: bool) -> Table:
    strike: Sequence[tuple[str, object]] = (
        (STRIKE, gettext("Strike: do not select")),
        (KEEP, gettext("Select after all")),
    )
    stopped = reactivated_lines(upload) if upload.selection_id is None else {}
    barren = barren_lines(upload)

    def with_stopped(rows: list[HoldingsLine]) -> list[HoldingsLine]:
        for row in rows:
            row.stopped = stopped.get(row.pk, 0)
            row.barren = barren.get(row.pk, "")
        return rows

    return Table(
        name="lines",
        caption=_("Its lines"),
        columns=(
            Column(
                "line", _("Line"), lambda row: cells.count(row.line), sort="line", numeric=True, priority=2
            ),
            Column("title", _("Your list says"), _line, sort="input_key"),
            # What a line means and which years decide whether it is right; its state can be filtered by.
            Column("state", _("State"), _state, sort="state", priority=2),
            Column("means", _("Means"), _title, sort="title__name_key"),
            Column("years", _("Years"), years_cell, sort="since"),
        ),
        filters=(
            Choice("state", _("State"), "state", LineState.choices),
            Flag("struck", _("Struck"), Q(struck=True)),
            Flag("doubt", _("Years in doubt"), ~Q(readings=[])),
            Flag("gaps", _("Years that no list names"), ~Q(missing=[])),
            Flag("reactivates", _("Re-activates archival units"), Q(pk__in=list(stopped))),
            Flag("barren", _("Selects nothing"), Q(pk__in=list(barren))),
            Flag("warned", _("With remarks"), ~Q(warnings=[])),
        ),
        search=Search(label=_("Title or identifier"), how=by_title),
        sort="line",
        noun=_line_noun,
        prepare=with_stopped,
        bulk=Bulk(
            f"/holdings/{upload.pk}/strike/", strike, label=lambda row: row.input_title or str(row.line)
        )
        if may_strike
        else None,
        empty=Empty(_("No line yet"), _("The lines stand here as they are read.")),
    )


def barren_page(upload: HoldingsUpload) -> tuple[Page, int] | None:
    """The first of the matched lines that select nothing, and how many there are; None: each selects something."""
    barren = barren_lines(upload)
    if not barren:
        return None
    first = sorted(barren)[:MOST_BARREN]
    rows = lines_of(upload).filter(pk__in=first).order_by("line")
    columns = (
        Column("line", _("Line"), lambda row: cells.count(row.line), numeric=True, priority=2),
        Column("title", _("Your list says"), _line),
        Column("means", _("Means"), _title, priority=2),
        Column("why", _("Why it selects nothing"), lambda row: barren[row.pk]),
    )
    return small_list("barren", gettext("Matched lines that select nothing"), columns, rows), len(barren)


def first_lines(upload: HoldingsUpload) -> Page:
    """The first lines below the head as they stand in the file, in its order."""
    width = min(max([len(upload.head), *map(len, upload.sample)], default=0), MOST_COLUMNS)
    columns = [
        Column(f"c{at}", _column_name(upload, at), partial(_cell_at, at))
        for at in range(width)
        if holds_anything(upload, at)
    ]
    return small_list("first", gettext("The first lines of the list"), columns, upload.sample)


def _column_name(upload: HoldingsUpload, at: int) -> str:
    name = upload.head[at][:LONGEST_IN_ROW] if at < len(upload.head) else ""
    return f"{at + 1}: {name}" if name.strip() else str(at + 1)


def _cell_at(at: int, line: Sequence[str]) -> str:
    return line[at] if at < len(line) else ""


def _meant(row: HoldingsDecision) -> Cell:
    if row.title is None:
        return cells.text(gettext("no title of the lists"))
    return cells.link(row.title.name, f"/titles/{row.title_id}/", _whose(row.title))


def _whose(title: Title) -> str:
    """By what a title is told from another of its name."""
    return " · ".join(part for part in (title.publisher.name, issns(title)) if part)


DECISIONS = Table(
    name="decisions",
    caption=_("What was decided"),
    columns=(
        Column(
            "input",
            _("A line that says"),
            lambda row: cells.link(
                said(row),
                f"/holdings/decisions/{row.pk}/",
                ", ".join(row.identifiers[:4]),
            ),
            sort="input_title",
        ),
        Column(
            "publisher",
            _("Publisher"),
            lambda row: cells.text(row.input_publisher),
            sort="input_publisher",
            priority=3,
        ),
        Column("means", _("Means"), _meant, sort="title__name_key"),
        Column("who", _("Decided by"), lambda row: row.user.display_name, sort="user__username", priority=2),
        Column(
            "at",
            _("When"),
            lambda row: cells.moment(row.updated_at),
            sort="updated_at",
            descending_first=True,
            priority=2,
        ),
    ),
    search=Search(("input_title__icontains",), label=_("Title")),
    sort="-at",
    noun=lambda n: ngettext("decision", "decisions", n),
    empty=Empty(
        _("Nothing was decided yet"),
        _(
            "What you decide about a line of a list is remembered here, and used when the next list says the same."
        ),
        Action(_("To the lists of holdings"), "/holdings/"),
    ),
)
