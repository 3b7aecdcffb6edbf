"""One-time links: made by an administrator, opened by whoever got one, used by their form alone."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import services
from apps.accounts.access import role_required
from apps.accounts.addresses import client_address
from apps.accounts.choices import LinkKind, Role
from apps.accounts.errors import AccountError
from apps.accounts.forms import NewPasswordForm, pause_text
from apps.accounts.models import User
from apps.accounts.views_factors import to_person
from apps.common import notices
from apps.common.pages import Head
from apps.common.words import Tone

# No name that anybody could sign in with: wrong links are counted under it.
LINKS = ":link"


@require_POST
@role_required(Role.SYSTEM)
def person_link(request: HttpRequest, pk: int) -> HttpResponse:
    """By mail to its person where that can be, else on a page for the administrator."""
    someone = get_object_or_404(User, pk=pk)
    kind = LinkKind.RESET if someone.last_login else LinkKind.INVITATION
    try:
        text = services.make_link(person=someone, by=request.user, kind=kind)
    except AccountError as error:
        notices.leave(request, str(error), tone=Tone.HARM)
        return HttpResponseRedirect(resolve_url("accounts:person", pk=pk))
    address = settings.NODE.public_url + resolve_url("accounts:link", text=text)
    wanted = services.can_mail(someone)
    if wanted and services.mail_link(person=someone, by=request.user, kind=kind, address=address):
        said = gettext(
            "A link was sent to %s. It can be used once, within three days; those before are good no more."
        )
        notices.leave(request, said % someone.email)
        return HttpResponseRedirect(resolve_url("accounts:person", pk=pk))
    context = {
        "head": Head(gettext("A link for %s") % someone.username, trail=to_person(someone)),
        "not_taken": wanted,
        "address": address,
        "back": resolve_url("accounts:person", pk=pk),
    }
    return TemplateResponse(request, "accounts/link_made.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, text: str) -> HttpResponse:
    """Looking uses nothing: scanners of mail look first. A wrong link is told as a used one is."""
    address = client_address(request)
    row = services.find_link(text)
    if row is None:
        wait = services.begin_attempt(username=LINKS, address=address, forgeable=True)
        said = pause_text(wait) if wait else gettext("This link was used, or is too old.")
        return _page(request, None, said, 429 if wait else 404)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, person=row.user)
    if request.method == "POST" and form.is_valid():
        try:
            services.use_link(text=text, password=form.cleaned_data["password1"])
        except AccountError as error:
            return _page(request, None, str(error), 404)
        notices.leave(request, gettext("Your password is set. Sign in with it."))
        return HttpResponseRedirect(resolve_url("accounts:sign-in"))
    return _page(request, form, row.user.username, 422 if form.is_bound else 200)


def _page(request: HttpRequest, form: NewPasswordForm | None, text: str, status: int) -> HttpResponse:
    response = TemplateResponse(request, "accounts/link.html", {"form": form, "text": text}, status=status)
    # The address itself opens something, so that no other site hears it; with "no-referrer" browsers would not say of
    # its form where it was sent from, and it could not be trusted.
    response["Referrer-Policy"] = "same-origin"
    return response
