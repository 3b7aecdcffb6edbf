"""Whom the node counts as its own readers: addresses, roles, institutions' proxies."""

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import notices
from apps.common.lists import show_list
from apps.common.pages import Head, Link
from apps.delivery.forms import ProxyForm, ReadersForm
from apps.delivery.lists import PROXIES, proxies
from apps.delivery.models import InstitutionProxy, OwnReaderList
from apps.delivery.services.ruling import remove_proxy, set_own_readers, set_proxy
from apps.delivery.views_serving import told_by
from apps.delivery.words import finding_sentence
from apps.lockss.delivery import AddressList

READERS = "/serving/readers/"


def _trail(*more: Link) -> list[Link]:
    return [Link(gettext("Permissions"), "/permissions/"), Link(gettext("Serving"), "/serving/"), *more]


@require_safe
@role_required(Role.LIBRARIAN, Role.NETWORK)
def readers(request: HttpRequest) -> HttpResponse:
    return _show(request)


@require_POST
@role_required(Role.NETWORK)
def readers_keep(request: HttpRequest) -> HttpResponse:
    form = ReadersForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            row = set_own_readers(**data, user=request.user)
        except ValidationError as error:
            told_by(form, error)
        else:
            found = AddressList.read(row.included, row.excluded).findings
            said = gettext("It is kept, and counts from now on.")
            notices.leave(request, " ".join([said, *(finding_sentence(one) for one in found[:3])]))
            return HttpResponseRedirect(READERS)
    return _show(request, status=422, form=form)


@require_POST
@role_required(Role.NETWORK)
def proxy_new(request: HttpRequest) -> HttpResponse:
    form = ProxyForm(request.POST, prefix="proxy")
    if form.is_valid() and _kept(form, None, request):
        notices.leave(request, gettext("The proxy is entered."))
        return HttpResponseRedirect(READERS)
    return _show(request, status=422, proxy=form)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def proxy(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(InstitutionProxy, pk=pk)
    form = ProxyForm(request.POST) if request.method == "POST" else ProxyForm.of(row)
    if request.method == "POST" and form.is_valid() and _kept(form, row, request):
        notices.leave(request, gettext("The proxy is changed."))
        return HttpResponseRedirect(READERS)
    head = Head(
        gettext("A proxy of an institution"), row.name, trail=_trail(Link(gettext("Own readers"), READERS))
    )
    context = {"head": head, "form": form, "row": row}
    return TemplateResponse(request, "delivery/proxy.html", context, status=422 if form.errors else 200)


@require_POST
@role_required(Role.NETWORK)
def proxy_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """One that is gone already stays gone."""
    row = InstitutionProxy.objects.filter(pk=pk).first()
    if row is not None:
        remove_proxy(proxy=row, user=request.user)
        notices.leave(request, gettext("“%s” is known no more.") % row.name)
    return HttpResponseRedirect(READERS)


def _kept(form: ProxyForm, row: InstitutionProxy | None, request: HttpRequest) -> bool:
    try:
        set_proxy(proxy=row, **form.cleaned_data, user=request.user)
    except ValidationError as error:
        told_by(form, error)
        return False
    return True


def _show(request: HttpRequest, status: int = 200, **wrong: Form) -> HttpResponse:
    row = OwnReaderList.objects.first()
    writes = request.user.has_role(Role.NETWORK)
    kept = row or OwnReaderList()
    found = AddressList.read(kept.included, kept.excluded)
    head = Head(
        gettext("Own readers"),
        gettext("Who is one may read what is gray or light; each of the three proofs is enough."),
        trail=_trail(),
    )
    context = {
        "head": head,
        "writes": writes,
        "form": ReadersForm.of(row),
        "proxy": ProxyForm(prefix="proxy"),
        "findings": [finding_sentence(one) for one in found.findings],
        "closed": found.closed,
        "kept": kept,
        "roles": [Role(role).label for role in kept.roles if role in Role.values],
    }
    response = show_list(
        request, table=PROXIES, rows=proxies(), template="delivery/readers.html", context=context | wrong
    )
    if status != response.status_code:
        response.status_code = status
    return response
