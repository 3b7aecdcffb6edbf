"""Lists of the pages about serving: what was said where, trigger events, proxies."""

from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.common.display import day_text
from apps.common.lists import Choice as Filter
from apps.common.lists import Column, Search, Table, cells
from apps.common.pages import Empty
from apps.common.text import shortened
from apps.delivery.choices import Choice
from apps.delivery.models import InstitutionProxy, ServingRule, TriggerEvent
from apps.delivery.services.sayings import level_of
from apps.delivery.services.triggering import counts
from apps.delivery.words import LEVELS
from apps.lockss.delivery import Level
from apps.permissions.choices import Said

_LEVELS = tuple((str(level), label) for level, label in LEVELS.items())
_TERMS = {
    "serve": _("serving"),
    "while_available": _("serving while the publisher serves"),
    "openly": _("open serving"),
    "trigger": _("trigger events"),
}
_STATES = (
    ("proposed", _("waits for a second person")),
    ("confirmed", _("confirmed")),
    ("withdrawn", pgettext_lazy("trigger event", "withdrawn")),
)


def page_of(row: ServingRule | TriggerEvent) -> str:
    """The page of the place that a row speaks of."""
    if row.au_id is not None:
        return f"/serving/aus/{row.au.slug}/"
    if row.title_id is not None:
        return f"/serving/titles/{row.title_id}/"
    house = getattr(row, "publisher_id", None)
    return f"/serving/publishers/{house}/" if house else "/serving/network/"


def name_of(row: ServingRule | TriggerEvent) -> str:
    found = row.au or row.title or getattr(row, "publisher", None)
    return shortened(found.name) if found is not None else gettext("The network")


def terms_text(row: ServingRule) -> str:
    """What the publisher grants and refuses, in a line."""
    found = [(label, getattr(row, name)) for name, label in _TERMS.items()]
    granted = [gettext("granted: %s") % label for label, said in found if said == Said.YES]
    refused = [gettext("refused: %s") % label for label, said in found if said == Said.NO]
    return ", ".join([*granted, *refused])


def embargo_text(row: ServingRule) -> str:
    said = [gettext("until %s") % day_text(row.embargo_until)] if row.embargo_until else []
    if row.wall_length is not None:
        wall = gettext("%(length)d %(unit)s from publication")
        said.append(wall % {"length": row.wall_length, "unit": row.get_wall_unit_display()})
    return ", ".join(said)


def event_state(row: TriggerEvent) -> str:
    if row.withdrawn_at is not None:
        return gettext("withdrawn")
    if row.confirmed_at is None:
        return gettext("waits for a second person")
    return gettext("counts") if counts(row) else gettext("confirmed, counts from its day on")


def _at_level(rows, level: str):
    return {
        Level.NETWORK: rows.filter(publisher__isnull=True, title__isnull=True, au__isnull=True),
        Level.PUBLISHER: rows.filter(publisher__isnull=False),
        Level.TITLE: rows.filter(title__isnull=False),
        Level.AU: rows.filter(au__isnull=False),
    }[Level(level)]


def _in_state(rows, state: str):
    if state == "withdrawn":
        return rows.filter(withdrawn_at__isnull=False)
    return rows.filter(withdrawn_at__isnull=True, confirmed_at__isnull=state == "proposed")


RULES = Table(
    name="rules",
    caption=_("What was said of serving"),
    columns=(
        Column("place", _("Of"), lambda row: cells.link(name_of(row), page_of(row))),
        Column("level", _("Level"), lambda row: str(LEVELS[level_of(row)]), priority=3),
        Column("choice", _("Serving"), lambda row: row.get_choice_display() or "–", sort="choice"),
        Column("terms", _("The publisher's terms"), lambda row: terms_text(row) or "–", priority=2),
        Column(
            "open",
            _("Open access"),
            lambda row: row.get_open_access_display(),
            sort="open_access",
            priority=3,
        ),
        Column(
            "embargo", _("Embargo"), lambda row: embargo_text(row) or "–", sort="embargo_until", priority=3
        ),
        Column(
            "flag", _("The publisher"), lambda row: row.get_flag_display() or "–", sort="flag", priority=3
        ),
        Column(
            "said",
            _("Said"),
            lambda row: cells.day(timezone.localdate(row.said_at)),
            sort="said_at",
            priority=3,
        ),
    ),
    filters=(
        Filter("level", _("Level"), "", _LEVELS, how=_at_level),
        Filter("choice", _("Serving"), "choice", Choice.choices),
    ),
    search=Search(
        ("publisher__name_key", "title__name_key", "au__name_key"),
        label=_("Publisher, title or archival unit"),
    ),
    sort="-said",
    noun=lambda n: ngettext("rule", "rules", n),
    empty=Empty(
        _("Nothing was said yet"),
        _("As long as no rule is here the node's setting holds for everything. Begin with the network."),
    ),
)

EVENTS = Table(
    name="events",
    caption=_("Trigger events"),
    columns=(
        Column("place", _("Of"), lambda row: cells.link(name_of(row), f"/serving/triggers/{row.pk}/")),
        Column("reason", _("What happened"), lambda row: shortened(row.reason), sort="reason", priority=2),
        Column("since", _("Counts from"), lambda row: cells.day(row.since), sort="since"),
        Column("state", _("State"), event_state),
        Column("first", _("Proposed by"), lambda row: row.proposed_name, sort="proposed_name", priority=3),
        Column(
            "second",
            _("Confirmed by"),
            lambda row: row.confirmed_name or "–",
            sort="confirmed_name",
            priority=3,
        ),
    ),
    filters=(Filter("state", _("State"), "", _STATES, how=_in_state),),
    search=Search(("reason", "title__name_key", "au__name_key"), label=_("Title, archival unit or reason")),
    sort="-since",
    noun=lambda n: ngettext("trigger event", "trigger events", n),
    empty=Empty(
        _("There was none"),
        _("A trigger event gives a title or an archival unit to everybody, when two persons have said so."),
    ),
)

PROXIES = Table(
    name="proxies",
    caption=_("Institutions' proxies"),
    columns=(
        Column(
            "name", _("Name"), lambda row: cells.link(row.name, f"/serving/proxies/{row.pk}/"), sort="name"
        ),
        Column("addresses", _("Addresses"), lambda row: shortened(", ".join(row.addresses.split("\n")))),
        Column("note", _("Note"), lambda row: shortened(row.note) or "–", priority=3),
    ),
    search=Search(("name", "addresses"), label=_("Name or address")),
    sort="name",
    noun=lambda n: ngettext("proxy", "proxies", n),
    empty=Empty(
        _("None is known"),
        _("Readers who come through a proxy of their institution, such as EZproxy, count as own readers."),
    ),
)


def rules():
    return ServingRule.objects.select_related("publisher", "title", "au")


def events():
    return TriggerEvent.objects.select_related("title", "au")


def proxies():
    return InstitutionProxy.objects.all()
