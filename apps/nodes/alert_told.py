"""Who was told of an alert, on its page: what was told, what waits and what failed, apart."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.display import count_text, moment_text
from apps.common.pages import Event
from apps.common.stored import retold
from apps.common.words import Tone
from apps.nodes.choices_alerts import Channel, NoticeEvent
from apps.nodes.models import Alert, AlertMessage, AlertNotice
from apps.nodes.services.sending import pause
from apps.nodes.services.telling import host_of

MOST = 50


@dataclass(frozen=True, slots=True)
class Group:
    title: str | Promise
    help: str | Promise
    events: list[Event] = field(default_factory=list)


def told(alert: Alert) -> list[Group]:
    """The newest first; groups that nobody is in are left out."""
    groups = {
        _sent: Group(_("Told"), ""),
        _waits: Group(_("Waiting"), _("Not told yet: the times are those of the next attempt.")),
        _failed: Group(_("Failed"), _("The times are those of the last attempt.")),
        _dropped: Group(_("Not told any more"), ""),
    }
    rows = AlertNotice.objects.filter(alert=alert).select_related("message", "user").order_by("-pk")[:MOST]
    for row in rows:
        make = _kind(row)
        groups[make].events.append(make(row, row.message))
    return [group for group in groups.values() if group.events]


def _kind(row: AlertNotice) -> Callable[[AlertNotice, AlertMessage | None], Event]:
    if row.dropped_at:
        return _dropped
    if row.message is None:
        return _waits
    if row.message.sent_at:
        return _sent
    return _failed if row.message.error else _waits


def _sent(row: AlertNotice, message: AlertMessage) -> Event:
    return Event(message.sent_at, Tone.SAFE, gettext("%(what)s: told to %(who)s by %(way)s") % _said(row))


def _waits(row: AlertNotice, message: AlertMessage | None) -> Event:
    at = message.next_attempt_at if message else row.due_at
    return Event(at, Tone.IDLE, gettext("%(what)s: to be told to %(who)s by %(way)s") % _said(row))


def _failed(row: AlertNotice, message: AlertMessage) -> Event:
    """An attempt's own moment is not kept; it lies the pause that follows it before the next one."""
    again = gettext("The next attempt is at %s.") % moment_text(message.next_attempt_at)
    tried = ngettext("Tried %s time.", "Tried %s times.", message.attempts) % count_text(message.attempts)
    text = gettext("%(what)s: could not be told to %(who)s by %(way)s") % _said(row)
    why = retold(message.error)
    return Event(
        message.next_attempt_at - pause(message.attempts), Tone.CARE, text, f"{_ended(why)} {tried} {again}"
    )


def _dropped(row: AlertNotice, _message: AlertMessage | None) -> Event:
    return Event(row.dropped_at, Tone.IDLE, gettext("%(what)s: not told to %(who)s any more") % _said(row))


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


def _said(row: AlertNotice) -> dict[str, str]:
    address = row.message.address if row.message else host_of(settings.NODE.webhook_url)
    return {
        "what": str(NoticeEvent(row.event).label),
        "who": row.user.display_name if row.user else address,
        "way": str(Channel(row.channel).label),
    }
