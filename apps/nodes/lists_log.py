"""The list of what the node did and why."""

from dataclasses import dataclass, replace
from functools import partial

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.common.display import in_one_minute
from apps.common.lists import Cell, Choice, Column, Day, Exact, Search, Table, cells
from apps.common.pages import Empty, Link
from apps.common.stored import retold
from apps.nodes.lists_alerts import subject_links
from apps.nodes.log_words import CODES, line_text
from apps.nodes.models_log import LogLine
from apps.nodes.work import linked

# Where the row is shown that a line was written from.
PAGES = {
    "crawl": "/crawls/%d/",
    "poll": "/polls/%d/",
    "vote": "/polls/votes/%d/",
    "repair": "/repairs/%d/",
    "alert": "/alerts/%d/",
    "alert-over": "/alerts/%d/",
}


@dataclass(frozen=True, slots=True)
class LogRow:
    line: LogLine
    link: Link
    seconds: bool = False


def log_rows(user, lines: list[LogLine]) -> list[LogRow]:
    found = subject_links(user, [one.subject for one in lines])
    near = in_one_minute([one.at for one in lines])
    return [LogRow(one, found[one.subject], same) for one, same in zip(lines, near, strict=True)]


def _what(row: LogRow) -> Cell:
    line = row.line
    said, why = line_text(line.code, line.params), _sentence(retold(line.why))
    page = _page(line)
    shown = cells.link(said, page, why[:300]) if page else cells.text(said, why[:300])
    return Cell(shown.html, f"{said} {why}".strip())


def _page(line: LogLine) -> str:
    if line.source == "check":
        return f"/checks/?au={line.subject.removeprefix('au:')}"
    page = PAGES.get(line.source)
    return page % line.row if page else ""


def _sentence(text: str) -> str:
    """A reason stands alone here; elsewhere it goes on after a colon. Names of hosts stay as they are."""
    first = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if first.isalpha() else text


def _about(row: LogRow) -> Cell:
    line = row.line
    if not row.link.url:
        # What people did is kept by its subject alone, which is no name.
        return cells.text(row.link.label if line.about == line.subject else line.about)
    return linked(row.link)


LOG = Table(
    name="log",
    caption=_("What the node did"),
    columns=(
        Column(
            "at",
            _("When"),
            lambda row: cells.moment(row.line.at, row.seconds),
            sort="at",
            descending_first=True,
        ),
        Column(
            "kind",
            _("What"),
            lambda row: cells.toned(CODES[row.line.code].tone, str(CODES[row.line.code].label)),
        ),
        Column("said", _("What happened, and why"), _what),
        Column("subject", _("Of what"), _about, priority=2),
    ),
    filters=(
        Choice("kind", _("What"), "code", lambda: [(code, one.label) for code, one in CODES.items()]),
        Day("since", _("From"), "at"),
        Day("until", _("To"), "at", until=True),
        Exact("subject", _("Of what"), "subject"),
    ),
    search=Search(("about__icontains",), label=_("Name")),
    sort="-at",
    noun=lambda n: ngettext("line", "lines", n),
    empty=Empty(
        _("Nothing has ended yet"),
        _("Collections, polls, repairs, alerts and what people did are told here, each with its reason."),
    ),
)


def log_for(user) -> Table:
    """The list with links only to what ``user`` may open."""
    return replace(LOG, prepare=partial(log_rows, user))
