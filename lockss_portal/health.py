"""``/healthz``: the process lives. ``/readyz``: what it needs is there; else 503 and what is missing, as JSON."""

import os
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from kombu import Connection
from kombu.exceptions import OperationalError

from apps.common import disks
from apps.common.meters import count_request
from lockss_portal import patience

DATABASE_TIMEOUT_S, BROKER_TIMEOUT_S = 3.0, 2.0
HEALTHZ, READYZ = "/healthz", "/readyz"


class FirstMiddleware:
    """Stands before all that may redirect or refuse: answers ``/healthz`` for any host and by any scheme, and counts what is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = alive(request) if request.path == HEALTHZ else self.get_response(request)
        count_request(answer.status_code)
        return answer


class ReadyMiddleware:
    """Stands before sessions: who asks with a cookie is answered as well when no session can be read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return ready(request) if request.path == READYZ else self.get_response(request)


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Asks for nothing, so that a restart is only due where a restart helps."""
    answer = HttpResponse("ok\n", content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    # Else set by what this answer does not pass.
    answer["Cross-Origin-Opener-Policy"] = "same-origin"
    return answer


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Names and sentences only: what exactly failed stands in the log, not in an answer for everybody."""
    missing = _missing()
    found = {"ready": not missing, "missing": missing}
    answer = JsonResponse(found, status=503 if missing else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _missing() -> dict[str, str]:
    """Sentences by what is not there."""
    database = _database()
    # Who asks it as well would wait for it once more.
    found = {"database": database, "broker": _broker(), "store": _store(asks=not database)}
    return {name: reason for name, reason in found.items() if reason}


def _database() -> str:
    try:
        with patience.at_most(DATABASE_TIMEOUT_S), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "the database does not answer"
    return ""


def _broker() -> str:
    options = {"socket_connect_timeout": BROKER_TIMEOUT_S, "socket_timeout": BROKER_TIMEOUT_S}
    try:
        with Connection(
            settings.BROKER.url, connect_timeout=BROKER_TIMEOUT_S, transport_options=options
        ) as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_S)
    except (OperationalError, OSError):
        return "the broker does not answer"
    return ""


def _store(*, asks: bool = True) -> str:
    # A full disk is an alert: a node that still serves and votes is not to be restarted for it. A disk that refused a
    # write is told, so that nobody sends work here; ``/healthz``, on which restarts depend, does not ask.
    if asks and (cause := _held()):
        return f"the store is read-only since a write to it failed ({cause})"
    folder = settings.NODE.content_dir
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return "" if os.access(folder, os.W_OK | os.X_OK) else "the store cannot be written to"


def _held() -> str:
    """What the disk said when it refused a write; "" where it takes writes, or the database, told apart, is away."""
    try:
        held = disks.content_held()
    except DatabaseError:
        return ""
    return str(held.params.get("cause") or "no cause is known") if held else ""
