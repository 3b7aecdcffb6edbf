"""The numbers beside the words of a scope add up for who reads them: what is counted twice is drawn as a part."""

import re

import pytest

from apps.nodes.choices import ScopeKind
from apps.nodes.models import AuStatus, StandingCount
from tests.asking import as_person

pytestmark = pytest.mark.django_db
LINE = re.compile(r"<tr>.*?</tr>", re.DOTALL)


def lines_of(client, address="/status/") -> list[tuple[str, int, bool]]:
    """Text of the word, number, and whether the line is a part of others."""
    page = client.get(address).content.decode()
    table = page.partition(">By status word</caption>")[2].partition("</table>")[0].partition("<tbody>")[2]
    found = []
    for line in LINE.findall(table):
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", line)).strip()
        said, number = text.rsplit(" ", 1)
        found.append((said, int(number.replace(",", "")), 'class="within"' in line))
    return found


def test_lines_that_are_no_part_of_others_sum_to_all(client, sample):
    as_person(client)
    row = StandingCount.objects.get(kind=ScopeKind.NODE)
    assert row.preserved > 0
    assert row.few > 0
    lines = lines_of(client)
    assert sum(number for _said, number, within in lines if not within) == AuStatus.objects.count()
    assert {said for said, _number, within in lines if within} == {
        "of these Preserved",
        "of all above Few copies",
    }


def test_the_preserved_stand_below_the_proved(client, sample):
    as_person(client)
    said = [line[0] for line in lines_of(client)]
    assert said.index("of these Preserved") == said.index("Proved") + 1
    assert said[-1] == "of all above Few copies"
    assert "Each archival unit has one word." in client.get("/status/").content.decode()


def test_where_nothing_is_counted_twice_nothing_is_said_of_it(client, sample):
    StandingCount.objects.filter(kind=ScopeKind.NODE).update(preserved=0, few=0)
    as_person(client)
    lines = lines_of(client)
    assert lines
    assert not [line for line in lines if line[2]]
    assert "Each archival unit has one word." not in client.get("/status/").content.decode()
