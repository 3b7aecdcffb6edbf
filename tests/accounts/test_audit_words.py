"""The audit record in words: its filter, and the columns of its file that people read."""

import csv
import io

import pytest

from apps.accounts import services
from apps.accounts.acts import known_acts
from apps.accounts.choices import Role
from tests.accounts.factories import make_person
from tests.asking import as_person

pytestmark = pytest.mark.django_db


def test_acts_are_offered_in_words_and_those_of_a_kind_together():
    labels = [label for _action, label in known_acts()]
    assert "People: changed a person" in labels
    assert labels == sorted(labels)
    for action, label in known_acts():
        assert action not in label
        assert label[0].isupper(), label
        assert ": " in label


def test_a_file_tells_each_field_that_changed(client):
    person = as_person(client, Role.SYSTEM)
    bob = make_person("bob", Role.LIBRARIAN, email="bob@lib.example")
    services.change_person(
        person=bob, by=person, roles=["librarian", "reader"], email="", is_active=False, first_name="Bob"
    )
    text = client.get("/accounts/audit/?format=csv").getvalue().decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(text)))
    said = row["What changed"].split("; ")
    assert sorted(said) == [
        "email: bob@lib.example → –",
        "first_name: – → Bob",
        "is_active: yes → no",
        "roles: librarian → librarian, reader",
    ]
    assert '"is_active": true' in row["Before"]
