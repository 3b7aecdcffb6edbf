"""The last step of every door that ends in a session."""

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest

from apps.accounts import services
from apps.accounts.addresses import client_address
from apps.accounts.choices import Door
from apps.accounts.models import User
from apps.accounts.sessions import describe


def enter(request: HttpRequest, user: User, door: Door) -> None:
    """Begins a session for ``user``, under a new key, and records it."""
    auth.login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    describe(request, door)
    services.note_sign_in(user=user, address=client_address(request), door=door)
