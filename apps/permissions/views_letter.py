"""The letter to a publisher: as a page, as PDF, as mail; and those that were sent, as they were."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import notices
from apps.common.clock import now
from apps.common.display import day_text
from apps.common.pages import Action, Head
from apps.common.text import shortened
from apps.permissions import letters, services
from apps.permissions.forms_acts import SentForm, renew_key
from apps.permissions.models import AgreementLetter, PublisherAgreement
from apps.permissions.views import page_of, told_by, trail_of
from apps.permissions.views_agreement import the_agreement

PAGE = "permissions/letter.html"


@require_safe
@role_required(Role.NETWORK)
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    row = the_agreement(pk)
    form = SentForm(initial={"version": row.version, "on": services.today()})
    return _show(request, row, form)


def _show(request: HttpRequest, row: PublisherAgreement, form: SentForm, status: int = 200) -> HttpResponse:
    content = letters.content_of(row, services.today())
    page = page_of(row)
    head = Head(
        gettext("Letter to %s") % shortened(row.publisher.name),
        gettext("Made from the agreement as it stands. Change the agreement, and the letter says it."),
        trail=trail_of(row),
        actions=[
            Action(gettext("Change the agreement"), f"{page}change/"),
            Action(gettext("As PDF"), f"{page}letter/pdf/", primary=True),
        ],
    )
    return TemplateResponse(
        request,
        PAGE,
        {"head": head, "form": form, "sent": f"{page}letter/sent/", **_parts(content)},
        status=status,
    )


def _parts(content: dict) -> dict:
    address, whole = letters.mailto(content)
    return {
        "letter": content,
        "mail": letters.mail_text(content),
        "mailto": address,
        "mailto_is_whole": whole,
    }


@require_safe
@role_required(Role.NETWORK)
def letter_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    row = the_agreement(pk)
    pdf = letters.letter_pdf(letters.content_of(row, services.today()), now())
    return _pdf(pdf, row, "")


def _pdf(pdf: bytes, row: PublisherAgreement, number: str) -> HttpResponse:
    name = "-".join(filter(None, ("letter", slugify(row.publisher.name)[:60], number)))
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@role_required(Role.NETWORK)
def letter_sent(request: HttpRequest, pk: int) -> HttpResponse:
    row = the_agreement(pk)
    form = SentForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            kept = services.send_letter(
                agreement=row,
                version=data["version"],
                user=request.user,
                on=data["on"],
                request_key=data["request_key"],
            )
        except ValidationError as error:
            told_by(form, error)
            renew_key(form)
        else:
            notices.leave(request, gettext("The letter is kept as it was sent."))
            return HttpResponseRedirect(f"{page_of(row)}letters/{kept.number}/")
    return _show(request, row, form, status=422)


@require_safe
@role_required(Role.NETWORK)
def kept_letter(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    kept = _kept(pk, number)
    row = kept.agreement
    head = Head(
        gettext("Letter %(number)d, sent %(day)s") % {"number": kept.number, "day": day_text(kept.sent_on)},
        gettext("As it was sent; it is never changed."),
        trail=trail_of(row),
        actions=[Action(gettext("As PDF"), "pdf/", primary=True)],
    )
    return TemplateResponse(request, PAGE, {"head": head, "kept": kept, **_parts(kept.content)})


@require_safe
@role_required(Role.NETWORK)
def kept_pdf(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    kept = _kept(pk, number)
    return _pdf(bytes(kept.pdf), kept.agreement, str(number))


def _kept(pk: int, number: int) -> AgreementLetter:
    rows = AgreementLetter.objects.select_related("agreement__publisher")
    return get_object_or_404(rows, agreement=pk, number=number)
