"""The lists of series, editions, keys, judged files and what was found in them."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.common.display import moment_text
from apps.common.lists import Cell, Choice, Column, Page, Search, Table, cells, small_list
from apps.common.pages import Action, Empty
from apps.common.stored import retold
from apps.common.words import Tone
from apps.kbart import services, words
from apps.kbart.choices import EditionState, KeyEnd
from apps.kbart.models import CheckFinding, Edition, FeedToken, Series
from apps.lockss.kbart import KbartCode

LONGEST_SHOWN = 300
IN_WORDS = (
    KbartCode.FIELD_COUNT,
    KbartCode.SEPARATOR,
    KbartCode.NOT_TEXT,
    KbartCode.TOO_LARGE,
    KbartCode.TOO_MANY_FINDINGS,
)


def _series_link(row: Series) -> Cell:
    return cells.link(row.label, f"/reports/kbart/series/{row.pk}/", row.path)


def _asleep(row: FeedToken) -> str:
    end = services.end_of(row)
    if end is None:
        return ""
    said = {
        KeyEnd.OVER: _("It opens nothing: its last day is over."),
        KeyEnd.MAY_NOT: _("It opens nothing: %s may read reports no more."),
        KeyEnd.SHUT_OUT: _("It opens nothing: %s has a new password, or lost a role since."),
        KeyEnd.SECOND_FACTOR: _("It opens nothing until %s has set up a second factor."),
    }[end]
    return str(said) % row.user.username if "%s" in str(said) and row.user else str(said)


SERIES = Table(
    name="series",
    caption=_("Reports that are made again and again"),
    columns=(
        Column("label", _("Report"), _series_link, sort="label"),
        Column("every", _("Made"), lambda row: row.pace, priority=2),
        Column("next", _("Next"), lambda row: cells.moment(row.next_at), sort="next_at", priority=3),
        Column(
            "open",
            _("Who may fetch it"),
            lambda row: gettext("anybody") if row.is_open else gettext("who has a key"),
            priority=2,
        ),
    ),
    search=Search(("label__icontains", "slug__icontains"), label=_("Name")),
    sort="label",
    noun=lambda n: ngettext("report", "reports", n),
    empty=Empty(
        _("No report is made again and again yet"),
        _(
            "Choose what is in a report and press “Keep it, make it again”: its editions are kept and compared, and knowledge "
            "bases find the newest at an address that stays."
        ),
        Action(_("Choose a report"), "/reports/kbart/"),
    ),
)


def _edition(row: Edition) -> Cell:
    """Those of one day have one name: its number and the minute beside it."""
    number = gettext("Edition %d") % row.number
    told = f"{number}, {moment_text(row.made_at)}" if row.made_at else number
    if getattr(row, "newest", None) == row.pk:
        told = gettext("%s, the newest") % told
    page = f"/reports/kbart/editions/{row.pk}/"
    return cells.link(row.name, page, told) if row.name else cells.link(number, page)


def _of_made(row: Edition, cell: Cell) -> Cell:
    """A number of the file; what is not made, or was not, has none."""
    made = row.state in (EditionState.DONE, EditionState.DROPPED)
    return cell if made else Cell(cells.text("–").html, None)


EDITIONS = Table(
    name="editions",
    caption=_("Editions"),
    columns=(
        Column("name", _("Edition"), _edition),
        Column("state", _("State"), lambda row: cells.status(words.EDITIONS[EditionState(row.state)])),
        Column("made", _("Made"), lambda row: cells.moment(row.made_at), sort="id", descending_first=True),
        Column(
            "rows",
            _("Lines"),
            lambda row: _of_made(row, cells.count(row.rows)),
            sort="rows",
            numeric=True,
            priority=2,
        ),
        Column(
            "left",
            _("Left out or doubtful"),
            lambda row: _of_made(row, cells.count(row.left_out)),
            numeric=True,
            priority=3,
        ),
        Column(
            "size",
            _("Size"),
            lambda row: _of_made(row, cells.size(row.size)),
            sort="size",
            numeric=True,
            priority=3,
        ),
        Column(
            "who",
            _("Asked for by"),
            lambda row: row.user.display_name if row.user else gettext("the schedule"),
            priority=3,
        ),
    ),
    filters=(
        Choice(
            "state",
            _("State"),
            "state",
            lambda: [(state, word.label) for state, word in words.EDITIONS.items()],
        ),
    ),
    sort="-made",
    noun=lambda n: ngettext("edition", "editions", n),
    empty=Empty(
        _("No edition of it yet"),
        _("One is made when you press “Make an edition now”, and by itself where a pace was chosen."),
    ),
)


KEYS = Table(
    name="keys",
    caption=_("Keys of knowledge bases"),
    columns=(
        Column("label", _("Who fetches with it"), lambda row: cells.text(row.label, row.key), sort="label"),
        Column(
            "for",
            _("What it opens"),
            lambda row: (
                cells.text(row.series.label, row.series.path)
                if row.series
                else cells.text(gettext("every report"), "/kbart/…")
            ),
        ),
        Column("uses", _("Used"), lambda row: cells.count(row.uses), sort="uses", numeric=True, priority=2),
        Column(
            "last", _("Last used"), lambda row: cells.age(row.last_used_at), sort="last_used_at", priority=2
        ),
        Column("made", _("Made"), lambda row: cells.moment(row.created_at), sort="id", priority=3),
        Column("expires", _("Until"), lambda row: cells.moment(row.expires_at), priority=2),
        Column(
            "state",
            _("State"),
            lambda row: (
                cells.link(gettext("Withdraw it"), f"/reports/kbart/keys/{row.pk}/revoke/", _asleep(row))
                if row.revoked_at is None
                else cells.text(pgettext("key", "withdrawn"), moment_text(row.revoked_at))
            ),
        ),
    ),
    sort="-made",
    noun=lambda n: ngettext("key", "keys", n),
    empty=Empty(
        _("No key yet"),
        _(
            "A knowledge base fetches reports with a key of its own. Its secret is shown once, when the key is made."
        ),
    ),
)


CHECKS = Table(
    name="checks",
    caption=_("Files that were judged"),
    columns=(
        Column(
            "file",
            _("File"),
            lambda row: cells.link(row.file_name, f"/reports/kbart/check/{row.pk}/"),
            sort="file_name",
        ),
        Column("state", _("State"), lambda row: cells.status(words.check_word(row))),
        Column(
            "lines", _("Lines"), lambda row: cells.count(row.lines), sort="lines", numeric=True, priority=2
        ),
        Column("errors", _("Errors"), lambda row: cells.count(row.errors), sort="errors", numeric=True),
        Column(
            "warnings",
            _("Warnings"),
            lambda row: cells.count(row.warnings),
            sort="warnings",
            numeric=True,
            priority=2,
        ),
        Column(
            "at",
            _("Uploaded"),
            lambda row: cells.moment(row.created_at),
            sort="id",
            descending_first=True,
            priority=3,
        ),
    ),
    sort="-at",
    noun=lambda n: ngettext("file", "files", n),
    empty=Empty(
        _("No file was judged yet"),
        _("Upload any KBART file: this page says line by line what is wrong with it, and what was expected."),
    ),
)


LENIENT, STRICT = "lenient", "strict"
GRAVE, ADVISED = "error", "warning"


def _found(row: CheckFinding) -> str:
    """What the file holds stands as it is; where nothing of it can be shown, it is said in words."""
    return retold(row.found) if row.code in IN_WORDS else row.found


def _found_cell(row: CheckFinding) -> Cell:
    """On a telephone the field's column gives way; its name stands below what was found."""
    shown = cells.text(_found(row), row.entry[:LONGEST_SHOWN])
    return cells.beneath(shown, row.field) if row.field else shown


def findings_table(mode: str, fields: list[str]) -> Table:
    """``mode`` says what counts as an error."""

    def gravity(row: CheckFinding) -> Cell:
        return (
            cells.toned(Tone.HARM, gettext("error"))
            if getattr(row, mode)
            else cells.toned(Tone.CARE, gettext("warning"))
        )

    def grave(rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(**{mode: value == GRAVE})

    return Table(
        name="findings",
        caption=_("What was found"),
        columns=(
            Column(
                "line",
                _("Line"),
                lambda row: cells.count(row.line) if row.line else cells.text(gettext("file")),
                sort="line",
                numeric=True,
            ),
            # Before what is long, so that no narrow page pushes it out of its frame.
            Column("grave", _("How grave"), gravity, sort=mode, descending_first=True),
            Column(
                "field",
                _("Field"),
                lambda row: cells.code(row.field) if row.field else cells.text(""),
                sort="field",
                priority=2,
            ),
            Column("found", _("Found"), _found_cell),
            Column("expected", _("Expected"), lambda row: cells.text(retold(row.expected))),
            Column("code", _("Code"), lambda row: cells.code(row.code), sort="code", priority=3),
        ),
        filters=(
            Choice(
                "grave", _("How grave"), mode, [(GRAVE, _("errors")), (ADVISED, _("warnings"))], how=grave
            ),
            Choice("field", _("Field"), "field", [(name, name) for name in fields]),
            Choice(
                "mode",
                _("Mode"),
                "",
                [(LENIENT, _("lenient")), (STRICT, _("strict"))],
                how=lambda rows, _value: rows,
                # Chosen above the list; here it only stays chosen.
                kind="exact",
            ),
        ),
        search=Search(("entry__icontains", "found__icontains"), label=_("Title or value")),
        sort="line",
        noun=lambda n: ngettext("finding", "findings", n),
        empty=Empty(_("Nothing is wrong with it"), _("Every line is as the standard wants it.")),
    )


def keys_of(person: User, _request: HttpRequest) -> Page | None:
    """For the pages of who made them; None where there are none."""
    rows = FeedToken.objects.filter(user=person).select_related("series", "user").order_by("-pk")
    if not rows.exists():
        return None
    return small_list("keys", gettext("Keys of knowledge bases"), KEYS.columns, rows, empty=KEYS.empty)
