"""The list of an AU's damaged or missing versions: in an order that is seen, and narrowed."""

import pytest

from apps.repository.models import Artifact
from tests.asking import as_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(sample):
    rows = list(Artifact.objects.filter(au_key=sample.au.pk).order_by("url", "version"))
    for n, row in enumerate(rows):
        state = "missing" if n % 2 else "damaged"
        Artifact.objects.filter(au_key=row.au_key_id, url=row.url, version=row.version).update(state=state)
    return f"/aus/{sample.au.slug}/suspect/"


def test_it_is_ordered_by_url_and_says_so(client, path):
    as_person(client)
    page = client.get(path)
    urls = [row.url for row in page.context["list"].items]
    assert urls == sorted(urls)
    assert len(urls) > 10
    assert 'aria-sort="ascending"' in page.content.decode()
    back = [row.url for row in client.get(f"{path}?sort=-url").context["list"].items]
    assert back == sorted(urls, reverse=True)


def test_it_is_narrowed_by_state_and_url(client, path):
    as_person(client)
    every = client.get(path).context["list"].items
    missing = client.get(f"{path}?state=missing").context["list"].items
    assert {row.state for row in missing} == {"missing"}
    assert 0 < len(missing) < len(every)
    found = client.get(f"{path}?q=fulltext.pdf").context["list"].items
    assert {row.url for row in found} == {"http://pub.example/31/2/fulltext.pdf"}
    newest = client.get(f"{path}?q=fulltext.pdf&newest=yes").context["list"].items
    assert [row.version for row in newest] == [max(row.version for row in found)]
