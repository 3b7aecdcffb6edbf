"""A year's report in words, of the kept figures alone: the same parts for the page and for the PDF."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.clock import node_day
from apps.common.display import count_text, day_text, moment_text, percent_text, size_text
from apps.common.pdf import make_pdf
from apps.lockss.frontier import CrawlOutcome
from apps.nodes.choices import AuWord, Figure
from apps.nodes.models import YearReport
from apps.polls.choices import RepairState
from apps.titles.models import Publisher

TEMPLATE = Path(__file__).parent / "typst" / "report.typ"
# What a page names; the CSV file has all.
MOST_PUBLISHERS = 50
SECTIONS = {
    "chosen": _("Chosen"),
    "collected": _("Collected"),
    "proved": _("Proved"),
    "damaged": _("Damaged"),
    "repaired": _("Repaired"),
    "risk": _("At risk"),
    "disk": _("Store"),
}
# The columns of the table by publisher.
OF_PUBLISHER = {
    Figure.SELECTED: _("Selected"),
    Figure.COLLECTED: _("Collected"),
    Figure.PRESERVED: _("Preserved"),
    Figure.CARE: _("Need care"),
    Figure.CONTENT: _("Size"),
}
# Figures of bytes.
SIZES = (Figure.BYTES_STORED, Figure.CONTENT, Figure.KEPT, Figure.FILES, Figure.DISK, Figure.DISK_FREE)
# Where the rows are that stand now.
LINKS = {
    Figure.SELECTED: "/aus/?rung=selected",
    Figure.DEACTIVATED: f"/aus/?state={AuWord.DEACTIVATED}",
    Figure.KEPT: f"/aus/?state={AuWord.DEACTIVATED}",
    Figure.COLLECTED: "/aus/?rung=collected",
    Figure.PROVED: f"/aus/?state={AuWord.PROVED}",
    Figure.PRESERVED: "/aus/?rung=preserved",
    Figure.VERSIONS_SUSPECT: "/aus/?suspect=yes",
    Figure.CARE: "/aus/?care=yes",
    Figure.FEW: "/aus/?rung=few",
    Figure.STALE: f"/aus/?state={AuWord.STALE}",
    Figure.DIFFERS: f"/aus/?state={AuWord.DIFFERS}",
    Figure.UNSETTLED: f"/aus/?state={AuWord.UNSETTLED}",
    Figure.DAMAGED: f"/aus/?state={AuWord.DAMAGED}",
    Figure.BLOCKED: f"/aus/?state={AuWord.BLOCKED}",
    Figure.CONTENT: "/aus/?rung=collected&sort=-size",
    Figure.URLS: "/aus/?rung=collected&sort=-size",
    Figure.DISK: "/node/",
    Figure.DISK_FREE: "/node/",
}
# Where the rows are of what happened in a year: list, filter, and how the filter of the days is called there.
_CRAWLS, _POLLS, _VOTES, _REPAIRS = "/crawls/", "/polls/", "/polls/votes/", "/repairs/"
HAPPENED = {
    Figure.CRAWLS: (_CRAWLS, "kind=new"),
    Figure.CRAWLS_WHOLE: (_CRAWLS, f"kind=new&state={CrawlOutcome.COMPLETE}"),
    Figure.URLS_STORED: (_CRAWLS, "kind=new"),
    Figure.BYTES_STORED: (_CRAWLS, "kind=new"),
    Figure.POLLS: (_POLLS, ""),
    Figure.POLLS_COUNTED: (_POLLS, "state=complete"),
    Figure.POLLS_AGREED: (_POLLS, "found=agreed"),
    Figure.POLLS_REPAIRED: (_POLLS, "found=repaired"),
    Figure.POLLS_WRONG: (_POLLS, "found=wrong"),
    Figure.URLS_WRONG: (_POLLS, "found=wrong"),
    Figure.POLLS_UNDECIDED: (_POLLS, "found=undecided"),
    Figure.VOTES: (_VOTES, "counted=yes"),
    Figure.REPAIRED: (_REPAIRS, f"state={RepairState.REPAIRED}"),
    Figure.REPAIRED_PUBLISHER: (_REPAIRS, f"state={RepairState.REPAIRED}&from=publisher"),
    Figure.NOT_REPAIRED: (_REPAIRS, f"state={RepairState.FAILED}"),
    Figure.SERVED: (_VOTES, "gave=yes"),
}
# Where a filter of the list is the year itself.
IN_YEAR = {
    Figure.CHOSEN: "/aus/?chosen=",
    Figure.AUS_PROVED: "/aus/?compared=",
    Figure.AUS_BAD: "/aus/?damaged=",
    Figure.CHECKS: "/checks/?year=",
    Figure.VERSIONS_GOOD: "/checks/?year=",
    Figure.CHECKS_BAD: "/checks/?outcome=bad&year=",
}


@dataclass(frozen=True, slots=True)
class Line:
    value: str
    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class PublisherLine:
    """``cells`` in the order of ``OF_PUBLISHER``; their links are empty where the name is nobody's or several's now."""

    name: str
    cells: Sequence[Line]


def sections(report: YearReport) -> list[Section]:
    found: dict[str, list[Line]] = defaultdict(list)
    for row in report.figures.filter(scope="").order_by("position"):
        if row.key not in Figure.values:
            continue
        figure = Figure(row.key)
        shown = size_text(row.value) if figure in SIZES else count_text(row.value)
        line = Line(shown, label_of(figure, row.value), link_of(figure, report.year))
        found[row.key.partition(".")[0]].append(line)
    return [Section(str(title), found[key]) for key, title in SECTIONS.items() if found[key]]


def link_of(figure: Figure, year: int) -> str:
    """The list of exactly the rows that the number counts, or adds up; empty where none are kept one by one."""
    if figure in IN_YEAR:
        return f"{IN_YEAR[figure]}{year}"
    if figure not in HAPPENED:
        return LINKS.get(figure, "")
    page, narrowed = HAPPENED[figure]
    first = "ended" if page == _CRAWLS else "since"
    days = f"{first}={year}-01-01&until={year}-12-31"
    return f"{page}?{narrowed}&{days}" if narrowed else f"{page}?{days}"


def label_of(figure: Figure, number: int) -> str:
    """What stands behind the number; of bytes it is the same for all."""
    return str(figure.label if figure in SIZES else figure.label % number)


def publishers(report: YearReport) -> tuple[list[PublisherLine], int]:
    """The first ones by name, and how many more there are."""
    rows = report.figures.exclude(scope="").order_by("position")
    total = rows.filter(key=Figure.SELECTED).count()
    given: list[dict[str, int]] = []
    names: list[str] = []
    for row in rows.iterator(chunk_size=1000):
        # Two publishers of one name are two: each begins with its first figure.
        if row.key == Figure.SELECTED:
            if len(names) == MOST_PUBLISHERS:
                break
            names.append(row.scope)
            given.append({})
        given[-1][row.key] = row.value
    known = _numbers_of(names)
    lines = [_publisher(name, numbers, known.get(name)) for name, numbers in zip(names, given, strict=True)]
    return lines, total - len(lines)


def _numbers_of(names: Sequence[str]) -> dict[str, int]:
    """Of the names that are one publisher's today: a report keeps no more of it than its name."""
    found: dict[str, list[int]] = defaultdict(list)
    for pk, name in Publisher.objects.filter(name__in=names).values_list("pk", "name"):
        found[name].append(pk)
    return {name: pks[0] for name, pks in found.items() if len(pks) == 1 and names.count(name) == 1}


def _publisher(name: str, numbers: dict[str, int], pk: int | None) -> PublisherLine:
    def cell(figure: Figure) -> Line:
        number = numbers.get(figure, 0)
        shown = size_text(number) if figure in SIZES else count_text(number)
        return Line(shown, str(OF_PUBLISHER[figure]), f"{LINKS[figure]}&publisher={pk}" if pk else "")

    return PublisherLine(name, [cell(figure) for figure in OF_PUBLISHER])


def sentence(report: YearReport) -> str:
    """What a reader who reads one line should know."""
    rows = report.figures.filter(scope="", key__in=[Figure.SELECTED, Figure.PRESERVED, Figure.CARE])
    numbers = dict(rows.values_list("key", "value"))
    selected, preserved = numbers.get(Figure.SELECTED, 0), numbers.get(Figure.PRESERVED, 0)
    if not selected:
        return gettext("Nothing was selected.")
    care = numbers.get(Figure.CARE, 0)
    said = ngettext(
        "%(n)s of %(all)s archival unit is preserved (%(share)s); %(care)s.",
        "%(n)s of %(all)s archival units are preserved (%(share)s); %(care)s.",
        selected,
    )
    return said % {
        "n": count_text(preserved),
        "all": count_text(selected),
        "share": percent_text(preserved, selected),
        "care": ngettext("%s needs a person", "%s need a person", care) % count_text(care),
    }


def counted(report: YearReport) -> str:
    """From when the figures are, and whether they may still change."""
    at = moment_text(report.made_at)
    if report.closed:
        return gettext("Closed: counted on %s after the year had ended. It does not change any more.") % at
    return gettext("The year is not over: what happened is counted up to %s.") % at


def pdf(report: YearReport) -> bytes:
    """Of the kept figures and the moment they were counted: the same bytes again on the same machine."""
    lines, more = publishers(report)
    data = {
        "lang": (get_language() or "en").partition("-")[0],
        "title": gettext("Preservation report %d") % report.year,
        "node": settings.NODE.name,
        "network": settings.NODE.network_name,
        "date": day_text(node_day(report.made_at)),
        "sentence": sentence(report),
        "counted": counted(report),
        "sections": [
            {"title": s.title, "lines": [[line.value, line.label] for line in s.lines]}
            for s in sections(report)
        ],
        "publishers": {
            "title": gettext("By publisher"),
            "heads": [
                gettext("Publisher"),
                *(str(head) for head in OF_PUBLISHER.values()),
            ],
            "lines": [[one.name, *(cell.value for cell in one.cells)] for one in lines],
            "more": ngettext("%s more is in the CSV file.", "%s more are in the CSV file.", more)
            % count_text(more)
            if more > 0
            else "",
        },
        "sha256": report.sha256,
        "sha256_label": gettext("SHA-256 of the CSV file with all figures"),
    }
    return make_pdf(TEMPLATE, data, report.made_at)
