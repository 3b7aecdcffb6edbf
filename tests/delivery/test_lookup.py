"""Who holds a URL: order of holders, named AUs, sites, hidden AUs, caches after a change, numbers of queries."""

import datetime as dt
from dataclasses import replace

import pytest

from apps.aus.models import Au
from apps.delivery.models import InstitutionProxy, OwnReaderList, ServingRule
from apps.delivery.services import kept
from apps.delivery.services.asked import asked_of
from apps.delivery.services.lookup import candidates, find, verdicts, versions
from apps.delivery.services.readers import asker_of
from apps.delivery.services.sites import read_sites
from apps.lockss.delivery import Access, Named, PublisherFlag, Reason, Surface
from apps.permissions.models import PublisherAgreement
from apps.repository import services as repository
from apps.repository.errors import ContentCode, ContentError
from apps.repository.names import url_digest
from apps.titles.models import ListedAu
from tests.delivery.places import MOMENT, URL, anybody, held, ours, rule
from tests.factories import make_agreement, make_au, make_permission
from tests.repository.factories import capture, use_store


@pytest.fixture(autouse=True)
def node(db, settings, tmp_path):
    use_store(settings, tmp_path / "content", network_name="")
    kept.forget()


def best(*spellings: str, asker=None, **more):
    found = find(spellings or (URL,), asker or ours(), MOMENT, **more)
    return None if found.best is None else found.best.au_pk


def damage(au: Au, url: str = URL) -> None:
    repository.report(
        repository.find(auid=au.auid, url=url), ContentError(ContentCode.DAMAGED, "a byte is another")
    )


# Who holds it


def test_a_fresh_node_gives_gray_to_whoever_is_signed_in_with_a_role_and_nothing_to_others():
    au = held(URL)
    found = find([URL], ours(), MOMENT)
    assert (found.best.au_pk, found.best.verdict.access, found.best.verdict.reason) == (
        au.pk,
        Access.GRAY,
        Reason.GRAY,
    )
    assert (found.in_au, found.stem_held, found.url, found.named) == (True, True, URL, Named.NO)
    assert found.best.artifact.url == URL
    assert find([URL], anybody(), MOMENT).best is None


def test_the_nodes_setting_holds_until_the_networks_rule_chooses(settings):
    held(URL)
    settings.NODE = replace(settings.NODE, serving_policy="dark")
    assert best() is None
    network = rule(openly="yes")
    assert best() is None
    ServingRule.objects.filter(pk=network.pk).update(choice="light")
    assert find([URL], ours(), MOMENT).best.verdict.access is Access.OPEN


def test_of_several_holders_a_good_copy_then_the_one_of_the_referer_then_the_lowest_auid():
    first, second, third = sorted((held(URL) for _ in range(3)), key=lambda au: au.auid)
    found = find([URL], ours(), MOMENT)
    assert [found.best.au_pk, *(one.au_pk for one in found.others)] == [first.pk, second.pk, third.pk]
    for referer in (
        f"http://localhost:8082/t/pass/{third.slug}/-/http://pub.example/",
        f"http://localhost:8082/au-{third.slug}/20261121000000/http://pub.example/",
        f"http://localhost:8082/ServeContent?url=x&auid={third.slug}",
    ):
        assert best(referer=referer) == third.pk
    damage(third)
    assert best(referer=f"/{third.slug}/") == first.pk
    damage(first)
    damage(second)
    assert find([URL], ours(), MOMENT).best.good is False
    assert best() == first.pk


def test_a_damaged_newest_version_gives_way_to_an_older_good_one():
    au = held(URL)
    repository.add_captures(auid=au.auid, captures=[capture(URL, b"newer" * 40)])
    damage(au)
    found = find([URL], ours(), MOMENT)
    assert (found.best.artifact.version, found.best.good) == (1, True)


def test_spellings_are_tried_in_turn_and_each_under_the_names_it_may_have():
    au = held("http://pub.example/ü")
    found = find(["http://pub.example/none", "http://pub.example/%C3%BC"], ours(), MOMENT)
    assert (found.best.au_pk, found.best.artifact.url) == (au.pk, "http://pub.example/ü")
    assert found.url == "http://pub.example/%C3%BC"
    digest = "@" + url_digest("http://pub.example/ü").hex()
    found = find([digest], ours(), MOMENT)
    assert (found.best.au_pk, found.url) == (au.pk, "http://pub.example/ü")
    assert best("http://pub.example/a\0", "\ud800", "") is None
    assert best() == au.pk  # not held: the AU on whose site it lies


def test_a_named_au_alone_answers():
    first, second = (held(URL) for _ in range(2))
    other = held("http://pub.example/other")
    for name in (second.auid, second.slug):
        found = find([URL], ours(), MOMENT, auid=name)
        assert (found.best.au_pk, found.others, found.named) == (second.pk, (), Named.KNOWN)
    found = find([URL], ours(), MOMENT, auid=other.auid)
    assert (found.named, found.in_au, found.best.au_pk, found.best.artifact) == (
        Named.KNOWN,
        True,
        other.pk,
        None,
    )
    found = find(["http://elsewhere.example/"], ours(), MOMENT, auid=first.auid)
    assert (found.named, found.in_au, found.stem_held, found.best) == (Named.KNOWN, False, False, None)
    for unknown in ("org|none&x~1", "0" * 20, "\0", ""):
        found = find([URL], ours(), MOMENT, auid=unknown)
        assert (found.named, found.in_au, found.best) == (Named.UNKNOWN, False, None)


def test_a_version_is_that_version_or_none():
    au = held(URL)
    repository.add_captures(auid=au.auid, captures=[capture(URL, b"newer" * 40)])
    assert find([URL], ours(), MOMENT, auid=au.auid, version=1).best.artifact.version == 1
    assert find([URL], ours(), MOMENT, auid=au.auid, version=9).best.artifact is None


def test_what_nobody_holds_belongs_to_the_au_on_whose_site_it_lies():
    au = held(URL)
    found = find(["http://pub.example/never-collected"], ours(), MOMENT)
    assert (found.in_au, found.stem_held, found.best.au_pk, found.best.artifact) == (True, True, au.pk, None)
    for url in (
        "http://pub.example.evil.net/",
        "http://pub.example@evil.net/",
        "https://pub.example:25/",
        "ftp://pub.example/",
    ):
        found = find([url], ours(), MOMENT)
        assert (found.in_au, found.stem_held, found.best) == (False, False, None), url


# Hidden


def test_a_hidden_au_shows_nowhere():
    dark, light = held(URL), held(URL)
    rule(au=dark, choice="dark")
    found = find([URL], ours(), MOMENT, referer=f"/{dark.slug}/")
    assert (found.best.au_pk, found.others) == (light.pk, ())
    assert [copy.au_pk for copy, _artifact in versions(URL, ours(), MOMENT)] == [light.pk]
    assert [one.au_pk for one in candidates(ours(), MOMENT)] == [light.pk]
    assert [one.au_pk for one in candidates(ours(), MOMENT, url=URL)] == [light.pk]
    assert find([URL], ours(), MOMENT, auid=dark.auid).named is Named.UNKNOWN
    assert versions(URL, ours(), MOMENT, slug=dark.slug) == []
    rule(au=light, choice="dark")
    found = find([URL], ours(), MOMENT)
    assert (found.in_au, found.stem_held, found.best) == (False, False, None)
    assert len(candidates(ours(), MOMENT)) == 0
    auditor = asker_of(Surface.AUDIT, "192.0.2.9", auditor=True)
    assert {copy.au_pk for copy, _artifact in versions(URL, auditor, MOMENT)} == {dark.pk, light.pk}


# What is said counts at once


def test_a_change_counts_at_the_next_question_although_everything_is_kept():
    au = held(URL)
    assert best() == au.pk
    dark = rule(publisher=au.publisher, choice="dark")
    assert best() is None
    dark.delete()
    assert best() == au.pk
    agreement = make_agreement(au.publisher, serve="no")
    assert best() is None
    PublisherAgreement.objects.filter(pk=agreement.pk).update(serve="yes", version=1)
    assert best() == au.pk
    OwnReaderList.objects.create(roles=["librarian"])
    assert best() is None
    OwnReaderList.objects.update(included="192.0.2.*")
    assert best() == au.pk
    OwnReaderList.objects.update(excluded="192.0.2.9")
    assert best() is None
    InstitutionProxy.objects.create(name="ezproxy", addresses="192.0.2.9")
    assert best() == au.pk
    assert verdicts(ours(), [au.pk, 10**9], MOMENT)[au.pk].access is Access.GRAY


def test_title_list_and_permission_page_say_what_is_open_access_unless_a_rule_does():
    au = held(URL)
    listed = ListedAu.objects.filter(pk=au.listed_id)
    listed.update(attributes={"rights": "openaccess"})
    assert find([URL], anybody(), MOMENT).best.verdict.reason is Reason.OPEN_ACCESS
    closed = rule(title=au.title, open_access="no")
    assert best(asker=anybody()) is None
    closed.delete()
    listed.update(attributes={})
    assert best(asker=anybody()) is None
    make_permission(au, access_type="OpenAccess")
    assert best(asker=anybody()) == au.pk


def test_the_publisher_is_down_or_gone_as_list_parameters_or_a_rule_say():
    au = held(URL)

    def flag() -> PublisherFlag:
        return find([URL], ours(), MOMENT).best.publisher

    assert flag() is PublisherFlag.UP
    ListedAu.objects.filter(pk=au.listed_id).update(other_params={"pub_down": "true"})
    assert flag() is PublisherFlag.DOWN
    Au.objects.filter(pk=au.pk).update(other_params={"pub_never": "true", "pub_down": "false"})
    assert flag() is PublisherFlag.NEVER
    rule(au=au, flag="up")
    assert flag() is PublisherFlag.UP


def test_an_embargo_hides_until_its_day_and_a_wall_is_counted_from_the_lists_year():
    au = held(URL)
    ListedAu.objects.filter(pk=au.listed_id).update(last_year=2025)
    embargo = rule(au=au, wall_length=12, wall_unit="months")
    assert best() is None
    later = dt.datetime(2026, 12, 31, 12, tzinfo=dt.UTC)
    assert find([URL], ours(), later).best.au_pk == au.pk
    ServingRule.objects.filter(pk=embargo.pk).update(
        wall_length=None, wall_unit="", embargo_until="2026-11-21"
    )
    assert best() == au.pk
    ServingRule.objects.filter(pk=embargo.pk).update(embargo_until="2026-11-22")
    assert best() is None


# Pages


def test_a_unit_of_which_nothing_is_held_is_in_no_list():
    holding = held(URL, name="Holding")
    empty = held(name="Empty", params=holding.params)
    assert [one.au_pk for one in candidates(ours(), MOMENT)] == [holding.pk]
    assert [one.au_pk for one in candidates(ours(), MOMENT, url=URL)] == [holding.pk]
    repository.add_captures(auid=empty.auid, captures=[capture(f"{URL}/2")])
    assert [one.au_pk for one in candidates(ours(), MOMENT, url=URL)] == [empty.pk, holding.pk]


def test_pages_of_aus_go_on_where_the_last_one_ended():
    names = [f"Journal {number:02}" for number in range(7)]
    aus = [held(f"http://pub.example/{name}", name=name) for name in names]
    rule(au=aus[1], choice="dark")
    shown = [au.pk for au in aus if au is not aus[1]]
    for url in ("", URL, "https://pub.example/x"):
        seen, after = [], None
        while True:
            page = candidates(ours(), MOMENT, url=url, after=after, limit=2)
            seen += [one.au_pk for one in page]
            after = page.after
            if after is None:
                break
        assert seen == shown
    assert [one.name for one in candidates(ours(), MOMENT, search="journal 03")] == ["Journal 03"]
    assert len(candidates(ours(), MOMENT, url="http://elsewhere.example/")) == 0


def test_versions_come_oldest_first_from_all_aus_that_may_be_shown():
    first, second = held(URL), make_au()
    repository.add_captures(
        auid=second.auid, captures=[capture(URL, collected_at=MOMENT - dt.timedelta(days=900))]
    )
    repository.add_captures(auid=first.auid, captures=[capture(URL, b"newer" * 40, collected_at=MOMENT)])
    told = [(copy.au_pk, artifact.version) for copy, artifact in versions(URL, ours(), MOMENT)]
    assert told == [(second.pk, 1), (first.pk, 1), (first.pk, 2)]


# Queries


def test_a_url_is_found_with_six_queries_once_warm(django_assert_max_num_queries):
    au = held(URL)
    for _ in range(3):
        held(URL)
    make_agreement(au.publisher, serve="yes")
    for given in ({}, {"auid": au.auid}, {"referer": f"/{au.slug}/"}):
        for url in (URL, "http://pub.example/not-held", "http://elsewhere.example/"):
            find([url], ours(), MOMENT, **given)
            with django_assert_max_num_queries(6):
                find([url], ours(), MOMENT, **given)


def test_what_is_asked_of_the_tables_says_what_was_found():
    au = held(URL)
    rule(au=au, flag="never")
    asker = ours()
    asked = asked_of(find([URL], asker, MOMENT), asker, now=MOMENT, version=True)
    assert (asked.has, asked.in_au, asked.access, asked.publisher, asked.version) == (
        True,
        True,
        Access.GRAY,
        PublisherFlag.NEVER,
        True,
    )
    damage(au)
    assert not asked_of(find([URL], asker, MOMENT), asker, now=MOMENT).has


# Sites


def test_sites_follow_the_aus(django_assert_num_queries):
    first, second = make_au(), make_au()
    assert read_sites() == 2
    assert read_sites() == 0
    assert best("http://pub.example/x") in (first.pk, second.pk)
    Au.objects.filter(pk=first.pk).update(params={"base_url": "http://new.example/"})
    assert read_sites() == 0  # nothing says that the row has changed
    first.params = {"base_url": "http://new.example/"}
    first.listed = None
    first.save()
    assert read_sites() == 1
    assert best("http://new.example/x") == first.pk
    assert best("http://pub.example/x") == second.pk
