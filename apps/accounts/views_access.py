"""Sessions and tokens of somebody else, seen and ended by a system administrator."""

import uuid

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import other_keys, services
from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.accounts.lists import session_list, token_list
from apps.accounts.models import ApiToken, PortalSession, User
from apps.accounts.views_people import to_people
from apps.common import notices
from apps.common.pages import Action, Head, Link


@require_safe
@role_required(Role.SYSTEM)
def person_access(request: HttpRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    here = f"/accounts/people/{pk}/"
    sessions = services.sessions_of(someone).order_by("-seen_at")
    context = {
        "head": Head(
            gettext("Sessions and tokens of %s") % someone.username,
            gettext("What lets them in just now."),
            trail=[to_people(), Link(someone.username, resolve_url("accounts:person", pk=pk))],
            actions=[
                Action(gettext("End them all"), resolve_url("accounts:person-end-all", pk=pk), post=True),
            ],
        ),
        "tokens": token_list(
            ApiToken.objects.filter(user=someone).order_by("-pk"), f"{here}tokens/", request
        ),
        "others": other_keys.keys_of(someone, request),
        "sessions": session_list(sessions, f"{here}sessions/", request),
    }
    return TemplateResponse(request, "accounts/access.html", context)


@require_POST
@role_required(Role.SYSTEM)
def person_session_end(request: HttpRequest, pk: int, session: uuid.UUID) -> HttpResponse:
    row = get_object_or_404(PortalSession, number=session, user_id=pk)
    if row.pk == request.session.session_key:
        return _back(request, pk, gettext("That is this session: sign out to end it."))
    services.end_session(session=row, by=request.user)
    return _back(request, pk, gettext("That session is over."))


@require_POST
@role_required(Role.SYSTEM)
def person_token_revoke(request: HttpRequest, pk: int, token: int) -> HttpResponse:
    row = get_object_or_404(ApiToken, pk=token, user_id=pk)
    services.revoke_token(token=row, by=request.user)
    return _back(request, pk, gettext("The token %s opens nothing any more.") % row.name)


@require_POST
@role_required(Role.SYSTEM)
def person_end_all(request: HttpRequest, pk: int) -> HttpResponse:
    someone = get_object_or_404(User, pk=pk)
    own = request.session.session_key if pk == request.user.pk else ""
    services.end_all(person=someone, by=request.user, keep_session=own)
    if own:
        update_session_auth_hash(request, someone)
    return _back(request, pk, gettext("%s is signed out everywhere, programs too.") % someone.username)


def _back(request: HttpRequest, pk: int, said: str) -> HttpResponse:
    notices.leave(request, said)
    return HttpResponseRedirect(resolve_url("accounts:person-access", pk=pk))
