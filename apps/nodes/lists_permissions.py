"""The lists of the permissions' dashboard: what is blocked and why, publishers by state, what changed."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common.display import count_text, day_text
from apps.common.lists import Cell, Choice, Column, Day, Exact, Search, Table, cells
from apps.common.pages import Action, Empty
from apps.common.stored import retold
from apps.common.words import Tone
from apps.nodes import readings
from apps.nodes.choices import Block
from apps.nodes.models import BlockedGroup
from apps.permissions.choices import AgreementState, Verdict
from apps.permissions.lists import STATES as AGREEMENT_STATES
from apps.permissions.models import Permission, PermissionChange, PublisherAgreement
from apps.permissions.services import ended_on, standing, standing_as, today
from apps.permissions.standing import renewal_note
from apps.permissions.words import AGREEMENTS, NOT_READ, is_unread, reading_word
from apps.titles.models import Publisher

SOON = dt.timedelta(days=90)
# The state that says most about a publisher comes first.
STATES = (
    AgreementState.SIGNED,
    AgreementState.SENT,
    AgreementState.DRAFT,
    AgreementState.LAPSED,
    AgreementState.WITHDRAWN,
)
NO_AGREEMENT = "none"


def _au_noun(n: int) -> str:
    return ngettext("archival unit", "archival units", n)


def cause(block: str) -> str:
    return str(Block(block).label) if block in Block.values else block


def _beside(row: PermissionChange) -> str:
    """Why it stands so, unless the word says the same already."""
    said = cause(row.reason)
    return "" if row.reason == Block.NO_STATEMENT else said


def _rows_of(group: BlockedGroup) -> str:
    publisher = f"&publisher={group.publisher_id}" if group.publisher_id else ""
    return f"/aus/?block={group.block}{publisher}"


def _publisher_of(group: BlockedGroup) -> Cell:
    name = group.publisher.name if group.publisher else gettext("an unknown publisher")
    return cells.link(name, _rows_of(group))


def _example(group: BlockedGroup) -> Cell:
    """Why one of them is held back; where a page was read, it is one click away with what is nearly right on it."""
    said = cells.text(retold(group.example.block_reason))
    found = getattr(group.example.au, "permission", None)
    if group.block != Block.NO_STATEMENT or found is None or found.evidence_id is None:
        return said
    page = f"/permissions/evidence/{found.evidence_id}/"
    link = cells.link(gettext("the page as it stood"), page)
    return Cell(format_html('{} <span class="note">{}</span>', said.html, link.html), said.value)


BLOCKED = Table(
    name="blocked",
    caption=_("Not collected, and why"),
    columns=(
        Column("publisher", _("Publisher"), _publisher_of, sort="publisher__name_key"),
        Column("cause", _("Cause"), lambda one: cause(one.block), sort="block"),
        Column(
            "number",
            _("Archival units"),
            lambda one: cells.count(one.number, _rows_of(one)),
            sort="number",
            numeric=True,
            descending_first=True,
        ),
        Column("sentence", _("For example"), _example, priority=2),
    ),
    filters=(
        Choice("cause", _("Cause"), "block", Block.choices),
        Exact("publisher", _("Publisher"), "publisher", number=True),
    ),
    search=Search(("publisher__name_key",), label=_("Publisher")),
    sort="-number",
    noun=lambda n: ngettext("group", "groups", n),
    empty=Empty(
        _("Everything chosen may be collected"),
        _(
            "An archival unit whose publisher does not permit it, or whose plugin is not loaded, is told here."
        ),
    ),
)


NOTHING_CHOSEN = Empty(
    _("Nothing is chosen yet"),
    _(
        "So nothing is held back. Choose titles or archival units; what their publishers do not permit is told here then, "
        "with the cause."
    ),
    Action(_("Choose content"), "/titles/", primary=True),
)


def blocked_table() -> Table:
    """What it says when it is empty depends on whether anything could stand in it."""
    chosen = Au.objects.filter(state=AuState.SELECTED).exists()
    return BLOCKED if chosen else replace(BLOCKED, empty=NOTHING_CHOSEN)


def blocked_groups() -> QuerySet[BlockedGroup]:
    return BlockedGroup.objects.select_related("publisher", "example__au__permission")


@dataclass(frozen=True, slots=True)
class Standing:
    """A publisher, its agreements, and how many of its selected AUs each reading permits."""

    row: Publisher
    agreements: list[PublisherAgreement]
    verdicts: dict[str, int] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    blocked: int = 0

    def number(self, verdict: str) -> int:
        return self.verdicts.get(verdict, 0)


def _standings(rows: list[Publisher]) -> Iterable[Standing]:
    ids = [row.pk for row in rows]
    agreements: dict[int, list[PublisherAgreement]] = {}
    for one in PublisherAgreement.objects.filter(publisher__in=ids).order_by("-ends"):
        agreements.setdefault(one.publisher_id, []).append(one)
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    unread: dict[int, Counter[str]] = defaultdict(Counter)
    selected = Au.objects.filter(publisher__in=ids, state=AuState.SELECTED).order_by()
    read = selected.values_list("publisher", "permission__verdict", "permission__reason")
    for publisher, verdict, reason, number in read.annotate(n=Count("pk")):
        if is_unread(verdict, reason):
            unread[publisher][readings.part_of(reason)] += number
            counted[publisher][readings.NOT_HAD] += number
        else:
            counted[publisher][verdict or Verdict.UNKNOWN] += number
    held = dict(
        BlockedGroup.objects.filter(publisher__in=ids)
        .order_by()
        .values_list("publisher")
        .annotate(n=Sum("number"))
    )
    return [
        Standing(row, agreements.get(row.pk, []), counted[row.pk], unread[row.pk], held.get(row.pk, 0))
        for row in rows
    ]


def _agreement(one: Standing) -> Cell:
    """The one that says most; a signed one that ends soon is not calm any more."""
    day = today()
    for state in STATES:
        for row in one.agreements:
            if standing(row) != state:
                continue
            href = f"/permissions/agreements/{row.pk}/"
            if state == AgreementState.LAPSED:
                return cells.toned(Tone.CARE, str(AGREEMENTS[state].label), day_text(ended_on(row)), href)
            if state != AgreementState.SIGNED or row.ends is None:
                return cells.status(AGREEMENTS[state], row.name)
            note = renewal_note(row)
            if note:
                # It goes on by itself: nobody need do anything.
                return cells.toned(Tone.SAFE, str(AGREEMENTS[state].label), note, href)
            note = gettext("until %s") % day_text(row.ends)
            tone = Tone.CARE if row.ends <= day + SOON else Tone.SAFE
            return cells.toned(tone, str(AGREEMENTS[state].label), note, href)
    return cells.text(gettext("none"))


def _counted(verdict: str) -> Column:
    return Column(
        str(verdict),
        readings.WHOLE[verdict].label,
        lambda one: cells.count(one.number(verdict), _rows_saying(one, verdict)),
        numeric=True,
        priority=2,
    )


def _rows_saying(one: Standing, wanted: str) -> str:
    """Exactly the rows that are counted."""
    return f"/aus/?publisher={one.row.pk}&reading={wanted}" if one.number(wanted) else ""


def _unread(one: Standing) -> Cell:
    """How many pages were not read, and below why: each number leads to its rows."""
    whole = cells.count(one.number(readings.NOT_HAD), _rows_saying(one, readings.NOT_HAD))
    own = f"/aus/?publisher={one.row.pk}&reading="
    parts = [
        (f"{own}{part}", f"{word.label}: {count_text(one.unread[part])}")
        for part, word in readings.PARTS.items()
        if one.unread[part]
    ]
    if not parts:
        return whole
    said = format_html_join("", '<span class="note"><a href="{}">{}</a></span>', parts)
    return Cell(format_html("{} {}", whole.html, said), whole.value)


def _by_agreement(rows: QuerySet, state: str) -> QuerySet:
    any_of_it = PublisherAgreement.objects.filter(publisher=OuterRef("pk"))
    if state == NO_AGREEMENT:
        return rows.exclude(Exists(any_of_it))
    return rows.filter(Exists(any_of_it.filter(standing_as(state))))


def _by_reading(rows: QuerySet, verdict: str) -> QuerySet:
    if verdict == Verdict.UNKNOWN:
        chosen = Au.objects.filter(publisher=OuterRef("pk"), state=AuState.SELECTED)
        return rows.filter(Exists(chosen.filter(Q(permission=None) | Q(permission__verdict=verdict))))
    read = Permission.objects.filter(au__publisher=OuterRef("pk"), au__state=AuState.SELECTED)
    return rows.filter(Exists(read.filter(readings.saying(verdict))))


def changed_from(rows: QuerySet, wanted: str) -> QuerySet:
    return rows.filter(readings.saying(wanted, "before", "reason_before"))


def changed_to(rows: QuerySet, wanted: str) -> QuerySet:
    return rows.filter(readings.saying(wanted, "after", "reason"))


PUBLISHERS = Table(
    name="publishers",
    caption=_("Publishers by state"),
    columns=(
        Column(
            "name",
            _("Publisher"),
            lambda one: cells.link(one.row.name, f"/publishers/{one.row.pk}/"),
            sort="name_key",
        ),
        Column("agreement", pgettext_lazy("contract", "Agreement"), _agreement),
        _counted(Verdict.GRANTED),
        _counted(Verdict.REFUSED),
        Column(readings.NOT_HAD, NOT_READ.label, _unread, numeric=True, priority=2),
        _counted(Verdict.UNKNOWN),
        Column(
            "blocked",
            _("Not collected"),
            lambda one: cells.count(
                one.blocked, f"/permissions/blocked/?publisher={one.row.pk}" if one.blocked else ""
            ),
            numeric=True,
        ),
        Column(
            "listed",
            _("Listed"),
            lambda one: cells.count(one.row.au_count),
            sort="au_count",
            numeric=True,
            priority=3,
        ),
    ),
    filters=(
        Choice(
            "agreement",
            pgettext_lazy("contract", "Agreement"),
            "",
            (*AGREEMENT_STATES, (NO_AGREEMENT, _("none"))),
            how=_by_agreement,
        ),
        Choice(
            "reading",
            _("Its pages"),
            "",
            readings.OPTIONS,
            how=_by_reading,
        ),
    ),
    search=Search(("name_key",), label=_("Publisher")),
    sort="name",
    noun=lambda n: ngettext("publisher", "publishers", n),
    prepare=_standings,
    empty=Empty(
        _("Nothing of any publisher is chosen yet"),
        _(
            "Publishers stand here with the first archival unit that is selected, or with their first agreement."
        ),
        Action(_("Titles"), "/titles/"),
    ),
)


def publishers() -> QuerySet[Publisher]:
    """Those that matter here: with something selected, or an agreement."""
    chosen = Au.objects.filter(publisher=OuterRef("pk"), state=AuState.SELECTED)
    agreed = PublisherAgreement.objects.filter(publisher=OuterRef("pk"))
    return Publisher.objects.filter(Exists(chosen) | Exists(agreed))


def _evidence(row: PermissionChange) -> Cell:
    if row.evidence_id is None:
        return cells.text("–")
    said = gettext("what was asked") if is_unread(row.after, row.reason) else gettext("the page as it stood")
    return cells.link(said, f"/permissions/evidence/{row.evidence_id}/")


LOST, WON = "lost", "won"
TURNS = ((LOST, _("lost")), (WON, _("got back")))


def turned(rows: QuerySet, turn: str) -> QuerySet:
    """A refusal after a permission, or the reverse; a page that could not be read in between makes no difference."""
    if turn == LOST:
        return changed_to(rows, Verdict.REFUSED).filter(read_before=Verdict.GRANTED)
    return rows.filter(after=Verdict.GRANTED, read_before=Verdict.REFUSED)


CHANGES = Table(
    name="changes",
    caption=_("What publishers' pages say now"),
    columns=(
        Column(
            "au",
            _("Archival unit"),
            lambda row: cells.link(
                row.au.name, f"/aus/{row.au.slug}/", row.au.publisher.name if row.au.publisher else ""
            ),
        ),
        Column("now", _("Now"), lambda row: cells.status(reading_word(row.after, row.reason), _beside(row))),
        Column(
            "at", _("When"), lambda row: cells.moment(row.at), sort="at", descending_first=True, priority=2
        ),
        Column(
            "before",
            _("Before"),
            lambda row: cells.status(reading_word(row.before, row.reason_before)),
            priority=2,
        ),
        Column("evidence", _("Evidence"), _evidence, priority=3),
    ),
    filters=(
        Choice("turn", _("Permission"), "", TURNS, how=turned),
        Day("since", _("From"), "at"),
        Day("until", _("To"), "at", until=True),
        Choice("was", _("Before"), "", readings.OPTIONS, how=changed_from),
        Choice("now", _("Now"), "", readings.OPTIONS, how=changed_to),
        Exact("publisher", _("Publisher"), "au__publisher", number=True),
    ),
    sort="-at",
    noun=lambda n: ngettext("change", "changes", n),
    empty=Empty(
        _("Nothing has changed so far"),
        _(
            "When a page that permitted no longer does, or one begins to, it is noted here with the page as it stood."
        ),
    ),
)


def changes() -> QuerySet[PermissionChange]:
    """With the reason of the change before, for a refusal's row alone does not say which it was."""
    earlier = PermissionChange.objects.filter(au=OuterRef("au"), pk__lt=OuterRef("pk")).order_by("-pk")
    reason_before = Coalesce(Subquery(earlier.values("reason")[:1]), Value(""))
    # What the page said when it was read last: the last change to a reading, else what the first one changed.
    read = earlier.exclude(readings.saying(readings.NOT_HAD, "after", "reason")).values("after")[:1]
    first = earlier.order_by("pk").values("before")[:1]
    return PermissionChange.objects.select_related("au__publisher").annotate(
        reason_before=reason_before, read_before=Coalesce(Subquery(read), Subquery(first), F("before"))
    )
