"""Names as long as a hostile list makes them: right to left, in four bytes, 100 kB; no page is heavy, no badge breaks."""

from dataclasses import replace

import pytest

from apps.accounts.choices import Role
from apps.aus.choices import Risk
from apps.aus.models import Au, CollectionRecord
from apps.permissions.choices import ScopeKind
from apps.titles.choices import SetKind
from apps.titles.models import ListedAu, Publisher, Title, TitleSet
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


def test_no_page_about_a_publisher_or_a_record_is_heavy(client, sample):
    """Names that a list brought in: a form chooses from them, a record and an agreement name them, a letter repeats them."""
    for n in range(3):
        TitleSet.objects.create(name=f"{n}{NAME}", name_key=str(n), kind=SetKind.HAND)
    record = CollectionRecord.objects.create(
        name="Tides", name_key="n", institution="Alder", institution_key="i", risk=Risk.HIGH, risk_rank=1
    )
    record.publishers.set(Publisher.objects.all())
    record.titles.add(sample.au.title)
    record.listed_aus.add(sample.au.listed)
    agreement = sample.agreement
    agreement.titles.add(sample.au.title)
    agreement.listed_aus.add(sample.au.listed)
    for model in (Au, ListedAu, Publisher, Title):
        model.objects.update(name=NAME)
    as_person(client, Role.SYSTEM, Role.NETWORK, Role.LIBRARIAN)
    agreement.scope = ScopeKind.TITLES
    agreement.save(update_fields=["scope"])
    heavy = {}
    for path in [
        "/reports/kbart/",
        "/reports/kbart/series/new/",
        "/collections/",
        f"/collections/{record.pk}/",
        "/permissions/agreements/",
        f"/permissions/agreements/{agreement.pk}/",
        f"/permissions/agreements/{agreement.pk}/change/",
        f"/permissions/agreements/{agreement.pk}/letter/",
        f"/publishers/{agreement.publisher_id}/",
        f"/titles/{sample.au.title_id}/",
        f"/aus/{sample.au.slug}/",
    ]:
        answer = client.get(path)
        assert answer.status_code == 200, path
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        heavy |= {path: len(body)} if len(body) > HEAVIEST else {}
    assert heavy == {}
