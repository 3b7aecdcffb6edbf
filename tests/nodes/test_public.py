"""Pages and badges for everybody: closed unless opened, cacheable, without a cookie, and nothing else told."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from django.utils import timezone

from apps.aus.choices import AuState
from apps.common.display import day_text
from apps.nodes.models import AuStatus, StandingCount
from apps.nodes.services import refreshing
from apps.titles.models import ImportChange, ListedAu, Title
from tests import factories as make
from tests.asking import as_person
from tests.titles.factories import make_import

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(client, sample, settings):
    settings.NODE = replace(settings.NODE, public_status=True)
    return client


def paths(sample) -> list[str]:
    title = f"/public/titles/{sample.collecting.title_id}/"
    au = f"/public/aus/{sample.au.slug}/"
    return [title, f"{title}badge.svg", au, f"{au}badge.svg"]


def test_closed_unless_the_setting_opens_them(client, sample):
    for path in paths(sample):
        assert client.get(path).status_code == 404, path
        as_person(client)
        assert client.get(path).status_code == 404, path


def test_everybody_may_read_and_caches_may_keep(opened, sample, django_assert_max_num_queries):
    for path in paths(sample):
        with django_assert_max_num_queries(3):
            answer = opened.get(path)
        assert answer.status_code == 200, path
        assert answer["Cache-Control"] == "public, max-age=3600"
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")
        assert opened.post(path).status_code == 405


def test_what_a_title_says(opened, sample):
    row = StandingCount.objects.get(kind="title", ref=sample.collecting.title_id)
    assert row.preserved > 1
    page = opened.get(f"/public/titles/{row.ref}/").content.decode()
    assert f"{row.fewest_preserved} institutions hold the same content" in page
    assert f"{row.preserved} of {row.selected} parts" in page
    assert "Riverside PLN" in page
    badge = ET.fromstring(opened.get(f"/public/titles/{row.ref}/badge.svg").content)
    assert badge.get("role") == "img"
    assert f"{row.fewest_preserved} institutions agree" in badge.get("aria-label")
    # Of what is not here whole, the badge says so itself: it stands without the page.
    StandingCount.objects.filter(pk=row.pk).update(preserved=1, selected=3)
    badge = ET.fromstring(opened.get(f"/public/titles/{row.ref}/badge.svg").content)
    assert f"1 of 3 parts: {row.fewest_preserved} institutions agree" in badge.get("aria-label")
    assert f"1 of 3 parts: {row.fewest_preserved} institutions agree" in "".join(badge.itertext())


def test_nothing_of_persons_peers_or_the_portal(opened, sample):
    for path in paths(sample):
        page = opened.get(path).content.decode()
        for word in ("Alice", "alice", "Birch University", "TCP:[", "/accounts/", "/aus/?", sample.au.auid):
            assert word not in page, (path, word)


def test_a_badge_may_stand_elsewhere_and_do_nothing(opened, sample):
    answer = opened.get(f"/public/aus/{sample.au.slug}/badge.svg")
    assert answer["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert opened.get(f"/public/aus/{sample.au.slug}/")["Cross-Origin-Resource-Policy"] == "same-origin"


def test_what_is_not_proved_says_so(opened, sample):
    badge = opened.get(f"/public/aus/{sample.collecting.slug}/badge.svg").content.decode()
    assert "not proved yet" in badge
    assert "never" not in badge
    page = opened.get(f"/public/aus/{sample.au.slug}/").content.decode()
    assert AuStatus.objects.get(pk=sample.au.pk).word != "proved"
    # It was proved before its last poll.
    assert "It is not proved at present; it was last proved on " in page


def test_what_nobody_chose_or_took_out_is_not_there(opened, sample):
    title = make.make_title("Never Chosen")
    for path in (f"/public/titles/{title.pk}/", "/public/titles/999999/", f"/public/titles/{10**30}/"):
        assert opened.get(path).status_code == 404, path
        assert opened.get(path + "badge.svg").status_code == 404, path
    sample.au.state = AuState.DEACTIVATED
    sample.au.save(update_fields=["state"])
    refreshing.refresh(keys=[sample.au.pk])
    assert opened.get(f"/public/aus/{sample.au.slug}/").status_code == 404


def test_other_pages_stay_closed(opened, sample):
    for path in (
        "/",
        "/status/",
        f"/status/titles/{sample.au.title_id}/",
        f"/aus/{sample.au.slug}/",
        "/report/",
    ):
        answer = opened.get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/accounts/sign-in/"), path


def test_names_cannot_break_out(opened, sample):
    type(sample.au).objects.filter(pk=sample.au.pk).update(name='</title><script>alert("1")</script>')
    assert "<script" not in opened.get(f"/public/aus/{sample.au.slug}/").content.decode()


def test_the_address_or_the_browser_says_the_language(opened, sample, settings):
    path = paths(sample)[0]
    english = opened.get(path)
    assert '<html lang="en">' in english.content.decode()
    assert '<a href="?language=es" lang="es" hreflang="es">español</a>' in english.content.decode()
    for answer in (opened.get(f"{path}?language=es"), opened.get(path, headers={"Accept-Language": "es"})):
        page = answer.content.decode()
        assert '<html lang="es">' in page
        assert "instituciones tienen el mismo contenido" in page
        assert not answer.cookies
        assert answer["Cache-Control"] == "public, max-age=3600"
        assert "Accept-Language" in answer["Vary"]
    assert '<html lang="en">' in opened.get(f"{path}?language=tlh").content.decode()


def test_no_cache_keeps_a_page_in_a_language_that_a_cookie_says(opened, sample, settings):
    opened.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    answer = opened.get(paths(sample)[0])
    assert '<html lang="es">' in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def moved(old, new) -> None:
    """All units of one title stand under another one in the lists, as an import leaves it."""
    made = make_import("Moved")
    for listed in ListedAu.objects.filter(title=old):
        ImportChange.objects.create(
            list_import=made,
            kind="changed",
            listed_au=listed,
            fields={"title_id": [old.pk, new.pk]},
            before={"title_id": old.pk},
        )
    ListedAu.objects.filter(title=old).update(title=new)


def test_an_old_address_leads_to_where_the_units_are(opened, sample):
    new = Title.objects.get(pk=sample.collecting.title_id)
    old = make.make_title("An older name")
    listed = make.make_au(title=new).listed
    ListedAu.objects.filter(pk=listed.pk).update(title=old)
    assert opened.get(f"/public/titles/{old.pk}/").status_code == 404
    moved(old, new)
    new.au_count = 4
    new.save()
    for end in ("", "badge.svg"):
        answer = opened.get(f"/public/titles/{old.pk}/{end}")
        assert (answer.status_code, answer["Location"]) == (302, f"/public/titles/{new.pk}/{end}")
        assert answer["Cache-Control"] == "public, max-age=3600"


def test_an_old_address_names_all_titles_that_have_its_units(opened, sample):
    new = [sample.collecting.title, make.make_title("Another part")]
    old = make.make_title("An older name")
    StandingCount.objects.create(kind="title", ref=new[1].pk, selected=1, preserved=0, at=make.past())
    Title.objects.filter(pk__in=[one.pk for one in new]).update(au_count=3)
    for one in new:
        listed = make.make_au(title=old).listed
        moved(old, one)
        assert listed
    page = opened.get(f"/public/titles/{old.pk}/")
    assert page.status_code == 200
    for one in new:
        assert f'href="/public/titles/{one.pk}/"' in page.content.decode()
    assert opened.get(f"/public/titles/{old.pk}/badge.svg").status_code == 404


def test_what_is_not_told_sets_no_cookie_either(opened, sample, settings):
    lost = [
        "/public/",
        "/public/titles/9999999/",
        "/public/aus/ffffffffffffffffffff/",
        "/public/nowhere/at/all/",
    ]
    shut = paths(sample)
    for path in lost:
        check_bare(opened.get(path), path)
    settings.NODE = replace(settings.NODE, public_status=False)
    for path in shut:
        check_bare(opened.get(path), path)


def check_bare(answer, path):
    assert answer.status_code == 404, path
    assert not answer.cookies, path
    assert "Cookie" not in answer.get("Vary", ""), path
    assert "There is no such page" in answer.content.decode()


def said_of(client, au) -> tuple[str, str]:
    """The page, and the badge read out."""
    page = client.get(f"/public/aus/{au.slug}/").content.decode()
    return page, ET.fromstring(client.get(f"/public/aus/{au.slug}/badge.svg").content).get("aria-label")


@pytest.mark.parametrize("word", ["unsettled", "damaged", "differs", "stale", "repairing"])
def test_what_was_proved_and_lost_it_is_not_called_never_proved(opened, sample, word):
    AuStatus.objects.filter(pk=sample.au.pk).update(word=word, last_proof_at=make.past(make.DAY))
    day = day_text(timezone.localdate(make.past(make.DAY)))
    page, badge = said_of(opened, sample.au)
    assert f"It is not proved at present; it was last proved on {day}." in page
    assert badge == f"LOCKSS: not proved at present; last proved on {day}"
    assert "yet" not in page


def test_what_never_was_proved_is_not_proved_yet(opened, sample):
    AuStatus.objects.filter(pk=sample.au.pk).update(word="collected", last_proof_at=None)
    page, badge = said_of(opened, sample.au)
    assert "No comparison has proved yet" in page
    assert badge == "LOCKSS: not proved yet"


def test_what_is_proved_with_few_copies_is_not_called_unproved(opened, sample):
    AuStatus.objects.filter(pk=sample.au.pk).update(word="proved", agreeing=1, last_proof_at=make.past())
    page, badge = said_of(opened, sample.au)
    assert "At present too few institutions hold the same copy" in page
    assert badge.startswith("LOCKSS: too few copies agree; last proved on ")


def test_a_title_that_lost_its_proof_says_when_it_had_one(opened, sample):
    StandingCount.objects.filter(kind="title", ref=sample.collecting.title_id).update(preserved=0, words={})
    page = opened.get(f"/public/titles/{sample.collecting.title_id}/").content.decode()
    assert "It is not proved at present; it was last proved on " in page
