"""The last proof is the last poll that proved the copy; a poll that proved less is a poll."""

from dataclasses import replace

import pytest

from apps.nodes import au_page
from apps.nodes.models import AuStatus
from apps.nodes.services import refreshing
from tests import factories as make
from tests.asking import as_person
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def au(settings, tmp_path):
    settings.NODE = replace(sample_settings(tmp_path), permission_policy="machine")
    au = make.make_au()
    make.make_summary(au, urls=17)
    make.make_crawl(au)
    return au


def refreshed(au) -> AuStatus:
    refreshing.refresh(keys=[au.pk])
    return AuStatus.objects.get(pk=au.pk)


def undecided(au, **more):
    given = {"agreement": 0.0, "urls": 17, "agreed": 0, "disagreed": 0, "too_close": 17, "ago": make.HOUR}
    return make.make_poll(au, [make.make_peer()], **{**given, **more})


def test_a_poll_that_decided_nothing_is_no_proof(client, au):
    proof = make.make_poll(au, [make.make_peer()], ago=3 * make.DAY)
    last = undecided(au)
    row = refreshed(au)
    assert row.last_proof_at == proof.ended_at
    as_person(client)
    answer = client.get(f"/aus/{au.slug}/")
    agreement, proved = answer.context["vitals"][1], answer.context["vitals"][3]
    assert (agreement.url, proved.url) == (f"/polls/{last.pk}/", f"/polls/{proof.pk}/")
    assert proved.value == "3\N{NO-BREAK SPACE}d"
    assert (
        "since the last proof; the last poll ended 1 hour ago and did not prove all of it" in proved.meaning
    )


def test_what_no_poll_proved_was_never_proved(client, au):
    undecided(au, agreement=0.5, disagreed=8)
    assert refreshed(au).last_proof_at is None
    as_person(client)
    proved = client.get(f"/aus/{au.slug}/").context["vitals"][3]
    assert proved.value == "–"
    assert "never proved; the last poll ended 1 hour ago and did not prove all of it" in proved.meaning


def test_a_proof_that_is_the_last_poll_says_nothing_of_another(client, au):
    undecided(au, ago=2 * make.DAY)
    proof = make.make_poll(au, [make.make_peer()], ago=make.HOUR)
    row = refreshed(au)
    assert row.last_proof_at == proof.ended_at
    assert au_page._unproving(type(au).objects.get(pk=au.pk), row) is None
    as_person(client)
    assert "did not prove all" not in client.get(f"/aus/{au.slug}/").context["vitals"][3].meaning
