"""Names, causes and words in the place of numbers and codes: what stands in heads, facts and on buttons."""

from types import SimpleNamespace

import pytest

from apps.accounts.choices import Role
from apps.nodes.choices import Block
from apps.nodes.lists_permissions import _beside
from tests import factories as make
from tests.accounts.factories import make_person
from tests.asking import as_person

pytestmark = pytest.mark.django_db


def test_a_finding_is_called_by_its_cause(client):
    one = make.make_finding(
        message="The page http://pub.example/a.html carries no statement. Nothing is lost."
    )
    as_person(client, Role.LIBRARIAN)
    page = client.get(f"/findings/{one.pk}/").content.decode()
    assert "<h1>The page http://pub.example/a.html carries no statement.</h1>" in page
    assert f"<code>{one.code}</code>" in page
    assert f"Finding {one.pk}" not in page


def test_who_holds_a_job_is_a_plain_word_with_the_process_folded(client):
    held = make.make_job(lease_owner="host-7:3289:f00")
    as_person(client, Role.SYSTEM)
    page = client.get(f"/jobs/{held.pk}/").content.decode()
    assert "<summary>a worker</summary><code>host-7:3289:f00</code></details>" in page
    free = make.make_job(lease_owner="")
    assert "<details id" not in client.get(f"/jobs/{free.pk}/").content.decode()


def test_a_form_speaks_of_the_boxes_that_it_has(client):
    bob = make_person("bob")
    as_person(client, Role.SYSTEM)
    said = "Take “May sign in” away"
    assert said not in client.get("/accounts/people/new/").content.decode()
    assert said in client.get(f"/accounts/people/{bob.pk}/").content.decode()


def test_a_reason_is_not_said_twice():
    assert _beside(SimpleNamespace(reason=Block.NO_STATEMENT)) == ""
    assert _beside(SimpleNamespace(reason=Block.SIGN_IN)) == str(Block.SIGN_IN.label)
