"""``/healthz``: the process lives. ``/readyz``: what it needs is there; else 503 and the names of what is missing."""

import os
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from kombu import Connection
from kombu.exceptions import OperationalError

BROKER_TIMEOUT_S = 2.0


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    return _plain("ok", 200)


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Names only: what exactly failed stands in the log, not in an answer for everybody."""
    missing = [name for name, works in CHECKS.items() if not works()]
    return _plain("missing: " + ", ".join(missing), 503) if missing else _plain("ok", 200)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker() -> bool:
    options = {"socket_connect_timeout": BROKER_TIMEOUT_S, "socket_timeout": BROKER_TIMEOUT_S}
    try:
        with Connection(
            settings.BROKER.url, connect_timeout=BROKER_TIMEOUT_S, transport_options=options
        ) as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_S)
    except (OperationalError, OSError):
        return False
    return True


def _store() -> bool:
    folder = settings.NODE.content_dir
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK | os.X_OK)


CHECKS: dict[str, Callable[[], bool]] = {"database": _database, "broker": _broker, "store": _store}


def _plain(text: str, status: int) -> HttpResponse:
    answer = HttpResponse(text + "\n", status=status, content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    return answer
