"""The lists of people and of the audit record."""

import json
from dataclasses import replace

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.acts import known_acts, said
from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.words import ACTIVE, BLOCKED
from apps.common.lists import Cell, Choice, Column, Day, Exact, Flag, Search, Table, cells
from apps.common.pages import Empty


def role_names(roles: list[str]) -> str:
    labels = dict(Role.choices)
    return ", ".join(str(labels.get(role, role)) for role in roles)


def _with_role(rows: QuerySet, role: str) -> QuerySet:
    return rows.filter(roles__contains=[role])


PEOPLE = Table(
    name="people",
    caption=_("People"),
    columns=(
        Column(
            "name",
            _("Name"),
            lambda user: cells.link(user.username, f"/accounts/people/{user.pk}/", user.get_full_name()),
            sort="username",
        ),
        Column("roles", _("Roles"), lambda user: role_names(user.roles) or "–"),
        Column(
            "state",
            _("Account"),
            lambda user: cells.status(ACTIVE if user.is_active else BLOCKED),
            priority=2,
        ),
        Column("email", _("E-mail"), lambda user: user.email, sort="email", priority=3),
        Column(
            "last",
            _("Last sign-in"),
            lambda user: cells.age(user.last_login),
            sort="last_login",
            descending_first=True,
        ),
    ),
    filters=(
        Choice("role", _("Role"), "", Role.choices, how=_with_role),
        Flag("active", _("May sign in"), Q(is_active=True)),
    ),
    search=Search(("username__icontains", "first_name", "last_name", "email"), label=_("Name or e-mail")),
    sort="name",
    noun=lambda n: ngettext("person", "people", n),
)

# A list of names longer than this is no choice any more; the search finds the others.
MOST_PEOPLE = 200
NODE = ":node"


def _by() -> list[tuple[str, object]]:
    """Everybody who has an account, and the node itself, which acts without one."""
    names = User.objects.order_by("username").values_list("username", flat=True)[:MOST_PEOPLE]
    return [(NODE, _("the node")), *((name, name) for name in names)]


def _done_by(rows: QuerySet, name: str) -> QuerySet:
    return rows.filter(username="" if name == NODE else name)


AUDIT = Table(
    name="audit",
    caption=_("Audit record"),
    columns=(
        Column("at", _("When"), lambda event: cells.moment(event.at), sort="id", descending_first=True),
        Column("who", _("Who"), lambda event: event.username or _("the node")),
        Column(
            "action",
            _("What"),
            lambda event: Cell(
                cells.link(said(event.action), f"/accounts/audit/{event.pk}/").html, event.action
            ),
        ),
        Column("subject", _("Of what"), lambda event: event.subject, priority=2),
        Column("request", _("Request"), lambda event: cells.code(event.request_id), priority=3),
    ),
    filters=(
        Exact("who", _("Who"), "username"),
        Exact("subject", _("Of what"), "subject"),
        Choice("by", _("By"), "", _by, how=_done_by),
        Choice("act", _("What"), "action", known_acts),
        Day("since", _("From"), "at"),
        Day("until", _("To"), "at", until=True),
    ),
    search=Search(("subject", "action", "username"), label=_("Name, act or subject")),
    sort="-at",
    noun=lambda n: ngettext("act", "acts", n),
    empty=Empty(
        _("Nothing was changed yet"),
        _("Every act that changes something is recorded here, for good."),
    ),
)


def _whole(value: object) -> Cell:
    return cells.text("" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True))


# What a file holds besides: the whole event, as it is in the chain.
AUDIT_FILE = replace(
    AUDIT,
    columns=(
        Column("id", _("Number"), lambda event: cells.count(event.pk)),
        *AUDIT.columns,
        Column("before", _("Before"), lambda event: _whole(event.before)),
        Column("after", _("After"), lambda event: _whole(event.after)),
    ),
)
