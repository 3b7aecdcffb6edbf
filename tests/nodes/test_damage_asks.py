"""The page of an AU that is damaged here says that a poll is coming, or what holds it up."""

from dataclasses import replace

import pytest

from apps.polls.models import PollStatus
from tests import factories as make
from tests.asking import as_person
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, settings, tmp_path):
    settings.NODE = replace(sample_settings(tmp_path), permission_policy="machine")
    au = make.make_au()
    make.make_summary(au, urls=17, damaged=1)
    make.make_crawl(au)
    as_person(client)

    def shown(**values) -> str:
        PollStatus.objects.update_or_create(au=au, defaults=values)
        return client.get(f"/aus/{au.slug}/").content.decode()

    return shown


def test_what_comes_is_told(page):
    assert "A poll that looks for a good copy was asked for" in page(requested_at=make.past())


def test_what_holds_it_up_is_told(page, settings):
    said = page(requested_at=None, blocked="no peer can be invited")
    assert "A poll that looks for a good copy could not be called: no peer can be invited." in said
    settings.NODE = replace(settings.NODE, poll_enabled=False)
    assert "this node is set to call none" in page(requested_at=make.past())


def test_a_running_poll_comes_first(page):
    page(requested_at=make.past())
    make.make_poll(PollStatus.objects.get().au, phase="inviting")
    assert "when the one that is running has ended" in page(requested_at=make.past())
