"""The record of what was changed here. For system administrators."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.accounts import services
from apps.accounts.access import role_required
from apps.accounts.acts import said
from apps.accounts.choices import Role
from apps.accounts.lists import AUDIT, AUDIT_FILE, as_lines, with_links
from apps.accounts.models import AuditEvent, AuditSeal
from apps.accounts.views_people import to_people
from apps.common.display import count_text, moment
from apps.common.lists import show_list
from apps.common.pages import Fact, Head, Link, Side
from apps.common.text import shortened


@require_safe
@role_required(Role.SYSTEM)
def audit_record(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Audit record"),
        gettext("What was changed here, by whom. It only grows."),
        trail=[to_people()],
    )
    head_of_chain = services.head()
    return show_list(
        request,
        table=AUDIT_FILE if request.GET.get("format") else AUDIT,
        rows=AuditEvent.objects.all(),
        template="accounts/audit.html",
        context={"head": head, "chain": str(head_of_chain) if head_of_chain else ""},
    )


@require_safe
@role_required(Role.SYSTEM)
def audit_event(request: HttpRequest, pk: int) -> HttpResponse:
    event = get_object_or_404(AuditEvent, pk=pk)
    who = event.username or gettext("the node itself")
    facts = [
        Fact(gettext("When"), moment(event.at)),
        Fact(gettext("Who"), who),
        Fact(gettext("Of what"), _about(event)),
        Fact(gettext("Request"), event.request_id or "–"),
        Fact(
            gettext("Seal"),
            _seal(event),
            gettext("Its place in the chain, and the digest that follows from it."),
        ),
    ]
    trail = [to_people(), Link(gettext("Audit record"), resolve_url("accounts:audit"))]
    context = {
        "head": Head(f"{who} {said(event.action)}", event.action, code=True, trail=trail),
        "facts": facts,
        "sides": _sides(event),
    }
    return TemplateResponse(request, "accounts/audit_event.html", context)


def _about(event: AuditEvent) -> SafeString | str:
    about = with_links([event])[0].about
    said = shortened(about.label)
    if not about.url:
        return said if said == event.subject else format_html("{} <code>{}</code>", said, event.subject)
    return format_html('<a href="{}">{}</a> <code>{}</code>', about.url, said, event.subject)


def _sides(event: AuditEvent) -> list[Side]:
    """Before and after, field by field; what differs is marked. Empty where an act has neither."""
    before, after = as_lines(event.before), as_lines(event.after)
    both = event.before is not None and event.after is not None
    names = [*before, *(name for name in after if name not in before)]
    if not names:
        return []
    return [
        Side(title, [(_line(name, side), both and before.get(name) != after.get(name)) for name in names])
        for title, side in ((gettext("Before"), before), (gettext("After"), after))
    ]


def _line(name: str, side: dict[str, object]) -> str:
    if name not in side:
        return "–"
    return f"{name}: {side[name]}" if name else str(side[name])


def _seal(event: AuditEvent) -> SafeString | str:
    seal = AuditSeal.objects.filter(event_id=event.pk).first()
    if seal is None:
        return gettext("not sealed yet; it will be within a minute")
    return format_html("{} <code>{}</code>", count_text(seal.position), bytes(seal.digest).hex())
