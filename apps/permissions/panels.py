"""What an agreement's page is made of: its steps, its terms, and what was done to it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.acts import said as act_said
from apps.accounts.models import AuditEvent
from apps.common.clock import node_day
from apps.common.display import count_text, day_text
from apps.common.lists import Column, Page, cells, small_list
from apps.common.pages import Event, Fact
from apps.common.parts import status_word
from apps.common.text import plain_lines, shortened
from apps.common.words import Tone
from apps.permissions.choices import AgreementState, ReminderKind, Renewal, Right, Said, ScopeKind
from apps.permissions.models import AgreementDocument, AgreementReminder, PublisherAgreement
from apps.permissions.services import ended_on, selected_of, standing
from apps.permissions.standing import agreement_word
from apps.permissions.words import AGREEMENTS

MOST_EVENTS = 30
NAMED = 12
# Nobody reads them; the documents' own list has them.
_DIGESTS = {"sha256", "size"}
# Too long for a line of history, or not for everybody.
_UNSAID = ("email", "notes", "clause", "opening", "trigger_text", "titles", "listed_aus")


@dataclass(frozen=True, slots=True)
class Step:
    """``kind``: done, here or ahead."""

    label: str
    day: str
    kind: str


def steps(row: PublisherAgreement) -> list[Step]:
    """From the draft to its end, with the day of each."""
    state = standing(row)
    order = [AgreementState.DRAFT, AgreementState.SENT, AgreementState.SIGNED]
    # What was signed before it was entered here was no draft on the day of its entry.
    entered = node_day(row.created_at)
    later = [day for day in (row.sent_on, row.signed_on) if day]
    days = [None if later and min(later) < entered else entered, row.sent_on, row.signed_on]
    here = order.index(state) if state in order else len(order)
    found = []
    for n, (one, day) in enumerate(zip(order, days, strict=True)):
        kind = "here" if n == here else "done" if n < here and day else "ahead"
        found.append(Step(str(AGREEMENTS[one].label), day_text(day) if day and n <= here else "", kind))
    if here == len(order):
        found.append(Step(str(AGREEMENTS[state].label), _day(ended_on(row)), "here"))
    elif row.ends is not None:
        last = gettext("Renews itself") if row.renewal == Renewal.AUTOMATIC else gettext("Ends")
        found.append(Step(last, day_text(row.ends), "ahead"))
    return found


def _day(day: dt.date | None) -> str:
    return day_text(day) if day else ""


def terms(row: PublisherAgreement, *, all_of_it: bool) -> list[Fact]:
    """``all_of_it``: with what is for network administrators alone."""
    notice = row.notice_day
    facts = [
        Fact(gettext("State"), status_word(agreement_word(row))),
        Fact(
            gettext("Publisher"),
            format_html('<a href="/publishers/{}/">{}</a>', row.publisher_id, shortened(row.publisher.name)),
        ),
        Fact(gettext("Covers"), _scope(row)),
        Fact(gettext("Platforms"), _codes(row.platforms) or pgettext("platforms", "all")),
        Fact(gettext("Networks"), ", ".join(row.networks) or pgettext("networks", "all")),
        Fact(gettext("From"), day_text(row.starts) if row.starts else gettext("not agreed yet")),
        Fact(gettext("To"), day_text(row.ends) if row.ends else gettext("no end")),
        Fact(gettext("Renewal"), _renewal(row)),
    ]
    facts += _renewals(row)
    if notice:
        facts.append(Fact(gettext("Notice until"), day_text(notice)))
    if row.trigger_text:
        facts.append(Fact(gettext("Trigger events"), row.trigger_text))
    if all_of_it and row.notes:
        facts.append(Fact(gettext("Notes"), row.notes))
    return facts


def _renewals(row: PublisherAgreement) -> list[Fact]:
    """What it goes on from, and what goes on from it."""
    facts = [Fact(gettext("Renews"), _linked([row.renews]))] if row.renews else []
    later = list(row.renewals.order_by("-pk")[:NAMED])
    return [*facts, Fact(gettext("Renewed by"), _linked(later))] if later else facts


def _linked(rows: Sequence[PublisherAgreement]) -> SafeString:
    return format_html_join(
        SafeString("<br>"),
        '{} <a href="/permissions/agreements/{}/">{}</a>',
        [(status_word(agreement_word(one)), one.pk, one.name) for one in rows],
    )


def _codes(names: Sequence[str]) -> SafeString:
    return format_html_join(SafeString("<br>"), "<code>{}</code>", [(name,) for name in names])


def _renewal(row: PublisherAgreement) -> str:
    said = str(row.get_renewal_display())
    if row.renewal == Renewal.NONE:
        return said
    months = ngettext("%d month each time", "%d months each time", row.renewal_months) % row.renewal_months
    return f"{said}, {months}"


def _scope(row: PublisherAgreement) -> SafeString:
    names: list[tuple[str, str]] = []
    more = 0
    if row.scope == ScopeKind.TITLES:
        found = row.titles.order_by("name_key").values_list("pk", "name")
        names = [(f"/titles/{pk}/", shortened(name)) for pk, name in found[:NAMED]]
        more = row.titles.count() - len(names)
    elif row.scope == ScopeKind.AUS:
        listed = row.listed_aus.order_by("name_key").values_list("slug", "name")
        names = [(f"/titles/au/{slug}/", shortened(name)) for slug, name in listed[:NAMED]]
        more = row.listed_aus.count() - len(names)
    n = selected_of(row).count()
    said = ngettext("%s selected archival unit", "%s selected archival units", n) % count_text(n)
    return format_html(
        '{}; <a href="/aus/?agreement={}">{}</a>{}{}',
        row.get_scope_display(),
        row.pk,
        said,
        format_html_join("", '<br><a href="{}">{}</a>', names),
        format_html("<br>{}", gettext("and %s more") % count_text(more)) if more > 0 else "",
    )


def rights(row: PublisherAgreement) -> Page:
    return small_list(
        "rights",
        gettext("What it permits"),
        (
            Column("right", _("Right"), lambda right: str(right.label).capitalize()),
            Column("said", _("The agreement says"), lambda right: _said(right, Said(getattr(row, right)))),
        ),
        list(Right),
    )


def _said(right: Right, value: Said):
    """Only a no that stops preserving is a matter of care; readers' access is the parties' own."""
    if value == Said.NOTHING:
        return cells.text(value.label)
    no = Tone.CARE if right in (Right.COLLECT, Right.PRESERVE) else Tone.IDLE
    return cells.toned(Tone.SAFE if value == Said.YES else no, str(value.label))


def documents(row: PublisherAgreement, *, open_to: bool) -> Page:
    def name(one: AgreementDocument):
        page = f"/permissions/agreements/{row.pk}/documents/{one.pk}/"
        return cells.link(one.name, page) if open_to else cells.text(one.name)

    return small_list(
        "documents",
        gettext("Documents"),
        (
            Column("name", _("Document"), name),
            Column("size", _("Size"), lambda one: cells.size(one.size), numeric=True, priority=2),
            Column("by", _("Added"), lambda one: cells.day(one.added_at, str(one.added_by or ""))),
            Column("sha256", _("SHA-256"), lambda one: cells.code(one.sha256), priority=3),
        ),
        list(row.documents.select_related("added_by").order_by("id")),
    )


def history(row: PublisherAgreement) -> list[Event]:
    found = AuditEvent.objects.filter(subject=f"agreement:{row.pk}").order_by("-id")[:MOST_EVENTS]
    return [
        Event(
            one.at,
            Tone.IDLE,
            ": ".join((one.username or gettext("the node"), f"{act_said(one.action)}.")),
            _changes(one),
        )
        for one in found
    ]


def _changes(event: AuditEvent) -> str:
    """What is different, in a line; of long texts only that they are."""
    before, after = event.before or {}, event.after or {}
    if not event.before and "scope" in after:
        return ""
    parts = []
    for key in sorted({*before, *after} - _DIGESTS, key=lambda key: (key != "state", key)):
        old, new = before.get(key), after.get(key)
        if _plain(old) == _plain(new):
            continue
        name = key.replace("_", " ")
        if key in _UNSAID:
            parts.append(gettext("%s changed") % name)
        elif key in before:
            parts.append(f"{name}: {_short(old)} → {_short(new)}")
        else:
            parts.append(f"{name}: {_short(new)}")
    return "; ".join(parts)


def _plain(value: object) -> object:
    """Notes of older changes hold the ends of lines that a browser sent."""
    return plain_lines(value) if isinstance(value, str) else value


def _short(value: object) -> str:
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, dict):
        return ", ".join(f"{key} {said}" for key, said in value.items())
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def reminder_sentence(row: AgreementReminder) -> str:
    """What comes, when, and what it means."""
    day = day_text(row.due_on)
    if row.kind == ReminderKind.NEXT_STEP and row.contact is not None:
        return gettext("Planned for %(day)s: %(step)s") % {"day": day, "step": row.contact.next_step}
    if row.kind == ReminderKind.NOTICE:
        if row.agreement.renewal == Renewal.AUTOMATIC:
            return gettext("%s is the last day to give notice; after it, the agreement renews itself.") % day
        return gettext("%s is the last day to give notice.") % day
    return (
        gettext("Its last day is %s. Then nothing more is collected under it; what is preserved stays.") % day
    )
