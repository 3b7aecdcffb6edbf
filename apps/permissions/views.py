"""Written agreements: the list, a new one, a change."""

from typing import Any, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import notices
from apps.common.lists import show_list
from apps.common.pages import Action, Head, Link
from apps.common.text import offered
from apps.common.words import Tone
from apps.permissions import services, standing
from apps.permissions.choices import AgreementState
from apps.permissions.forms import AgreementForm, ChangeForm, TermsForm, initial_of, renewal_initial
from apps.permissions.lists import AGREEMENTS
from apps.permissions.models import PublisherAgreement
from apps.titles.models import Publisher

# Of thousands the first are offered while one types; any may be written.
MOST_OFFERED = 500
FORM = "permissions/agreement_form.html"
Row = TypeVar("Row", bound=Model)


def trail_of(row: PublisherAgreement | None = None) -> list[Link]:
    found = [
        Link(gettext("Permissions"), "/permissions/"),
        Link(gettext("Agreements"), "/permissions/agreements/"),
    ]
    return [*found, Link(row.name, page_of(row))] if row else found


def page_of(row: PublisherAgreement) -> str:
    return f"/permissions/agreements/{row.pk}/"


def told_by(form: Form, error: ValidationError) -> None:
    """What a service refused, at the fields it names; what it names and the form has not stands above."""
    named: dict[str, Any] = (
        error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    )
    for field, said in named.items():
        form.add_error(field if field in form.fields else None, said)


@require_safe
@role_required()
def agreements(request: HttpRequest) -> HttpResponse:
    may = request.user.has_role(Role.NETWORK)
    head = Head(
        gettext("Written agreements"),
        gettext("What publishers have signed, or are asked to sign, and until when it holds."),
        trail=trail_of()[:1],
        actions=[Action(gettext("Enter an agreement"), "/permissions/agreements/new/", primary=True)]
        if may
        else [],
    )
    rows = PublisherAgreement.objects.select_related("publisher")
    return show_list(
        request, table=AGREEMENTS, rows=rows, template="nodes/list_page.html", context={"head": head}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def agreement_new(request: HttpRequest) -> HttpResponse:
    form = AgreementForm(request.POST or None, request.FILES or None, initial=_first_values(request))
    if request.method == "POST" and form.is_valid() and (row := _registered(request, form)):
        said = gettext("“%s” is entered.") % row.name
        notices.leave(request, " ".join(filter(None, (said, standing.unsaid_sentence(standing.unsaid(row))))))
        return HttpResponseRedirect(page_of(row))
    head = Head(
        gettext("Enter an agreement"),
        gettext("What a publisher has signed, so that anybody can see later why something was collected."),
        trail=trail_of(),
    )
    return _form_page(request, form, head, gettext("Enter it"), "/permissions/agreements/")


def _first_values(request: HttpRequest) -> dict:
    """For what ended all that it said, for its coming period; else the publisher that a link names."""
    old = _named(request, "renews", PublisherAgreement.objects.select_related("publisher"))
    if old is not None and services.has_ended_now(old):
        return renewal_initial(old)
    return {"publisher": _named(request, "publisher", Publisher.objects.all())}


def _named(request: HttpRequest, name: str, rows: QuerySet[Row]) -> Row | None:
    text = request.GET.get(name, "")
    return rows.filter(pk=int(text)).first() if text.isascii() and text.isdigit() and len(text) < 19 else None


def _registered(request: HttpRequest, form: AgreementForm) -> PublisherAgreement | None:
    """The agreement as entered; None: the form says why not."""
    data = form.cleaned_data
    try:
        return services.register_agreement(
            user=request.user,
            publisher=data["publisher"],
            terms=form.terms(),
            state=AgreementState(data["state"]),
            since=data["since"],
            papers=[services.Paper(file.name, file) for file in data["documents"]],
            renews=data["renews"],
            request_key=data["request_key"],
        )
    except services.SentBeforeError as error:
        form.add_error(None, _sent_before(error.agreement))
    except services.RenewedBeforeError as error:
        form.add_error(None, _renewed_before(data["renews"], error.agreement))
    except ValidationError as error:
        told_by(form, error)
    return None


def _sent_before(row: PublisherAgreement) -> SafeString:
    return format_html(
        gettext("This form was sent before and made “{}”; nothing was saved now. {}."),
        row.name,
        format_html('<a href="{}change/">{}</a>', page_of(row), gettext("Change the agreement instead")),
    )


def _renewed_before(old: PublisherAgreement, new: PublisherAgreement) -> SafeString:
    link = format_html('<a href="{}">{}</a>', page_of(new), new.name)
    return format_html(
        gettext("“{}” was renewed since this form was made, by “{}”; nothing was saved now."), old.name, link
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def agreement_change(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(PublisherAgreement, pk=pk)
    form = ChangeForm(request.POST or None, initial=initial_of(row))
    if request.method == "POST" and form.is_valid() and _changed(request, form, row):
        row.refresh_from_db()
        said = gettext("“%s” is changed.") % row.name
        if prolonged := services.prolonged(row):
            said += " " + standing.meaning(row)
        notices.leave(request, said, tone=Tone.CARE if prolonged else Tone.SAFE)
        return HttpResponseRedirect(page_of(row))
    head = Head(gettext("Change an agreement"), row.name, trail=trail_of(row))
    return _form_page(request, form, head, gettext("Save"), page_of(row))


def _changed(request: HttpRequest, form: ChangeForm, row: PublisherAgreement) -> bool:
    data = form.cleaned_data
    try:
        services.change_agreement(
            agreement=row,
            version=data["version"],
            user=request.user,
            publisher=data["publisher"],
            terms=form.terms(),
        )
    except ValidationError as error:
        told_by(form, error)
        return False
    return True


def _form_page(request: HttpRequest, form: TermsForm, head: Head, button: str, back: str) -> HttpResponse:
    context = {
        "form": form,
        "head": head,
        "button": button,
        "back": back,
        "publishers": offered(
            Publisher.objects.order_by("name_key").values_list("name", flat=True)[:MOST_OFFERED]
        ),
    }
    return TemplateResponse(request, FORM, context, status=422 if form.is_bound else 200)
