"""A title list renamed or deleted. Network administrators."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import notices
from apps.common.pages import Confirm, Head, confirm_page, is_confirmed
from apps.common.words import Tone
from apps.titles import services
from apps.titles.errors import ListError
from apps.titles.forms import RenameForm
from apps.titles.models import TitleList
from apps.titles.views_parts import to_list_links


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(TitleList, pk=pk)
    form = RenameForm(request.POST or None, initial={"was": row.name, "name": row.name})
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.rename_list(title_list=row, was=data["was"], name=data["name"], user=request.user)
        except ListError as error:
            form.add_error("name", str(error))
        else:
            return HttpResponseRedirect(resolve_url("titles:list", pk=pk))
    context = {
        "head": Head(gettext("Rename the list"), row.name, trail=to_list_links(row)),
        "list": row,
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "titles/list_rename.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(TitleList.objects.select_related("address"), pk=pk)
    back = resolve_url("titles:list", pk=pk)
    if not is_confirmed(request):
        return confirm_page(
            request,
            Confirm(
                title=gettext("Delete the list %s") % row.name,
                happens=gettext("The list and the record of its imports are gone."),
                button=gettext("Delete it"),
                back=back,
                stays=gettext("Nothing of it was ever applied, so the catalogue stays as it is."),
                fields={"was": row.name},
            ),
        )
    try:
        services.delete_list(title_list=row, was=request.POST.get("was", ""), user=request.user)
    except ListError as error:
        notices.leave(request, str(error), tone=Tone.HARM)
        return HttpResponseRedirect(back)
    notices.leave(request, gettext("The list %s was deleted. The catalogue is as it was.") % row.name)
    return HttpResponseRedirect(resolve_url("titles:lists"))
