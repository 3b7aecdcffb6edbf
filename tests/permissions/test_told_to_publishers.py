"""What a publisher is told of a tried page is true: also where nobody could read it."""

import pytest

from apps.common.clock import now
from apps.permissions import advice, testing
from apps.permissions.models import PageTrial

pytestmark = pytest.mark.django_db
READ_NOTHING = "None of the sentences that nodes look for stands on it."


def trial(**given) -> PageTrial:
    row = PageTrial.objects.create(asked_by="x", open_door=True, asked_at=now(), network="lockss", **given)
    return testing.run_trial(key=row.pk)


def test_of_a_page_that_could_not_be_read_nothing_is_claimed():
    row = trial(url="http://127.0.0.1/permission.html")
    text = advice.letter(row)
    assert row.result["error"] == "This address is not public, so the node does not ask it."
    assert READ_NOTHING not in text
    assert "We could not read it." in text
    assert "does not permit" not in text
    row = trial(url="https://no-such-host.invalid/")
    assert row.result["error"] == "No public host of this name is known."
    assert READ_NOTHING not in advice.letter(row)


def test_of_a_page_that_was_pasted_the_letter_speaks_as_of_one():
    row = trial(page=b"<p>All rights reserved.</p>", name="")
    text = advice.letter(row)
    assert (
        "we read the page that you sent as a LOCKSS node does. It does not permit preservation yet." in text
    )
    assert READ_NOTHING in text


@pytest.mark.parametrize("line", ["vol 13", "Vol. 13", "13"])
def test_a_line_of_the_manifest_without_an_address_is_named(client, line):
    given = {"title": "Tides", "network": "lockss", "volumes": f"https://ok.example/ Volume 12\n{line}"}
    answer = client.post("/permissions/manifest/", given)
    assert answer.status_code == 422
    assert f"Line 2: “{line}” is no address." in answer.content.decode()
