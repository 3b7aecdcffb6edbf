"""A node where nothing has happened yet: every page opens and says what to do next."""

import pytest

from apps.accounts.choices import Role
from tests.asking import as_person
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def node(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)


def test_an_empty_node_says_what_to_do_next(client, node):
    as_person(client, Role.LIBRARIAN, Role.NETWORK)
    for path, said in {
        "/": "Nothing is chosen yet",
        "/aus/": "Choose content",
        "/permissions/": "Nothing is chosen yet",
        "/repairs/": "Nothing had to be repaired",
        "/checks/": "No stored bytes have been read again yet",
        "/jobs/": "No jobs yet",
        "/findings/": "Nothing was found wrong",
        "/node/": "As soon as something is chosen",
        "/network/": "Nothing has been compared yet",
        "/crawls/": "Nothing has been collected yet",
        "/polls/": "No poll has been called yet",
        "/polls/votes/": "No peer has asked for a vote yet",
        "/peers/": "No other node is known yet",
    }.items():
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert said in answer.content.decode(), path
