"""What the log says of a refusal: a line; of a fault: all of it."""

import io
import logging
from collections.abc import Iterator

import pytest
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.test import Client
from django.urls import path

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.foundation.test_log_lines")]


def raising(error):
    def view(request):
        raise error

    return view


urlpatterns = [
    path("denied/", raising(PermissionDenied("nothing for you"))),
    path("bad/", raising(BadRequest("no sense"))),
    path("odd/", raising(SuspiciousOperation("no trust"))),
    path("broken/", raising(RuntimeError("a fault of ours"))),
]
handler400 = "apps.common.views.bad_request"
handler403 = "apps.common.views.forbidden"
handler500 = "apps.common.views.server_error"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the node's own handler writes."""
    [handler] = [one for one in logging.getLogger().handlers if one.name == "stderr"]
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


@pytest.mark.parametrize("name", ["denied", "bad", "odd"])
def test_a_refusal_is_one_line(log, name) -> None:
    Client(raise_request_exception=False).get(f"/{name}/")
    assert len(log.getvalue().splitlines()) == 1
    assert f"/{name}/" in log.getvalue() or "no trust" in log.getvalue()


def test_a_fault_is_told_whole(log) -> None:
    assert Client(raise_request_exception=False).get("/broken/").status_code == 500
    assert "Traceback" in log.getvalue()
    assert "a fault of ours" in log.getvalue()
