"""Lists that follow an address: begin, change, fetch now, stop. Network administrators."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import jobs, notices
from apps.common.forms import VersionForm
from apps.common.pages import Head
from apps.common.words import Tone
from apps.titles import services
from apps.titles.errors import ListError
from apps.titles.forms import AddressChangeForm, AddressForm
from apps.titles.models import ListAddress
from apps.titles.views import index
from apps.titles.views_parts import to_list_links


@require_POST
@role_required(Role.NETWORK)
def follow(request: HttpRequest) -> HttpResponse:
    form = AddressForm(request.POST, prefix="address")
    if form.is_valid():
        data = form.cleaned_data
        try:
            row, job = services.subscribe(
                url=data["url"],
                list_name=data["list_name"],
                every=data["every"],
                by_itself=data["by_itself"],
                user=request.user,
                request_key=data["request_key"],
            )
        except ListError as error:
            form.add_error("list_name", str(error))
        else:
            jobs.wake(job)
            return _to(row)
    return index(request, address_form=form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(pk)
    initial = {"url": row.url, "every": row.every, "by_itself": "yes" if row.by_itself else ""}
    form = AddressChangeForm(initial={**initial, "version": row.version})
    if request.method == "POST":
        form = AddressChangeForm(request.POST)
        if form.is_valid():
            data = form.cleaned_data
            try:
                services.change_address(address=row, user=request.user, **data)
            except ListError as error:
                return _told(request, row, str(error))
            jobs.wake(services.fetch_now(address=row, user=request.user))
            return _to(row)
    head = Head(gettext("Address of %s") % row.title_list.name, trail=to_list_links(row.title_list))
    context = {"head": head, "form": form, "address": row}
    return TemplateResponse(
        request, "titles/address_change.html", context, status=422 if form.errors else 200
    )


@require_POST
@role_required(Role.NETWORK)
def fetch(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(pk)
    jobs.wake(services.fetch_now(address=row, user=request.user))
    return _to(row)


@require_POST
@role_required(Role.NETWORK)
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(pk)
    form = VersionForm(request.POST)
    if not form.is_valid():
        return _told(request, row, gettext("The form did not say which address it was about."))
    version = form.cleaned_data["version"]
    if row.next_at is None and version < row.version:
        # The same form, sent twice.
        return _to(row)
    try:
        services.stop_address(address=row, version=version, user=request.user)
    except ListError as error:
        return _told(request, row, str(error))
    notices.leave(request, gettext("The address is not followed any more. What it brought stays."))
    return _to(row)


def _row(pk: int) -> ListAddress:
    return get_object_or_404(ListAddress.objects.select_related("title_list"), title_list_id=pk)


def _to(row: ListAddress) -> HttpResponse:
    return HttpResponseRedirect(resolve_url("titles:list", pk=row.title_list_id))


def _told(request: HttpRequest, row: ListAddress, text: str) -> HttpResponse:
    notices.leave(request, text, tone=Tone.HARM)
    return _to(row)
