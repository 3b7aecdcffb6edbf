"""The lists of people and of the audit record."""

import json
from dataclasses import replace

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.acts import known_acts, said, saying
from apps.accounts.choices import Door, Role, Scope
from apps.accounts.models import ApiToken, AuditEvent, PortalSession, User
from apps.accounts.words import ACTIVE, BLOCKED, TOKEN_GOOD, TOKEN_OVER, WITHOUT_ROLE_SHORT
from apps.common.clock import now
from apps.common.lists import Cell, Choice, Column, Day, Exact, Flag, Page, Search, Table, cells, small_list
from apps.common.pages import Action, Empty, Link
from apps.common.search import fold
from apps.common.subjects import links, meeting


def role_names(roles: list[str]) -> str:
    labels = dict(Role.choices)
    return ", ".join(str(labels.get(role, role)) for role in roles)


# In the address of the list.
NO_ROLE = "none"


def _roles(user: User) -> Cell:
    if user.roles:
        return cells.text(role_names(user.roles))
    # A closed account opens nothing, whatever its roles.
    return cells.text(gettext("no role"), str(WITHOUT_ROLE_SHORT) if user.is_active else "")


def _with_role(rows: QuerySet, role: str) -> QuerySet:
    if role == NO_ROLE:
        return rows.filter(roles=[])
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
        Column("roles", _("Roles"), _roles),
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
        Choice("role", _("Role"), "", (*Role.choices, (NO_ROLE, _("no role"))), how=_with_role),
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


def with_links(events: list[AuditEvent]) -> list[AuditEvent]:
    """Each with ``about``, a link to what it is about: an empty address where that is not there (any more)."""
    found = links(event.subject for event in events)
    prefix = "user:"
    names = [event.subject.removeprefix(prefix) for event in events if event.subject.startswith(prefix)]
    # Who reads this may see people, which is not so of every page that tells a subject.
    for pk, name in User.objects.filter(username__in=names).values_list("pk", "username"):
        found[prefix + name] = Link(name, f"/accounts/people/{pk}/")
    for event in events:
        about = found[event.subject]
        event.about = about
    return events


def _about(event: AuditEvent) -> Cell:
    if not event.about.url:
        label = event.about.label
        return Cell(cells.text(label, event.subject if label != event.subject else "").html, event.subject)
    return Cell(cells.link(event.about.label, event.about.url, event.subject).html, event.subject)


def _holding(rows: QuerySet, text: str) -> QuerySet:
    """Every word is met by what the list shows, or by the codes that are kept and its file holds."""
    for word in text.split()[: Search.MOST_WORDS]:
        found = Q(subject__icontains=word) | Q(action__icontains=word) | Q(username__icontains=word)
        found |= Q(action__in=saying(word)) | meeting("subject", word)
        if fold(word) in fold(gettext("the node")):
            found |= Q(username="")
        rows = rows.filter(found)
    return rows


def _who(event: AuditEvent) -> str:
    return event.username or gettext("the node")


def _what(event: AuditEvent) -> Cell:
    """What was done to one thing within an act on many, or on one, is told as part of it."""
    after = as_lines(event.after)
    part = gettext("as part of act %s") % after["selection"] if after.get("selection") else ""
    shown = cells.link(said(event.action), f"/accounts/audit/{event.pk}/", part)
    # On a telephone the column of who did it gives way.
    return Cell(cells.beneath(shown, gettext("By %s") % _who(event)).html, event.action)


AUDIT = Table(
    name="audit",
    caption=_("Audit record"),
    columns=(
        Column("at", _("When"), lambda event: cells.moment(event.at), sort="id", descending_first=True),
        Column("who", _("Who"), _who, priority=2),
        Column(
            "action",
            _("What"),
            _what,
        ),
        Column("subject", _("Of what"), _about),
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
    search=Search(label=_("Name, act or subject"), how=_holding),
    sort="-at",
    prepare=with_links,
    noun=lambda n: ngettext("act", "acts", n),
    empty=Empty(
        _("Nothing was changed yet"),
        _("Every act that changes something is recorded here, for good."),
    ),
)


def _whole(value: object) -> Cell:
    return cells.text("" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True))


def _changes(event: AuditEvent) -> Cell:
    """``field: old → new`` of each field that differs, for people; the whole stands beside it."""
    before, after = as_lines(event.before), as_lines(event.after)
    names = [*before, *(name for name in after if name not in before)]
    return cells.text(
        "; ".join(
            f"{f'{name}: ' if name else ''}{_value(before, name)} → {_value(after, name)}"
            for name in names
            if name not in before or name not in after or before[name] != after[name]
        )
    )


def as_lines(value: object) -> dict[str, object]:
    """What an event keeps, by field; of what is no mapping, one without a name."""
    if value is None:
        return {}
    return value if isinstance(value, dict) else {"": value}


def _value(side: dict[str, object], name: str) -> str:
    value = side.get(name)
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        return ", ".join(map(str, value))
    return (
        json.dumps(value, ensure_ascii=False, sort_keys=True)
        if isinstance(value, dict | list)
        else str(value)
    )


def _code(event: AuditEvent) -> str:
    return event.subject


# What a file holds besides: the whole event, as it is in the chain.
AUDIT_FILE = replace(
    AUDIT,
    prepare=None,
    columns=(
        Column("id", _("Number"), lambda event: cells.count(event.pk)),
        *(replace(one, show=_code) if one.key == "subject" else one for one in AUDIT.columns),
        Column("before", _("Before"), lambda event: _whole(event.before)),
        Column("after", _("After"), lambda event: _whole(event.after)),
        Column("changes", _("What changed"), _changes),
    ),
)


def session_list(rows: QuerySet, below: str, request: HttpRequest) -> Page:
    """``below``: the address that the address of each begins with."""
    columns = (
        Column("agent", _("Browser"), lambda row: browser_name(row.agent)),
        Column("address", _("Address"), lambda row: row.address, priority=2),
        Column(
            "door", _("Came in by"), lambda row: str(Door(row.door).label) if row.door else "–", priority=2
        ),
        Column("began", _("Since"), lambda row: cells.moment(row.began_at), priority=2),
        Column("seen", _("Last seen"), lambda row: cells.age(row.seen_at)),
        Column("end", "", lambda row: _end_button(row, below, request)),
    )
    return small_list("sessions", gettext("Sessions"), columns, rows)


def _end_button(row: PortalSession, below: str, request: HttpRequest) -> Cell | str:
    if row.pk == request.session.session_key:
        return gettext("this one")
    return _button(gettext("End"), f"{below}{row.number}/end/", request)


def _button(label: str, url: str, request: HttpRequest) -> Cell:
    action = Action(label, url, post=True)
    return Cell(render_to_string("common/action.html", {"action": action, "token": get_token(request)}))


def token_list(rows: QuerySet, below: str, request: HttpRequest) -> Page:
    columns = (
        Column("name", _("For"), lambda row: cells.text(row.name, f"{row.start}…")),
        Column("scopes", _("May"), lambda row: "; ".join(map(_scope, row.scopes)), priority=2),
        Column("state", _("State"), lambda row: cells.status(TOKEN_GOOD if _is_good(row) else TOKEN_OVER)),
        Column("expires", _("Until"), lambda row: cells.moment(row.expires_at), priority=2),
        Column("used", _("Last used"), lambda row: cells.age(row.last_used_at), priority=2),
        Column("from", pgettext_lazy("source", "From"), lambda row: row.last_address, priority=3),
        Column("revoke", "", lambda row: _revoke_button(row, below, request)),
    )
    empty = Empty(
        gettext("No tokens"),
        gettext("A token lets a program in: a report that is fetched at night, an old client."),
    )
    return small_list("tokens", gettext("Tokens"), columns, rows.select_related("user"), empty=empty)


def _scope(name: str) -> str:
    """As the form that made the token says it; one that is no more stays as it was kept."""
    return str(dict(Scope.choices).get(name, name))


def _is_good(row: ApiToken) -> bool:
    return row.revoked_at is None and row.expires_at > now() and row.access_version == row.user.access_version


def _revoke_button(row: ApiToken, below: str, request: HttpRequest) -> Cell | str:
    return _button(gettext("Revoke"), f"{below}{row.pk}/revoke/", request) if _is_good(row) else ""


# What a browser calls itself, the more telling word first: everybody says Safari and Mozilla.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(agent: str) -> str:
    """``Firefox, Linux``; of what is no browser the first word."""
    found = [next((name for sign, name in signs if sign in agent), "") for signs in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, found)) or agent.split("/", maxsplit=1)[0][:40] or gettext("unknown")
