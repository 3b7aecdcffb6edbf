"""What a token opens is said scope by scope, each on a line of its own."""

import re

import pytest

from apps.accounts.choices import Role
from tests.asking import as_person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/me/", "/me/tokens/new/"])
def test_each_sentence_has_a_line_and_begins_as_one(client, path):
    as_person(client, Role.REPORTS)
    page = client.get(path).content.decode()
    said = re.search(r"A token only reads\.(?:<br>“[^<]*” opens: [^<]*\.)+", page)
    assert said, path
    lines = said[0].split("<br>")
    assert len(lines) == 4
    assert all(line.startswith(("A ", "“")) and line.endswith(".") for line in lines)
