"""Status and report of a node where nothing was chosen."""

import pytest

from apps.common.models import Job
from apps.nodes import year_page
from apps.nodes.choices import Figure
from apps.nodes.services import counting, yearly
from tests.asking import as_person
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)


def test_status(client):
    as_person(client)
    assert "Nothing is counted yet" in client.get("/status/").content.decode()
    counting.count_all()
    assert "Nothing of it is selected here" in client.get("/status/").content.decode()
    for path in ("/status/publishers/", "/status/titles/"):
        assert "Nothing is counted yet" in client.get(path).content.decode()
    # No count is coming where there is nothing to count.
    assert "There is no title set" in client.get("/status/sets/").content.decode()


def test_nothing_was_chosen_nothing_is_reported(client):
    yearly.scan()
    assert not Job.objects.exists()
    as_person(client)
    assert "No year is counted yet" in client.get("/report/").content.decode()
    made = yearly.make(year=yearly.this_year())
    assert made.figures.get(scope="", key=Figure.SELECTED).value == 0
    assert year_page.sentence(made) == "Nothing was selected."
    assert year_page.pdf(made).startswith(b"%PDF-")
