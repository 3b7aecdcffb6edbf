"""Keys of knowledge bases: made, shown once, withdrawn."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from apps.accounts.access import role_required
from apps.accounts.choices import SCOPE_ADDRESSES, Scope
from apps.accounts.lists import token_list
from apps.accounts.models import ApiToken
from apps.common import notices
from apps.common.lists import show_list
from apps.common.pages import Confirm, Head, Link, confirm_page, is_confirmed
from apps.kbart import lists, services
from apps.kbart.errors import ActError
from apps.kbart.forms import KeyForm
from apps.kbart.models import FeedToken
from apps.kbart.views import READERS
from apps.kbart.views_series import trail


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*READERS)
def keys(request: HttpRequest) -> HttpResponse:
    """The list and the form; the answer to the form is the only page that ever shows the secret."""
    form = KeyForm(request.POST) if request.method == "POST" else KeyForm()
    if request.method == "POST" and form.is_valid():
        try:
            row, secret = services.make_token(user=request.user, **form.cleaned_data)
        except ActError as error:
            form.add_error("label", str(error))
        else:
            return _shown(request, row, secret)
    head = Head(
        gettext("Keys of knowledge bases"),
        gettext("With a key a knowledge base fetches the newest editions by itself."),
        trail=trail(),
    )
    rows = FeedToken.objects.select_related("series", "user")
    own = ApiToken.objects.filter(user=request.user, scopes__contains=[Scope.REPORTS])
    answer = show_list(
        request,
        table=lists.KEYS,
        rows=rows,
        template="kbart/keys.html",
        # What else opens reports stands beside them: two kinds of secrets are easily taken for one another.
        context={
            "head": head,
            "form": form,
            "tokens": token_list(own.order_by("-pk"), "/me/tokens/", request),
            "addresses": ", ".join(map(str, SCOPE_ADDRESSES[Scope.REPORTS])),
        },
    )
    answer.status_code = 422 if form.errors else 200
    return answer


def _shown(request: HttpRequest, row: FeedToken, secret: str) -> HttpResponse:
    path = row.series.path if row.series else "/kbart/"
    context = {
        "head": Head(
            row.label, row.key, code=True, trail=[*trail(), Link(gettext("Keys"), resolve_url("kbart:keys"))]
        ),
        "key": row,
        "secret": secret,
        "header": f"Authorization: Bearer {secret}",
        "whole": f"{settings.NODE.public_url}{path}?key={row.key}&token={secret}",
    }
    response = TemplateResponse(request, "kbart/key_made.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*READERS)
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(FeedToken.objects.select_related("series"), pk=pk)
    if is_confirmed(request):
        services.revoke_token(token=row, user=request.user)
        notices.leave(request, gettext("The key of %s opens nothing any more.") % row.label)
        return HttpResponseRedirect(resolve_url("kbart:keys"))
    confirm = Confirm(
        title=gettext("Withdraw the key of %s?") % row.label,
        happens=gettext(
            "Whoever fetches with it is refused from now on. A key that was withdrawn never opens again."
        ),
        button=gettext("Withdraw it"),
        back=resolve_url("kbart:keys"),
        stays=gettext("The editions and all other keys stay as they are."),
    )
    return confirm_page(request, confirm)
