"""Every question that the AU page of LOCKSS 1.x answers is answered here, or one click away (docs/ui-1x.md)."""

import pytest

from apps.aus.models import Au, Subscription, SubscriptionAu
from apps.repository import services as repository
from apps.repository.choices import ArtifactState
from apps.repository.models import Artifact, AuSummary
from tests import factories as make
from tests.asking import as_person, check_reading
from tests.repository.factories import capture

pytestmark = pytest.mark.django_db


def test_the_page_of_an_au_tells_what_1x_told(client, sample):
    as_person(client)
    au = Au.objects.get(pk=sample.au.pk)
    au.listed.attributes = {"rights": "openaccess", "au_coverage_depth": "fulltext"}
    au.listed.status = "down"
    au.listed.save()
    rule = Subscription.objects.create(user=sample.user, token="t", title=au.title, ranges="2000-")
    SubscriptionAu.objects.create(subscription=rule, listed_au=au.listed)
    page = client.get(f"/aus/{au.slug}/").content.decode()
    for said in (
        "Year</dt><dd>2019",
        "Chosen</dt><dd>",
        "by Alice Rivers",
        f'<a href="/subscriptions/{rule.pk}/">',
        "Last tried",
        "Complete",
        "Last poll",
        "At the publisher",
        "Gone from publisher",
        f'<a href="/titles/au/{au.slug}/">',
        "openaccess",
        "on disk",
        f'href="/aus/{au.slug}/agreements/"',
        f'href="/aus/{au.slug}/votes/"',
        f'href="/polls/votes/?au={au.slug}"',
        f'href="/crawls/?au={au.slug}"',
    ):
        assert said in page, said
    assert f"/aus/{au.slug}/suspect/" not in page


def test_an_au_that_no_list_names_has_a_page_too(client, sample):
    as_person(client)
    Au.objects.filter(pk=sample.au.pk).update(listed=None, selected_by=None)
    page = client.get(f"/aus/{sample.au.slug}/").content.decode()
    assert "no title list names it any more" in page


def test_every_comparison_of_an_au_with_its_best_and_what_it_gives_a_right_to(client, sample):
    page = check_reading(client, f"/aus/{sample.au.slug}/agreements/", "nodes/list_page.html")
    assert "Birch University" in page
    assert "our poll, all URLs" in page
    assert "its poll, as it told us, all URLs" in page
    assert "97.1" in page
    assert "may be repaired from our copy" in page


def test_how_each_peer_voted_over_time(client, sample):
    page = check_reading(client, f"/aus/{sample.au.slug}/votes/", "nodes/list_page.html")
    assert "Birch University" in page
    assert "Agreed" in page


def test_damaged_versions_of_any_age_are_a_list(client, sample):
    one = Artifact.objects.filter(au_key=sample.au.pk, url=sample.url, is_current=False).first()
    Artifact.objects.filter(au_key=sample.au.pk, url_digest=one.url_digest, version=one.version).update(
        state=ArtifactState.DAMAGED
    )
    AuSummary.objects.filter(pk=sample.au.pk).update(suspect_versions=1)
    as_person(client)
    assert f'href="/aus/{sample.au.slug}/suspect/"' in client.get(f"/aus/{sample.au.slug}/").content.decode()
    page = check_reading(client, f"/aus/{sample.au.slug}/suspect/", "nodes/list_page.html")
    assert sample.url in page
    assert bytes(one.sha256).hex()[:16] in page


def test_a_url_says_which_other_units_hold_it(client, sample):
    other = make.make_au("The same page elsewhere")
    repository.add_captures(auid=other.auid, captures=[capture(sample.url, b"other")])
    as_person(client)
    page = client.get(f"/aus/{sample.au.slug}/url/", {"url": sample.url}).content.decode()
    assert "The same page elsewhere" in page
    page = client.get(f"/aus/{sample.au.slug}/url/", {"url": "http://pub.example/31/"}).content.decode()
    assert "Held elsewhere" not in page


def test_the_content_as_a_list_for_programs(client, sample):
    as_person(client)
    page = client.get(f"/aus/{sample.au.slug}/content/").content.decode()
    assert "/ListObjects?type=urls&amp;auid=org%7Clockss" in page
    assert "/ListObjects?type=files&amp;auid=org%7Clockss" in page


def test_polls_say_their_kind(client, sample):
    as_person(client)
    page = client.get("/polls/", {"au": sample.au.slug, "kind": "PoR"}).content.decode()
    assert f'href="/polls/{sample.poll.pk}/"' in page
    page = client.get("/polls/", {"au": sample.au.slug, "kind": "PoP"}).content.decode()
    assert f'href="/polls/{sample.poll.pk}/"' not in page
