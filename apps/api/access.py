"""Who asks for a table: a person with a session, or a program with name and password (HTTP Basic)."""

import base64
import binascii
from collections.abc import Callable
from functools import wraps

from django.contrib import auth
from django.http import HttpRequest, HttpResponse

from apps.accounts import services
from apps.accounts.access import to_sign_in
from apps.accounts.addresses import client_address
from apps.accounts.models import User

REALM = "LOCKSS"
LONGEST_HEADER = 4_096
LONGEST_NAME, LONGEST_PASSWORD = 150, 1_000


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """Name and password are none, do not belong together, or were wrong too often: ``seconds`` to wait."""

    def __init__(self, seconds: int = 0) -> None:
        super().__init__("refused")
        self.seconds = seconds


def basic_user(request: HttpRequest) -> User | None:
    """Who the Authorization header names; None without one. Wrong passwords cost time as at the sign-in page."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if not kind:
        return None
    name, password = _read(kind, text.strip())
    address = client_address(request)
    wait = services.begin_attempt(username=name, address=address)
    if wait:
        raise Refused(int(wait.total_seconds()) + 1)
    user = auth.authenticate(request, username=name, password=password)
    if user is None:
        raise Refused
    services.end_attempt(username=name, address=address)
    return user


def _read(kind: str, text: str) -> tuple[str, str]:
    if kind.lower() != "basic" or len(text) > LONGEST_HEADER:
        raise Refused
    try:
        name, colon, password = base64.b64decode(text, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refused from None
    if not colon or "\0" in name + password or len(name) > LONGEST_NAME or len(password) > LONGEST_PASSWORD:
        raise Refused
    return name, password


def reading(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whoever has an account may read. A header counts before a session, so that a program is who it says it is.

    A browser is led to the sign-in page and never asked by itself for a password: it would send that again from any
    page of the world.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            user = basic_user(request)
        except Refused as error:
            return _refusal(error)
        if user is None and not request.user.is_authenticated:
            browses = "text/html" in request.headers.get("Accept", "")
            return to_sign_in(request) if browses else _refusal(Refused())
        if user is not None:
            request.user = user
        return view(request, *args, **kwargs)

    wrapped.required_roles = ()
    return wrapped


def _refusal(error: Refused) -> HttpResponse:
    if error.seconds:
        response = HttpResponse(
            "Too many wrong passwords. Wait a while.\n", status=429, content_type="text/plain"
        )
        response["Retry-After"] = str(error.seconds)
        return response
    response = HttpResponse(
        "Send the name and password of an account of this node.\n", status=401, content_type="text/plain"
    )
    response["WWW-Authenticate"] = f'Basic realm="{REALM}"'
    return response
