"""What network administrators do on an agreement's page: move it, add parties, documents and lines of the log."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import notices
from apps.common.words import Tone
from apps.permissions import services
from apps.permissions.choices import AgreementState, PartyRole
from apps.permissions.forms_acts import ContactForm, DocumentsForm, MoveForm, PartyForm, renew_key
from apps.permissions.models import AgreementDocument, AgreementParty, AgreementReminder, PublisherAgreement
from apps.permissions.standing import unsaid, unsaid_sentence
from apps.permissions.views import page_of, told_by
from apps.permissions.views_agreement import show, the_agreement


@require_POST
@role_required(Role.NETWORK)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    row = the_agreement(pk)
    form = MoveForm(request.POST, row=row)
    if form.is_valid():
        data = form.cleaned_data
        if data["version"] < row.version and data["to"] == row.state:
            # The same form, sent twice.
            return HttpResponseRedirect(page_of(row))
        if data["version"] != row.version:
            return _stale(request, row)

    def act() -> None:
        services.move_agreement(
            agreement=row,
            version=data["version"],
            user=request.user,
            to=AgreementState(data["to"]),
            on=data["on"],
            ends=data["ends"],
        )

    said = gettext("“%s” is in another state now.") % row.name
    if form.is_valid() and data["to"] == AgreementState.SIGNED:
        said = " ".join(filter(None, (said, unsaid_sentence(unsaid(row)))))
    return _done(request, row, form, "move", act, said)


def _stale(request: HttpRequest, row: PublisherAgreement) -> HttpResponse:
    said = gettext(
        "Somebody has changed this agreement since your page was made. Look at it again; nothing was done."
    )
    notices.leave(request, said, tone=Tone.HARM)
    return HttpResponseRedirect(page_of(row))


def _done(
    request: HttpRequest, row: PublisherAgreement, form: Form, name: str, act: Callable[[], object], said: str
) -> HttpResponse:
    """Do it and go back to the page, or show the page with what is wrong in its form."""
    if form.is_valid():
        try:
            act()
        except ValidationError as error:
            told_by(form, error)
            if "request_key" in form.fields:
                renew_key(form)
        else:
            notices.leave(request, said)
            return HttpResponseRedirect(page_of(row))
    return show(request, row, status=422, **{name: form})


@require_POST
@role_required(Role.NETWORK)
def party_add(request: HttpRequest, pk: int) -> HttpResponse:
    row = the_agreement(pk)
    form = PartyForm(request.POST, prefix="party")

    def act() -> None:
        data = form.cleaned_data
        services.add_party(
            agreement=row,
            user=request.user,
            name=data["name"],
            role=PartyRole(data["role"]),
            email=data["email"],
        )

    return _done(request, row, form, "party", act, gettext("The party is entered."))


@require_POST
@role_required(Role.NETWORK)
def party_remove(request: HttpRequest, pk: int, party: int) -> HttpResponse:
    """A party that is gone already stays gone."""
    row = the_agreement(pk)
    found = AgreementParty.objects.filter(pk=party, agreement=row).first()
    if found is not None:
        services.remove_party(party=found, user=request.user)
        notices.leave(request, gettext("“%s” is no party any more.") % found.name)
    return HttpResponseRedirect(page_of(row))


@require_POST
@role_required(Role.NETWORK)
def documents_add(request: HttpRequest, pk: int) -> HttpResponse:
    row = the_agreement(pk)
    form = DocumentsForm(request.POST, request.FILES)

    def act() -> None:
        papers = [services.Paper(file.name, file) for file in form.cleaned_data["documents"]]
        services.add_documents(agreement=row, papers=papers, user=request.user)

    return _done(request, row, form, "papers", act, gettext("The documents are kept."))


@require_safe
@role_required(Role.NETWORK)
def document(request: HttpRequest, pk: int, document: int) -> HttpResponse:
    """Never shown inside the portal: a document is an upload, and could be a page."""
    row = get_object_or_404(AgreementDocument, pk=document, agreement=pk)
    try:
        file = services.document_path(row).open("rb")
    except (ValueError, OSError):
        raise Http404 from None
    response = FileResponse(
        file, as_attachment=True, filename=row.name, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@role_required(Role.NETWORK)
def contact_add(request: HttpRequest, pk: int) -> HttpResponse:
    row = the_agreement(pk)
    form = ContactForm(request.POST, prefix="contact")

    def act() -> None:
        services.add_contact(
            agreement=row,
            user=request.user,
            line=form.line(),
            request_key=form.cleaned_data["request_key"],
        )

    return _done(request, row, form, "contact", act, gettext("It stands in the log."))


@require_POST
@role_required(Role.NETWORK)
def reminder_done(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(AgreementReminder.objects.select_related("agreement"), pk=pk)
    services.reminder_done(reminder=row, user=request.user)
    notices.leave(request, gettext("You are not reminded of it again."))
    return HttpResponseRedirect(page_of(row.agreement))
