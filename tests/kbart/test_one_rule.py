"""What the pages call preserved, and nothing else, is what reports call preserved."""

import pytest

from apps.common.clock import now
from apps.kbart.asking import order_of
from apps.kbart.making import keeping, stored
from apps.nodes.choices import AuWord
from apps.nodes.models import AuStatus
from apps.nodes.services.refreshing import refresh
from apps.nodes.services.standing import enough, preserved
from apps.repository.models import AuSummary
from tests.factories import make_title
from tests.kbart.reports import lines, others_agree, portal_settings, proved_au, report, stands

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.NODE = portal_settings(tmp_path)


def names(**given: str) -> list[str]:
    return [row[0] for row in lines(report(**given)[0])[1:]]


def kept_preserved() -> list[str]:
    """Of the Keepers edition, what it calls preserved."""
    heads, *rows = lines(report(report="keepers")[0])
    return [row[0] for row in rows if row[heads.index("preservation_status")] == "preserved"]


@pytest.mark.parametrize("short", [0, 1])
@pytest.mark.parametrize("word", AuWord.values)
def test_page_and_reports_say_the_same_of_every_word(word, short):
    """The last poll agreed in everything: a unit found damaged since then was reported as preserved."""
    au = proved_au("Tides", title=make_title("Tides"))
    stands(au, word, agreeing=enough() - short)
    on_the_page = ["Tides"] * AuStatus.objects.filter(preserved()).count()
    assert names(scope="preserved") == on_the_page
    assert names(scope="preserved", kind="serials") == on_the_page
    assert kept_preserved() == on_the_page


def test_what_nobody_has_looked_at_yet_is_not_preserved():
    au = proved_au("Tides")
    AuStatus.objects.filter(au=au).delete()
    assert names(scope="preserved") == kept_preserved() == []


def test_a_unit_found_damaged_leaves_the_kept_lines_with_the_page():
    au = proved_au("Tides")
    while keeping.step():
        pass
    order = order_of({})
    assert stored.can_serve(order, now())
    assert names() == ["Tides"]
    AuStatus.objects.filter(au=au).update(word=AuWord.DAMAGED)
    assert names() == []
    AuStatus.objects.filter(au=au).update(word=AuWord.PROVED)
    assert names() == ["Tides"]
    AuStatus.objects.filter(au=au).update(agreeing=enough() - 1)
    assert names() == []


@pytest.mark.parametrize("field", ["damaged", "missing"])
def test_damaged_content_is_no_longer_reported_once_the_scan_has_seen_it(field):
    au = proved_au("Tides")
    others_agree(au)
    refresh(keys=[au.pk])
    assert names() == kept_preserved() == ["Tides"]
    AuSummary.objects.update_or_create(au_key=au.key, defaults={"urls": 4, field: 1})
    refresh(keys=[au.pk])
    assert names() == kept_preserved() == []
