"""The first page of a node where nothing has happened, for each role: what comes next, and no link to a refusal."""

import re

import pytest

from apps.accounts.choices import Role
from tests.nodes.test_home_roles import EVERY, home, links
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def empty(settings, tmp_path):
    """No rows at all."""
    settings.NODE = sample_settings(tmp_path)


@pytest.mark.parametrize("roles", EVERY, ids=str)
def test_no_link_of_an_empty_node_leads_to_a_refusal(client, empty, roles):
    for path in links(home(client, *roles)):
        assert client.get(path).status_code in (200, 302), path


@pytest.mark.parametrize(
    ("roles", "said", "button"),
    [
        ((Role.SYSTEM,), "first steps", "/first-steps/"),
        ((Role.NETWORK,), "Load a title list", "/lists/"),
        ((Role.LIBRARIAN, Role.NETWORK), "Load", "/lists/"),
        ((Role.LIBRARIAN,), "a network administrator", ""),
        ((Role.REPORTS,), "There is nothing to report yet", "/reports/kbart/"),
        ((Role.READER,), "There is nothing to read yet", ""),
        ((), "There is nothing to read yet", ""),
    ],
    ids=str,
)
def test_an_empty_node_tells_each_what_comes_next(client, empty, roles, said, button):
    page = home(client, *roles)
    assert said in page
    primary = re.findall(r'class="button primary" href="([^"]*)"', page)
    assert (primary or [""])[0] == button
