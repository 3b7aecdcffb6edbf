"""What pages say of an AU with nothing here, of one URL, and of one that is activated while something holds it back."""

import json
import re
from dataclasses import replace

import pytest

from apps.accounts.choices import Role
from apps.aus.services import deactivate_aus
from apps.nodes.services import refreshing
from apps.polls.models import PollStatus
from apps.repository import services as repository
from apps.titles.models import Title
from tests import factories as make
from tests.asking import as_person
from tests.repository.factories import capture
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    settings.NODE = replace(sample_settings(tmp_path), permission_policy="written_and_machine")


def test_what_holds_nothing_yet_does_not_disagree(client):
    au = make.make_au()
    refreshing.refresh(keys=[au.pk])
    as_person(client)
    for page in (f"/aus/{au.slug}/", "/aus/"):
        shown = client.get(page).content.decode()
        assert "nothing was collected yet" in shown, page
        assert "0 of 1" not in shown, page
    assert "nothing was collected yet" in client.get("/aus/?format=csv").getvalue().decode("utf-8-sig")


def test_what_is_here_and_unproved_is_counted(client):
    au = make.make_au()
    make.make_crawl(au)
    make.make_summary(au, urls=9)
    refreshing.refresh(keys=[au.pk])
    as_person(client)
    assert "0 of 1 copy agrees" in client.get(f"/aus/{au.slug}/").content.decode()


def activated(client, au) -> str:
    deactivate_aus(user=as_person(client, Role.LIBRARIAN), au_keys=[au.pk])
    refreshing.refresh(keys=[au.pk])
    return client.post(f"/aus/{au.slug}/reactivate/", follow=True).content.decode()


def test_activating_says_what_still_holds_it_back(client):
    page = activated(client, make.make_au())
    assert "is active again, but is not collected: No signed agreement" in page
    assert "is collected and proved again" not in page


def test_activating_promises_what_is_so(client, settings):
    settings.NODE = replace(settings.NODE, permission_policy="machine")
    au = make.make_au()
    make.make_permission(au)
    assert "is collected and proved again" in activated(client, au)


@pytest.mark.parametrize("again", [False, True])
def test_a_version_is_confirmed_only_where_its_source_gave_it_again(client, again):
    au, url = make.make_au(), "http://pub.example/a"
    repository.add_captures(
        auid=au.auid, captures=[capture(url, b"as it was", collected_at=make.past(make.DAY))]
    )
    if again:
        repository.add_captures(
            auid=au.auid, captures=[capture(url, b"as it was", collected_at=make.past(make.HOUR))]
        )
    as_person(client)
    page = client.get(f"/aus/{au.slug}/url/?url={url}").content.decode()
    assert ("Its source gave these very bytes again." in page) is again
    assert ("Its source has not given them again since they came." in page) is not again


def test_of_a_deactivated_one_no_poll_is_announced(client):
    au = make.make_au()
    make.make_poll(au, [make.make_peer("Birch")])
    PollStatus.objects.update_or_create(au=au, defaults={"due_at": make.past(-make.DAY)})
    deactivate_aus(user=as_person(client, Role.LIBRARIAN), au_keys=[au.pk])
    refreshing.refresh(keys=[au.pk])
    page = client.get(f"/aus/{au.slug}/")
    told = {str(one.term): str(one.value) for one in page.context["facts"]}
    assert told["Next poll"] == told["Next collection"] == "none: it is deactivated"


def test_a_unit_has_the_numbers_of_its_title_on_its_page_and_in_downloads(client):
    title = make.make_title("Reed Reports")
    Title.objects.filter(pk=title.pk).update(issn="2990-0018", eissn="2990-0026")
    title.refresh_from_db()
    au = make.make_au(title=title)
    make.make_summary(au, next_check_at=make.past(-9 * make.DAY))
    refreshing.refresh(keys=[au.pk])
    as_person(client)
    told = {str(one.term): str(one.value) for one in client.get(f"/aus/{au.slug}/").context["facts"]}
    assert (told["ISSN"], told["eISSN"]) == ("2990-0018", "2990-0026")
    assert "<time" in told["Bytes read next"]
    rows = json.loads(client.get("/aus/?format=json").getvalue())
    (row,) = rows
    assert row["auid"] == au.auid
    assert (row["title"], row["publisher"]) == ("Reed Reports", title.publisher.name)
    assert (row["issn"], row["eissn"], row["year"]) == ("2990-0018", "2990-0026", "2019")


def test_a_download_of_units_asks_as_much_for_many_as_for_one(client, django_assert_max_num_queries):
    aus = [make.make_au() for _ in range(9)]
    refreshing.refresh(keys=[au.pk for au in aus])
    as_person(client)
    client.get("/aus/")
    with django_assert_max_num_queries(8):
        assert len(json.loads(client.get("/aus/?format=json").getvalue())) == 9


def test_lists_of_titles_say_how_what_is_selected_stands(client):
    au = make.make_au()
    refreshing.refresh(keys=[au.pk])
    as_person(client)
    page = " ".join(client.get(f"/titles/{au.title_id}/").content.decode().split())
    # How it stands is the word; that it was chosen is what stands beside it.
    word = re.search(r'<a class="word (\w+)" href="/aus/[^"]+"[^>]*>(.*?)</a>', page)
    assert word[1] == "care"
    assert "Blocked" in word[2]
    assert '<span class="note">Selected here</span>' in page
