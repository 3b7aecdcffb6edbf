"""The lists of people and of the audit record."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.acts import said
from apps.accounts.choices import Role
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
