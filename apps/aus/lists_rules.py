"""The lists of rules, and of what a rule would choose."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.lists import au_noun
from apps.aus.models import Subscription, SubscriptionChange
from apps.aus.services.subscribing import Rule
from apps.aus.words import ACTIVE, ENDED
from apps.common.lists import Cell, Column, Page, Table, cells, small_list
from apps.common.pages import Empty
from apps.titles.lists import moment_link


def named(row: Subscription | Rule) -> str:
    """A title, which may be found by its ISSN, with its publisher."""
    publisher = row.title.publisher if row.title else row.publisher
    parts = [
        row.title.name if row.title else "",
        publisher.name if publisher else "",
        gettext("set %s") % row.title_set.name if row.title_set else "",
        row.plugin_id,
    ]
    return " · ".join(part for part in parts if part)


def in_words(ranges: str) -> str:
    """The original's syntax, but for everything, which it writes as a dash."""
    return gettext("all years") if ranges == "-" else ranges


def years_said(ranges: str, without: str) -> str:
    """``2003-2010, except 2005``"""
    if not without:
        return in_words(ranges)
    return gettext("%(years)s, except %(without)s") % {"years": in_words(ranges), "without": without}


def changes_table(row: Subscription) -> Page:
    """How its years were changed, the newest first."""

    def changed(one: SubscriptionChange) -> str:
        before = years_said(one.ranges_before, one.without_before)
        return f"{before} → {years_said(one.ranges, one.without)}"

    return small_list(
        "changes",
        gettext("How its years were changed"),
        (
            Column("at", gettext("When"), lambda one: cells.moment(one.created_at)),
            Column("who", gettext("By"), lambda one: one.user.username),
            Column("what", gettext("Before → after"), changed),
        ),
        row.changes.select_related("user").order_by("-version"),
    )


def _state(row: Subscription) -> Cell:
    if row.ended_at is None:
        return cells.status(ACTIVE)
    return cells.status(ENDED)


SUBSCRIPTIONS = Table(
    name="subscriptions",
    caption=_("Subscriptions"),
    columns=(
        Column("what", _("What"), lambda s: cells.link(named(s), f"/subscriptions/{s.pk}/")),
        Column("ranges", _("Years"), lambda s: in_words(s.ranges)),
        Column("without", _("Except"), lambda s: cells.text(s.without or "–"), priority=2),
        Column("state", _("State"), _state),
        Column("who", _("By"), lambda s: s.user.username, priority=2),
        Column(
            "at",
            _("Since"),
            lambda s: moment_link(s.created_at, f"/subscriptions/{s.pk}/"),
            sort="id",
            descending_first=True,
            priority=2,
        ),
    ),
    sort="-at",
    noun=lambda n: ngettext("rule", "rules", n),
    empty=Empty(
        _("Nothing is subscribed"),
        _(
            "A subscription selects what a publisher, a title, a title set or a plugin brings, as it appears in the lists."
        ),
    ),
)
PREVIEW = Table(
    name="preview",
    caption=_("What the rule would select"),
    columns=(
        Column("name", _("Archival unit"), lambda a: cells.link(a.name, f"/titles/au/{a.slug}/")),
        Column("title", _("Title"), lambda a: cells.link(a.title.name, f"/titles/{a.title_id}/"), priority=2),
        Column("year", _("Year"), lambda a: cells.text(a.year), numeric=True),
        Column("volume", _("Volume"), lambda a: cells.text(a.volume), priority=2),
    ),
    noun=au_noun,
    download=False,
)
