"""The menu's entry Reports leads to a page of all reports, not to one of them."""

import re

import pytest

from apps.accounts.choices import Role
from tests.accounts.factories import make_person
from tests.kbart.reports import portal_settings

pytestmark = pytest.mark.django_db
EVERY = {
    "/reports/kbart/": "KBART report",
    "/reports/kbart/?report=keepers": "For the Keepers Registry",
    "/reports/kbart/series/": "Editions",
    "/report/": "Preservation reports",
    "/reports/kbart/check/": "Check a file",
    "/reports/usage/": "Usage",
    "/reports/kbart/keys/": "Keys of knowledge bases",
}


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.NODE = portal_settings(tmp_path)


@pytest.mark.parametrize(
    ("role", "exports"),
    [(Role.REPORTS, False), (Role.LIBRARIAN, True), (Role.NETWORK, True), (Role.SYSTEM, True)],
)
def test_the_menu_leads_to_all_of_them(client, role, exports):
    client.force_login(make_person("rita", role))
    home = client.get("/reports/kbart/").content.decode()
    assert re.search(r'<a href="/reports/"[^>]*aria-current[^>]*>\s*Reports', home)
    page = client.get("/reports/")
    assert page.status_code == 200
    main = page.content.decode().partition("<main")[2]
    found = dict(re.findall(r'<h2><a href="([^"]+)">([^<]+)</a></h2>', main))
    assert found == {**EVERY, **({"/exports/": "Exports"} if exports else {})}
    for address in found:
        assert client.get(address).status_code == 200, address
    for address in ("/reports/kbart/", "/reports/kbart/series/"):
        assert '<a href="/reports/">Reports</a>' in client.get(address).content.decode(), address


def test_who_may_not_read_reports(client):
    assert client.get("/reports/").status_code == 302
    client.force_login(make_person("reader", Role.READER))
    assert client.get("/reports/").status_code == 403
    assert 'href="/reports/"' not in client.get("/").content.decode()
