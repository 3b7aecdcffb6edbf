"""What a poll compared is told by the poll's own numbers: what came later was compared by nobody."""

from dataclasses import replace

import pytest

from apps.nodes.services import refreshing
from apps.repository.models import AuSummary
from tests import factories as make
from tests.asking import as_person
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def grown(settings, tmp_path, client):
    """``grown(written, **poll)``: the page of an AU of 49 URLs whose poll two days ago was over 17."""
    settings.NODE = replace(sample_settings(tmp_path), permission_policy="machine", poll_quorum=2)

    def made(written, **poll) -> str:
        au = make.make_au()
        make.make_summary(au, urls=49)
        AuSummary.objects.filter(pk=au.pk).update(last_write_at=make.past(written))
        make.make_crawl(au)
        peers = [make.make_peer(name) for name in ("Birch", "Cedar", "Dogwood")]
        make.make_poll(au, peers, urls=17, ago=2 * make.DAY, **poll)
        refreshing.refresh(keys=[au.pk])
        as_person(client)
        return " ".join(client.get(f"/aus/{au.slug}/").content.decode().split())

    return made


def test_the_poll_says_over_how_many_urls_it_was(grown):
    page = grown(make.DAY)
    assert "of 17 URLs agree with the landslide" in page
    assert "of 49 URLs agree" not in page
    assert "something was stored after that, and no poll has proved it yet" in page


def test_what_was_there_before_is_proved(grown):
    page = grown(3 * make.DAY)
    assert "of 17 URLs agree with the landslide" in page
    assert "no poll has proved it yet" not in page
