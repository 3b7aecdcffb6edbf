"""What every answer keeps to, whatever was asked."""

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.db import OperationalError

from apps.accounts.choices import Role, Scope
from tests.accounts.factories import make_person, make_token
from tests.test_addresses import paths  # noqa: F401 - the fixture

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "PROPFIND", "FOO"])
def test_a_method_that_nothing_here_knows_is_told_so_and_not_taken_for_a_form(client, paths, method) -> None:  # noqa: F811
    """Every address, as somebody who may do everything: none takes it for a question for the secret of a form."""
    client = client.__class__(enforce_csrf_checks=True)
    client.force_login(make_person("boss", Role.SYSTEM))
    wrong = {}
    # An old address that only leads on does nothing either.
    for name, path in paths.items() - {("help/words/", paths["help/words/"])}:
        answer = client.generic(method, path)
        if answer.status_code != 405 or not answer.headers["Allow"]:
            wrong[name] = answer.status_code
    assert not wrong


def test_what_is_posted_to_the_address_of_a_report_is_refused_as_json(client) -> None:
    for path in ("/kbart/", "/kbart/x/preserved/"):
        answer = client.__class__(enforce_csrf_checks=True).post(path)
        assert answer.status_code == 405
        assert answer.json()["error"] == "kbart-only-read"
        assert answer.headers["Allow"] == "GET, HEAD"


def test_whether_the_node_is_ready_is_answered_without_a_session(client, monkeypatch) -> None:
    client.force_login(make_person("watch", Role.SYSTEM))

    def away(self, *args):
        raise OperationalError("no")

    monkeypatch.setattr(SessionBase, "_get_session", away)
    monkeypatch.setattr(SessionBase, "_session", property(away))
    answer = client.get("/readyz")
    assert answer.headers["Content-Type"] == "application/json"
    assert "ready" in answer.json()


@pytest.mark.parametrize("path", ["/reports/kbart/about/?scope=selected", "/aus/?format=csv"])
def test_a_file_for_who_is_signed_in_is_kept_by_nobody(client, path) -> None:
    client.force_login(make_person("reader", Role.SYSTEM))
    answer = client.get(path)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_page_of_ones_own_alerts_opens_for_no_token(client) -> None:
    text = make_token(make_person("ann", Role.SYSTEM), Scope.STATUS)
    header = {"Authorization": f"Bearer {text}"}
    assert client.get("/alerts/", headers=header).status_code == 200
    assert client.get("/alerts/rules/", headers=header).status_code == 403
