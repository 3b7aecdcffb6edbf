"""The page of one agreement. Anybody signed in sees its terms, librarians its papers' names, network administrators all."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common.pages import Action, Head
from apps.common.text import shortened
from apps.permissions import panels, services, standing
from apps.permissions.forms_acts import ContactForm, DocumentsForm, MoveForm, PartyForm
from apps.permissions.letters import paragraphs
from apps.permissions.models import PublisherAgreement
from apps.permissions.views import page_of, trail_of

PAGE = "permissions/agreement.html"


def the_agreement(pk: int) -> PublisherAgreement:
    return get_object_or_404(PublisherAgreement.objects.select_related("publisher", "renews"), pk=pk)


@require_safe
@role_required()
def agreement(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, the_agreement(pk))


def show(request: HttpRequest, row: PublisherAgreement, status: int = 200, **wrong) -> HttpResponse:
    """``wrong``: the forms of this page that could not be taken, by their names."""
    writes = request.user.has_role(Role.NETWORK)
    knows = writes or request.user.has_role(Role.LIBRARIAN)
    context = {
        "head": _head(row, writes=writes),
        "agreement": row,
        "writes": writes,
        "knows": knows,
        "steps": panels.steps(row),
        "state_meaning": standing.meaning(row),
        "unsaid": standing.unsaid_sentence(standing.unsaid(row)),
        "again": writes and services.prolonged(row) and services.today(),
        "facts": panels.terms(row, all_of_it=writes),
        "rights": panels.rights(row),
        "parties": row.parties.order_by("id"),
        "documents": panels.documents(row, open_to=writes),
        "clause": paragraphs(row.clause),
    }
    if knows:
        context["events"] = panels.history(row)
    if writes:
        context |= {
            "reminders": [
                (one, panels.reminder_sentence(one))
                for one in services.open_reminders().filter(agreement=row)
            ],
            "contacts": row.contacts.select_related("added_by").order_by("-on", "-id"),
            "letters": row.letters.defer("pdf", "content", "text").order_by("-number"),
            "move": MoveForm(row=row) if services.MOVES[services.standing(row)] else None,
            "party": PartyForm(prefix="party"),
            "papers": DocumentsForm(),
            "contact": ContactForm(prefix="contact"),
            **wrong,
        }
    return TemplateResponse(request, PAGE, context, status=status)


def _head(row: PublisherAgreement, *, writes: bool) -> Head:
    page, ended = page_of(row), services.has_ended_now(row)
    renewal = services.renewal_of(row) if ended else None
    actions = [
        # What ended is not asked for again beside what goes on from it.
        Action(gettext("Letter to the publisher"), f"{page_of(renewal or row)}letter/"),
        Action(gettext("Change"), f"{page}change/"),
    ]
    if ended and renewal is None:
        actions.append(
            Action(gettext("Renew it"), f"/permissions/agreements/new/?renews={row.pk}", primary=True)
        )
    return Head(
        row.name,
        shortened(row.publisher.name),
        trail=trail_of(),
        actions=actions if writes else [],
    )
