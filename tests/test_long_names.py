"""Names as long as a hostile list makes them: right to left, in four bytes, 100 kB; no page is heavy, no badge breaks."""

from dataclasses import replace

import pytest

from apps.aus.models import Au
from apps.titles.models import ListedAu, Publisher, Title
from tests.asking import as_person
from tests.factories import make_title

pytestmark = pytest.mark.django_db
NAME = (
    "\N{RIGHT-TO-LEFT OVERRIDE}=\N{HEBREW LETTER ALEF}\N{FISH}<b>"
    + "\N{FISH}\N{HEBREW LETTER ALEF}\N{SPACE}" * 15_000
)
LISTS = [
    "/",
    "/aus/",
    "/titles/",
    "/titles/units/",
    "/publishers/",
    "/crawls/",
    "/polls/",
    "/network/copies/",
    "/jobs/",
]
HEAVIEST = 200_000


@pytest.fixture
def named(client, sample, settings):
    settings.NODE = replace(settings.NODE, public_status=True)
    for model in (Au, ListedAu, Publisher, Title):
        model.objects.update(name=NAME)
    make_title()
    as_person(client)
    return client


def test_no_list_and_no_page_of_a_title_is_heavy(named, sample):
    title = sample.collecting.title_id
    public = [
        f"/public/titles/{title}/",
        f"/public/titles/{title}/badge.svg",
        f"/public/aus/{sample.au.slug}/",
    ]
    heavy = {}
    for path in [*LISTS, *public]:
        answer = named.get(path)
        assert answer.status_code == 200, path
        heavy |= {path: len(answer.content)} if len(answer.content) > HEAVIEST else {}
    assert heavy == {}


def test_a_download_has_the_whole_of_it(named):
    assert NAME in b"".join(named.get("/aus/?format=json").streaming_content).decode()
