"""The parts of a page of status: the ladder from selected to preserved, its picture, and the words."""

import datetime as dt

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.clock import now
from apps.common.display import age, count_text, percent_text, size_text
from apps.common.lists import Cell, Column, Page, cells, small_list
from apps.common.pages import Empty, Fact, Vital
from apps.common.words import Word
from apps.nodes.choices import AuWord, ScopeKind, Tally
from apps.nodes.lists_standing import rows_of
from apps.nodes.models import Count, StandingCount, StandingDay
from apps.nodes.pictures import ladder_picture
from apps.nodes.sentences import link_to
from apps.nodes.services import standing
from apps.nodes.words import AU_WORDS, FEW_COPIES, PRESERVED

PICTURE_DAYS = 366


def vitals(row: StandingCount) -> list[Vital]:
    """From what was chosen to what is safe."""
    n = standing.enough()
    preserved = ngettext(
        "preserved: %(n)s or more copies agree, %(share)s of what is selected",
        "preserved: %(n)s or more copies agree, %(share)s of what is selected",
        n,
    )
    if not row.selected:
        # Of nothing there is no share.
        preserved = ngettext(
            "preserved: %(n)s or more copies agree", "preserved: %(n)s or more copies agree", n
        )
    return [
        Vital(
            count_text(row.selected),
            ngettext("archival unit is selected here", "archival units are selected here", row.selected),
            rows_of(row, "rung=selected"),
        ),
        Vital(
            count_text(row.collected),
            gettext("collected: %s of content") % size_text(row.size),
            rows_of(row, "rung=collected"),
        ),
        Vital(
            count_text(row.preserved),
            preserved % {"n": count_text(n), "share": percent_text(row.preserved, row.selected)},
            rows_of(row, "rung=preserved"),
        ),
        Vital(
            count_text(row.care),
            ngettext("needs a person", "need a person", row.care),
            rows_of(row, "care=yes"),
        ),
    ]


def words_list(row: StandingCount) -> Page:
    """How many AUs have each word, and the two that are counted across the words, drawn as parts of these."""
    shown = []
    for word in AuWord:
        if number := row.words.get(word, 0):
            shown.append((AU_WORDS[word], number, f"state={word}", ""))
        if word == AuWord.PROVED and row.preserved:
            shown.append((PRESERVED, row.preserved, "rung=preserved", gettext("of these")))
    if row.few:
        shown.append((FEW_COPIES, row.few, "rung=few", gettext("of all above")))
    return small_list(
        "standing-words",
        gettext("By status word"),
        (
            Column("word", _("Status"), lambda one: _word(one[0], one[3])),
            Column(
                "count",
                _("Archival units"),
                lambda one: cells.count(one[1], rows_of(row, one[2])),
                numeric=True,
            ),
        ),
        shown,
        empty=Empty(gettext("Nothing of it is selected here"), ""),
    )


def _word(word: Word, part: str) -> Cell:
    """``part``: of which lines this one is a part, so that nobody adds it to them; empty: of none."""
    cell = cells.status(word)
    return (
        Cell(format_html('<span class="within">{} {}</span>', part, cell.html), cell.value) if part else cell
    )


def proof_facts(row: StandingCount) -> list[Fact]:
    """Each with the way to its units below it: the number is not one of units."""
    counted = Count.objects.filter(pk=Tally.SCOPES_MS).values_list("at", flat=True).first()
    fewest = count_text(row.fewest) if row.fewest is not None else gettext("none collected yet")

    def way(order: str, label: str) -> SafeString:
        return link_to(rows_of(row, f"rung=collected{order}"), label)

    return [
        Fact(
            gettext("Last proof"),
            age(row.last_proof_at),
            way("&sort=-proof", gettext("Last proved first")) if row.last_proof_at else "",
        ),
        Fact(
            gettext("Oldest proof"),
            age(row.oldest_proof_at),
            _with_way(
                gettext("Of what has been proved at least once."),
                way("&sort=proof", gettext("Oldest proof first")) if row.oldest_proof_at else "",
            ),
        ),
        Fact(
            gettext("Fewest copies that agree"),
            fewest,
            _with_way(
                gettext("Of the collected unit that has the fewest; ours included."),
                way("&sort=copies", gettext("Fewest copies first")) if row.fewest is not None else "",
            ),
        ),
        Fact(
            gettext("URLs"),
            count_text(row.urls),
            way("", gettext("Of what is collected")) if row.collected else "",
        ),
        Fact(gettext("Changed"), age(row.at), gettext("When the scan found other numbers than before.")),
        Fact(gettext("Counted"), age(counted), gettext("By the scan; pages never count.")),
    ]


def _with_way(said: str, way: SafeString | str) -> SafeString | str:
    return format_html("{} {}", said, way) if way else said


def picture(row: StandingCount) -> SafeString:
    """Of the node and of publishers a row is kept for each day."""
    oldest = timezone.localdate(now()) - dt.timedelta(days=PICTURE_DAYS)
    days = StandingDay.objects.filter(kind=row.kind, ref=row.ref, day__gt=oldest).order_by("day")
    return ladder_picture(list(days))


def row_of(kind: ScopeKind, ref: int = 0) -> StandingCount | None:
    return StandingCount.objects.filter(kind=kind, ref=ref).first()
