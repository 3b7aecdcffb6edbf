"""The lists of title lists: themselves, their imports, what an import changed and what it could not read."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.common.display import age, count_text, moment
from apps.common.lists import Cell, Choice, Column, Search, Table, cells
from apps.common.pages import Empty
from apps.common.stored import retold
from apps.common.words import Tone
from apps.titles.choices import RELEASED, ChangeKind, ImportState, availability
from apps.titles.lists_orders import numbered
from apps.titles.models import (
    ImportChange,
    ImportFinding,
    ListEntry,
    ListImport,
    Title,
    TitleCoverage,
    TitleList,
)
from apps.titles.words import AVAILABILITY, address_word, import_word

SEVERITY = {
    "error": (Tone.HARM, _("Left out")),
    "warning": (Tone.CARE, _("Looks wrong")),
    "note": (Tone.IDLE, _("Remark")),
}
FIELDS = {
    "title_id": _("title"),
    "publisher": _("publisher"),
    "plugin_id": _("plugin"),
    "params": _("parameters"),
    "other_params": _("further parameters"),
    "name": _("name"),
    "year": _("year"),
    "volume": _("volume"),
    "issue": _("issue"),
    "isbn": _("ISBN"),
    "eisbn": _("eISBN"),
    "attributes": _("attributes"),
    "status": _("status"),
    "status2": _("second status"),
    "kind": _("kind"),
    "issn": _("ISSN"),
    "eissn": _("eISSN"),
    "issn_l": _("ISSN-L"),
    "isbn_keys": _("ISBN"),
    "source_id": _("id in the source"),
    "first_date": _("first date"),
    "last_date": _("last date"),
    "first_volume": _("first volume"),
    "last_volume": _("last volume"),
    "first_issue": _("first issue"),
    "last_issue": _("last issue"),
    "embargo": _("embargo"),
    "depth": _("depth of coverage"),
    "access": _("access"),
    "url": _("address"),
    "notes": _("notes"),
}
LONGEST_SHOWN = 200


def of_status(status: str) -> Cell:
    """What a list's status means, with the status as the list writes it where that says more."""
    return cells.status(AVAILABILITY[availability(status)], "" if status in RELEASED else status)


def moment_link(at: dt.datetime, href: str) -> Cell:
    return Cell(format_html('<a href="{}">{}</a>', href, moment(at)), at)


@dataclass(frozen=True, slots=True)
class _List:
    """``last``: what was done last, or waits to be; ``applied``: when what stands was last read into the catalogue;
    ``undone``: when what stood was last taken back."""

    row: TitleList
    last: ListImport | None
    applied: dt.datetime | None
    undone: dt.datetime | None


def _with_last(rows: list[TitleList]) -> Iterable[_List]:
    own = ListImport.objects.filter(title_list=OuterRef("title_list"))
    # What somebody did not want says nothing of the list, unless there is nothing else.
    wanted = own.exclude(state=ImportState.DISCARDED).order_by("-pk").values("pk")[:1]
    newest = Coalesce(Subquery(wanted), Subquery(own.order_by("-pk").values("pk")[:1]))
    found = ListImport.objects.filter(title_list__in=rows, pk=newest)
    last = {one.title_list_id: one for one in found}
    ended = ListImport.objects.filter(title_list__in=rows, state__in=(ImportState.DONE, ImportState.UNDONE))
    done = Max("finished_at", filter=Q(state=ImportState.DONE))
    moments = ended.order_by().values_list("title_list").annotate(done=done, undone=Max("undone_at"))
    ends = {pk: (applied, undone) for pk, applied, undone in moments}
    return [_List(row, last.get(row.pk), *ends.get(row.pk, (None, None))) for row in rows]


def _applied(shown: _List) -> Cell:
    if shown.applied is None and shown.undone is not None:
        return Cell(format_html(gettext("undone {moment}"), moment=age(shown.undone)), None)
    return cells.age(shown.applied)


def _last(shown: _List) -> Cell:
    last = shown.last
    if last is None:
        return cells.text("")
    return cells.toned(
        (word := import_word(last.state, last.finding_count)).tone,
        str(word.label),
        href=f"/lists/imports/{last.pk}/",
    )


def _from(shown: _List) -> Cell:
    address = getattr(shown.row, "address", None)
    if address is None:
        return cells.text(shown.row.get_source_display(), shown.row.location)
    return cells.text(address.get_every_display() if address.next_at else _("not followed"), address.url)


def _trouble(shown: _List) -> str:
    """What is wrong with its address, below its name, which stays on every page."""
    address = getattr(shown.row, "address", None)
    if address is None or not address.failures:
        return ""
    return f"{address_word(address).label}: {retold(address.error)}"


LISTS = Table(
    name="lists",
    caption=_("Title lists"),
    columns=(
        Column(
            "name",
            _("List"),
            lambda s: cells.link(s.row.name, f"/lists/{s.row.pk}/", _trouble(s)),
            sort="name_key",
        ),
        Column(
            "aus",
            _("Units"),
            lambda s: cells.count(s.row.au_count, f"/lists/{s.row.pk}/aus/"),
            sort="au_count",
            numeric=True,
            descending_first=True,
        ),
        Column(
            "lines",
            _("Coverage"),
            lambda s: (
                cells.count(s.row.coverage_count, f"/lists/{s.row.pk}/coverage/")
                if s.row.coverage_count
                else Cell(cells.text("").html, 0)
            ),
            sort="coverage_count",
            numeric=True,
            priority=2,
            descending_first=True,
        ),
        Column("state", _("Last import"), _last),
        Column(
            "read",
            _("Applied"),
            _applied,
            priority=2,
        ),
        Column("source", pgettext_lazy("source", "From"), _from, priority=3),
    ),
    sort="name",
    noun=lambda n: ngettext("list", "lists", n),
    prepare=_with_last,
    empty=Empty(
        _("No title list yet"),
        _(
            "A title list says which journals and books a network preserves, volume by volume. "
            "A network administrator uploads one, follows an address that has it, or names a folder of this node."
        ),
    ),
)


def _number(row: ListImport, number: int) -> Cell:
    """What stands; of what was taken back, given up or not decided yet it says so."""
    notes = {
        ImportState.UNDONE: gettext("taken back"),
        ImportState.DISCARDED: gettext("given up"),
        ImportState.PREVIEW: gettext("would be"),
        ImportState.APPLYING: gettext("would be"),
    }
    note = notes.get(ImportState(row.state), "") if number else ""
    return Cell(cells.text(count_text(number), note).html, number)


IMPORTS = Table(
    name="imports",
    caption=_("Imports"),
    columns=(
        Column(
            "at",
            _("Begun"),
            lambda i: moment_link(i.created_at, f"/lists/imports/{i.pk}/"),
            sort="id",
            descending_first=True,
        ),
        Column("state", _("State"), lambda i: cells.status(import_word(i.state, i.finding_count))),
        Column("added", _("Added"), lambda i: _number(i, i.added), numeric=True, priority=2),
        Column("changed", _("Changed"), lambda i: _number(i, i.changed), numeric=True, priority=2),
        Column("retired", _("No longer listed"), lambda i: _number(i, i.retired), numeric=True, priority=2),
        Column("findings", _("Findings"), lambda i: cells.count(i.finding_count), numeric=True, priority=2),
        Column("who", _("By"), lambda i: i.user.username if i.user else _("command line"), priority=3),
        Column("from", pgettext_lazy("source", "From"), lambda i: cells.text(i.location), priority=3),
    ),
    sort="-at",
    noun=lambda n: ngettext("import", "imports", n),
)


def _place(finding: ImportFinding) -> Cell:
    """For people in words, in a download as editors take it."""
    where = ""
    if finding.line:
        where = gettext("line %(line)d, column %(column)d") % {
            "line": finding.line,
            "column": finding.column or 1,
        }
    plain = ":".join(str(part) for part in (finding.file, finding.line, finding.column) if part)
    return Cell(cells.text(finding.file or "–", where).html, plain)


def _severity(finding: ImportFinding) -> Cell:
    tone, label = SEVERITY.get(finding.severity, SEVERITY["warning"])
    return cells.toned(tone, str(label))


FINDINGS = Table(
    name="findings",
    caption=_("Findings"),
    columns=(
        # The findings of one import are few enough to be put in order as they are asked for.
        Column("place", _("Place"), _place, sort="file"),
        Column("severity", _("What became of it"), _severity, sort="severity", priority=2),
        Column("message", _("What was found"), lambda f: cells.text(retold(f.message), f.code), sort="code"),
        Column("entry", _("Entry"), lambda f: cells.text(f.entry[:LONGEST_SHOWN]), sort="entry", priority=2),
    ),
    filters=(
        Choice(
            "severity",
            _("What became of it"),
            "severity",
            [(k, label) for k, (_t, label) in SEVERITY.items()],
        ),
    ),
    search=Search(("file", "message", "entry"), label=_("Part of the finding"), kept="message"),
    noun=lambda n: ngettext("finding", "findings", n),
    empty=Empty(_("Nothing was wrong"), _("Every entry of this import could be read.")),
)


@dataclass(frozen=True, slots=True)
class _Change:
    row: ImportChange
    titles: dict[int, str]


def _with_titles(rows: list[ImportChange]) -> Iterable[_Change]:
    ids = {pk for row in rows for pk in row.fields.get("title_id", ()) if isinstance(pk, int)}
    names = dict(Title.objects.filter(pk__in=ids).values_list("pk", "name"))
    return [_Change(row, names) for row in rows]


def _subject(change: _Change) -> Cell:
    row = change.row
    if row.listed_au is not None:
        return cells.link(row.listed_au.name, f"/titles/au/{row.listed_au.slug}/")
    return cells.link(row.title.name, f"/titles/{row.title_id}/")


def _what(change: _Change) -> str:
    fields = dict(change.row.fields)
    if "title_id" in fields:
        fields["title_id"] = [change.titles.get(pk, pk) for pk in fields["title_id"]]
    return said_of(fields, change.row.kind)


def said_of(fields: dict[str, list], kind: str) -> str:
    """Where no field is another, what changed is whether a list names it."""
    if not fields and kind in (ChangeKind.RETIRED, ChangeKind.RETURNED):
        gone = kind == ChangeKind.RETIRED
        return gettext("listed → no longer listed") if gone else gettext("no longer listed → listed")
    return "; ".join(
        f"{FIELDS.get(name, name)}: {value_text(pair[0])} → {value_text(pair[1])}"
        for name, pair in fields.items()
    )


def value_text(value: object) -> str:
    if isinstance(value, dict):
        value = ", ".join(f"{key} = {text}" for key, text in value.items())
    if isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    text = str(value or "")
    return (text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…") or gettext("nothing")


KINDS = [pair for pair in ChangeKind.choices if pair[0] != ChangeKind.NOTED]
CHANGES = Table(
    name="changes",
    caption=_("What the import changed"),
    columns=(
        Column("subject", _("Unit or title"), _subject),
        Column("kind", _("Change"), lambda c: c.row.get_kind_display()),
        Column("what", _("Before → after"), _what),
    ),
    filters=(Choice("kind", _("Change"), "kind", KINDS),),
    noun=lambda n: ngettext("change", "changes", n),
    prepare=_with_titles,
    empty=Empty(_("Nothing was changed"), _("All that this import read was known already.")),
)


ENTRIES = Table(
    name="entries",
    caption=_("Archival units of the list"),
    columns=(
        Column(
            "name",
            _("Archival unit"),
            lambda e: cells.link(e.listed_au.name, f"/titles/au/{e.listed_au.slug}/"),
        ),
        Column(
            "title",
            _("Title"),
            lambda e: cells.link(e.listed_au.title.name, f"/titles/{e.listed_au.title_id}/"),
        ),
        Column("status", _("In the list"), lambda e: of_status("" if e.retired_at else e.status)),
    ),
    besides=numbered(lambda e: e.listed_au.title),
    noun=lambda n: ngettext("archival unit", "archival units", n),
)


def span_of(line: TitleCoverage) -> Cell:
    """From … to …, as the source writes it; without an end it goes on."""
    begin = " ".join(part for part in (line.first_date, _volume(line.first_volume)) if part)
    end = " ".join(part for part in (line.last_date, _volume(line.last_volume)) if part)
    if line.first_date and line.first_date == line.last_date and not line.last_volume:
        return cells.text(begin, line.embargo)
    end = end or gettext("today")
    return cells.text(f"{begin or '?'} – {end}", line.embargo)


def _volume(label: str) -> str:
    return gettext("volume %s") % label if label else ""


COVERAGE = Table(
    name="coverage",
    caption=_("What the list says is covered"),
    columns=(
        Column(
            "title",
            _("Title"),
            lambda c: cells.link(c.title.name, f"/titles/{c.title_id}/", c.title.publisher.name),
        ),
        Column("span", _("From – to"), span_of),
        Column("depth", _("Depth"), lambda c: cells.text(c.depth), priority=3),
        Column("access", _("Access"), lambda c: cells.text(c.access), priority=3),
        Column("notes", _("Notes"), lambda c: cells.text(c.notes[:LONGEST_SHOWN]), priority=2),
    ),
    besides=numbered(lambda c: c.title),
    noun=lambda n: ngettext("line", "lines", n),
    empty=Empty(_("No coverage"), _("This list names archival units and says nothing of coverage.")),
)


ENTRY_ORDERS = {"name": "listed_au__name_key", "title": "listed_au__title__name_key", "status": "status"}
COVERAGE_ORDERS = {"title": "title__name_key", "span": "first_date", "depth": "depth", "access": "access"}
CHANGE_ORDERS = {"subject": "subject_key", "kind": "kind"}


def changes(rows: QuerySet[ImportChange]) -> QuerySet[ImportChange]:
    """With what they are ordered by: the name of the unit, else of the title."""
    named = Coalesce("listed_au__name_key", "title__name_key")
    return rows.select_related("listed_au", "title").annotate(subject_key=named)


def entries(rows: QuerySet[ListEntry]) -> QuerySet[ListEntry]:
    return rows.select_related("listed_au", "listed_au__title")
