"""The parts of a page of status: the ladder from selected to preserved, its picture, and the words."""

import datetime as dt

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.clock import now
from apps.common.display import age, count_text, percent_text, size_text
from apps.common.lists import Column, Page, cells, small_list
from apps.common.pages import Empty, Fact, Vital
from apps.nodes.choices import AuWord, ScopeKind, Tally
from apps.nodes.lists_standing import rows_of
from apps.nodes.models import Count, StandingCount, StandingDay
from apps.nodes.pictures import ladder_picture
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
    """How many AUs have each word, and the two that are counted across the words."""
    shown = [
        (AU_WORDS[word], row.words.get(word, 0), f"state={word}") for word in AuWord if row.words.get(word)
    ]
    shown += [(PRESERVED, row.preserved, "rung=preserved")] if row.preserved else []
    shown += [(FEW_COPIES, row.few, "rung=few")] if row.few else []
    return small_list(
        "standing-words",
        gettext("By status word"),
        (
            Column("word", _("Status"), lambda one: cells.status(one[0])),
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


def proof_facts(row: StandingCount) -> list[Fact]:
    counted = Count.objects.filter(pk=Tally.SCOPES_MS).values_list("at", flat=True).first()
    fewest = count_text(row.fewest) if row.fewest is not None else gettext("none collected yet")
    return [
        Fact(gettext("Last proof"), age(row.last_proof_at)),
        Fact(
            gettext("Oldest proof"),
            age(row.oldest_proof_at),
            gettext("Of what has been proved at least once."),
        ),
        Fact(
            gettext("Fewest copies that agree"),
            fewest,
            gettext("Of the collected unit that has the fewest; ours included."),
        ),
        Fact(gettext("URLs"), count_text(row.urls)),
        Fact(gettext("Changed"), age(row.at), gettext("When the scan found other numbers than before.")),
        Fact(gettext("Counted"), age(counted), gettext("By the scan; pages never count.")),
    ]


def picture(row: StandingCount) -> SafeString:
    """Of the node and of publishers a row is kept for each day."""
    oldest = timezone.localdate(now()) - dt.timedelta(days=PICTURE_DAYS)
    days = StandingDay.objects.filter(kind=row.kind, ref=row.ref, day__gt=oldest).order_by("day")
    return ladder_picture(list(days))


def row_of(kind: ScopeKind, ref: int = 0) -> StandingCount | None:
    return StandingCount.objects.filter(kind=kind, ref=ref).first()
