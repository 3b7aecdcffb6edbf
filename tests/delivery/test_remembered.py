"""What is found for one reader is good for the next one, and no longer than it may be."""

import pytest

from apps.common.clock import now
from apps.delivery.models import ServingRule
from apps.delivery.services import kept, lookup
from apps.delivery.services.readers import asker_of
from apps.delivery.services.remembered import Remembered
from apps.lockss.delivery import Surface
from apps.repository import services as repository
from tests.delivery.places import URL, anybody, held, ours, rule
from tests.repository.factories import capture

pytestmark = pytest.mark.django_db


@pytest.fixture
def remembering(settings):
    settings.SERVING_REMEMBERED_S = 60.0
    kept.forget()
    yield
    kept.forget()


@pytest.fixture
def store(settings, tmp_path):
    from tests.repository.factories import use_store

    return use_store(settings, tmp_path / "content")


def found(asker=None) -> bool:
    return bool(lookup.versions(URL, asker or ours(), now()))


def test_the_next_reader_costs_no_look_at_the_holders(store, remembering, monkeypatch):
    held(URL)
    assert found()
    monkeypatch.setattr("apps.delivery.services.listing.holders", lambda *_, **__: pytest.fail("asked again"))
    assert found()
    # Another person of the same standing.
    assert found(asker_of(Surface.CONTENT, "198.51.100.7", roles=["reader"]))


def test_who_may_less_gets_an_answer_of_her_own(store, remembering):
    held(URL)
    assert found()
    assert not found(anybody())
    assert found()


def test_a_rule_counts_from_the_next_question_on(store, remembering):
    held(URL)
    assert found()
    rule(choice="dark")
    assert not found()
    ServingRule.objects.all().delete()
    assert found()


def test_within_the_stamps_time_nobody_looks_for_rules_again(
    store, remembering, settings, django_assert_num_queries
):
    held(URL)
    settings.SERVING_STAMP_S = 60.0
    assert found()
    with django_assert_num_queries(0):
        assert found()


def test_what_is_found_broken_is_forgotten(store, remembering):
    from apps.delivery.bodies import note
    from apps.repository.errors import ContentCode, ContentError

    held(URL)
    asker = ours()
    artifact = lookup.find([URL], asker, now()).best.artifact
    assert artifact is not None
    assert not artifact.suspect
    note(artifact, ContentError(ContentCode.DAMAGED, "other bytes than were stored"))
    assert lookup.find([URL], asker, now()).best.artifact.suspect


def test_a_new_version_is_met_when_the_time_is_over(store, remembering, settings):
    au = held(URL)
    assert len(lookup.versions(URL, ours(), now())) == 1
    repository.add_captures(auid=au.auid, captures=[capture(URL, b"<p>another</p>")])
    assert len(lookup.versions(URL, ours(), now())) == 1
    settings.SERVING_REMEMBERED_S = 0.0
    assert len(lookup.versions(URL, ours(), now())) == 2


def test_no_more_answers_are_kept_than_there_is_room_for(settings):
    settings.SERVING_REMEMBERED_S = 60.0
    some = Remembered(most=3)
    for number in range(5):
        assert some.get(number, lambda number=number: number * 2) == number * 2
    assert len(some) == 3
    assert some.get(4, lambda: pytest.fail("made again")) == 8
    assert some.get(0, lambda: 1) == 1
    some.get("large", lambda: [0] * 10, worth=lambda found: len(found) < 10)
    assert some.get("large", lambda: "again") == "again"
