"""An AU that counts as preserved says so: its page, the lists and what is downloaded, by the rule of the count."""

import csv

import pytest

from apps.nodes.choices import Tally
from apps.nodes.lists import AuRow, state_cell
from apps.nodes.models import AuStatus
from apps.nodes.services import counting, standing
from tests.asking import as_person

pytestmark = pytest.mark.django_db


def test_as_many_units_say_it_as_home_counts(client, sample):
    as_person(client)
    preserved = counting.numbers()[Tally.PRESERVED]
    assert 0 < preserved < AuStatus.objects.count()
    rows = list(csv.reader(client.get("/aus/?format=csv").getvalue().decode("utf-8-sig").splitlines()))
    assert len([row for row in rows if "Proved, Preserved" in row]) == preserved
    shown = client.get("/aus/?rung=preserved").context["list"]
    assert shown.total.number == preserved
    assert all(standing.is_preserved(one) for one in shown.items)
    for one in shown.items[:2]:
        assert "copies agree; last proof " in client.get(f"/aus/{one.au.slug}/").content.decode()


def test_the_page_says_how_many_copies_and_when(client, sample):
    as_person(client)
    row = AuStatus.objects.filter(standing.preserved()).first()
    page = client.get(f"/aus/{row.au.slug}/").content.decode()
    assert f"{row.agreeing} copies agree; last proof " in page
    AuStatus.objects.filter(pk=row.pk).update(agreeing=1)
    assert "copy agrees; last proof" not in client.get(f"/aus/{row.au.slug}/").content.decode()


def test_who_has_too_few_copies_does_not_say_it(sample):
    row = AuStatus.objects.filter(standing.preserved()).first()
    assert state_cell(AuRow(row, [])).value == "Proved, Preserved"
    before = counting.numbers()[Tally.PRESERVED]
    AuStatus.objects.filter(pk=row.pk).update(agreeing=standing.enough() - 1)
    counting.count_aus()
    assert counting.numbers()[Tally.PRESERVED] == before - 1
    row.refresh_from_db()
    cell = state_cell(AuRow(row, []))
    assert cell.value == "Proved"
    assert "Preserved" not in cell.html
