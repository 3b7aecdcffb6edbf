"""What no browser sends is answered with a sentence, by everybody's pages, and never with a fault."""

import base64
import json

import pytest

from lockss_portal.odd_requests import guarded
from tests.asking import as_person

pytestmark = pytest.mark.django_db


def status(**environ) -> str:
    """What the portal's door says; ``200 OK`` is the application behind it."""
    heard = []

    def application(environ, start_response):
        start_response("200 OK", [])
        return [b""]

    guarded(application)(environ, lambda line, fields: heard.append(line))
    return heard[0]


@pytest.mark.parametrize(
    "charset",
    ["idna", "undefined", "rot13", "zip", "unicode_escape", "utf-16", "none", '"idna"', "id\0na", ""],
)
def test_character_sets_that_no_form_has(charset):
    assert status(CONTENT_TYPE=f"text/plain; charset={charset}").startswith("415")
    assert status(CONTENT_TYPE=f"multipart/form-data; boundary=x; charset={charset}").startswith("415")


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "us-ascii", "iso-8859-1", '"utf-8"'])
def test_those_that_forms_have(charset):
    assert status(CONTENT_TYPE=f"text/plain; charset={charset}") == "200 OK"


def test_most_requests_name_none():
    assert status() == status(CONTENT_TYPE="") == status(CONTENT_TYPE="application/json") == "200 OK"


@pytest.mark.parametrize("cookie", ['a="x\\000y"', "a=x\0y"])
def test_a_cookie_with_a_nul(cookie):
    assert status(HTTP_COOKIE=cookie).startswith("400")
    assert status(HTTP_COOKIE="a=b; c=d") == "200 OK"


@pytest.mark.parametrize("address", ["http://[", "http://[::x]/", "\x01"])
def test_addresses_that_are_none(client, address):
    answer = client.get("/aus/", headers={"HX-Request": "true", "HX-Current-URL": address})
    assert answer.status_code == 200
    assert answer["HX-Redirect"].startswith("/accounts/sign-in/")


@pytest.mark.parametrize("path", ["/aus/", "/polls/", "/peers/", "/jobs/", "/titles/"])
@pytest.mark.parametrize("sort", ["", "name"])
@pytest.mark.parametrize(
    "rest", [[{"hex": "00"}], [1, {"hex": "ff"}], [1, float("inf")], [float("inf")], [[1], 2]]
)
def test_places_in_a_list_that_nobody_gave(client, path, sort, rest):
    as_person(client)
    after = base64.urlsafe_b64encode(json.dumps([sort, *rest]).encode()).rstrip(b"=").decode()
    assert client.get(path, {"after": after, **({"sort": sort} if sort else {})}).status_code in (200, 400)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_head_alone_is_asked_for_and_sent(method):
    closed = []

    class Body(list):
        def close(self) -> None:
            closed.append(True)

    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", "3")])
        return Body([b"ok\n"])

    heard = []
    found = guarded(application)(
        {"REQUEST_METHOD": method}, lambda line, fields: heard.append((line, fields))
    )
    assert list(found) == ([] if method == "HEAD" else [b"ok\n"])
    # Its length is told, and what it was made of is given back.
    assert heard == [("200 OK", [("Content-Length", "3")])]
    found.close()
    assert closed == [True]
