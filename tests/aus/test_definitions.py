"""An AU as its definition makes it, and what this node can do with it."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.aus.definitions import (
    PollAbility,
    Unmade,
    abilities_of,
    collect_ability,
    definition_of,
    poll_ability,
)
from apps.aus.models import Au
from apps.aus.services import select_aus
from apps.lockss.plugin.au import AuDefinition
from tests.aus.factories import load_sample, offer, volumes
from tests.titles.factories import read_au, read_title

pytestmark = pytest.mark.django_db
BASE = {"base_url": "http://tide.example/", "journal": "jes", "volume": "7"}


def selected(*, title=None, **more) -> Au:
    (row,) = offer(read_au(title or read_title(), 7, params=more.pop("params", BASE), **more))
    select_aus(user=None, listed_au_ids=[row.pk])
    return Au.objects.get(listed=row)


def fresh(au: Au) -> Au:
    return Au.objects.get(pk=au.pk)


def test_the_definition_is_made_of_the_row():
    load_sample()
    au = selected()
    made = definition_of(au)
    assert isinstance(made, AuDefinition)
    assert made.start_urls == ("http://tide.example/jes/7/",)
    assert made.auid == au.auid
    assert made.in_polls("http://tide.example/jes/7/a.pdf")
    assert not made.in_polls("http://tide.example/jes/8/a.pdf")
    assert collect_ability(au).can
    ability = poll_ability(au)
    assert (ability.can_hash, ability.reason, ability.poll_version, ability.weighted) == (
        True,
        "",
        "1",
        False,
    )
    assert ability.includes("http://tide.example/jes/7/a.pdf")
    assert not ability.includes("http://tide.example/jes/8/a.pdf")


def test_asking_again_asks_no_rows_and_compiles_nothing():
    load_sample()
    au = selected()
    first = definition_of(au)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        for _ in range(3):
            assert poll_ability(au) is poll_ability(au)
            assert definition_of(au) is first
    assert len(captured) == 0
    other = fresh(au)
    assert definition_of(other) is first
    load_sample(plugin_version="2", au_start_url='"%selse/%d", base_url, volume')
    assert definition_of(fresh(au)).start_urls == ("http://tide.example/else/7",)
    assert definition_of(au) is first


def test_what_polls_ask_comes_from_the_definition():
    load_sample(
        plugin_version="3",
        au_substance_url_pattern='"%s.*pdf$", base_url',
        au_exclude_urls_from_polls_pattern='"%s.*/ad/", base_url',
        au_url_poll_result_weight=('"css$",0.0',),
        plugin_delete_extra_files=True,
        au_repair_from_peer_if_missing_url_pattern='"pdf$"',
        **{"text/html_filter_factory": "org.lockss.portal.sample.SampleHtmlHashFilterFactory"},
    )
    ability = poll_ability(selected())
    root = "http://tide.example/jes/7/"
    assert ability.knows_substance
    assert ability.is_substance(f"{root}a.pdf")
    assert not ability.is_substance(f"{root}a.html")
    assert not ability.includes(f"{root}ad/x")
    assert ability.weighted
    assert (ability.weight_of(f"{root}a.css"), ability.weight_of(f"{root}a.html")) == (0.0, 1.0)
    assert (ability.deletes_extra, ability.min_replicas, ability.publisher_when_too_close) == (
        True,
        None,
        None,
    )
    assert ability.peer_repair_if_missing(f"{root}a.pdf")
    assert not ability.peer_repair_if_missing(f"{root}a.html")
    hash_filter = ability.hash_filter("text/html; charset=utf-8")
    assert b"".join(hash_filter([b"a<!-- volatile -->b<!-- /volatile -->c"])) == b"ac"
    assert ability.hash_filter("application/pdf") is None


def test_without_a_hash_filter_there_is_no_vote_but_collecting_goes_on():
    load_sample(**{"text/html_filter_factory": "com.example.Filter"})
    au = selected()
    assert collect_ability(au).can
    ability = poll_ability(au)
    assert not ability.can_hash
    assert ability.reason == (
        "Without code that this node does not have its votes would be wrong:"
        " Filter (what changes on its own would be voted on)."
    )
    assert ability.hash_filter("text/html") is None


def test_a_plugin_that_went_away_or_broke():
    load_sample()
    au = selected()
    Au.objects.filter(pk=au.pk).update(plugin_id="org.gone.Plugin")
    au = fresh(au)
    assert definition_of(au) == Unmade("Its plugin org.gone.Plugin is not loaded on this node.")
    assert collect_ability(au).reason == "Its plugin org.gone.Plugin is not loaded on this node."
    ability = poll_ability(au)
    assert isinstance(ability, PollAbility)
    assert (ability.can_hash, ability.poll_version, ability.weighted) == (False, "", False)
    assert not ability.includes("http://tide.example/")
    assert (ability.weight_of("x"), ability.knows_substance, ability.hash_filter("text/html")) == (
        1.0,
        False,
        None,
    )
    assert (ability.deletes_extra, ability.min_replicas, ability.peer_repair_if_missing("x")) == (
        None,
        None,
        False,
    )
    assert not abilities_of(au).loaded


def test_parameters_that_no_longer_fit_are_told():
    load_sample()
    au = selected()
    Au.objects.filter(pk=au.pk).update(params={**BASE, "volume": "seven"})
    made = definition_of(fresh(au))
    assert isinstance(made, Unmade)
    assert "volume" in made.reason
    assert not collect_ability(fresh(au)).can


def test_what_the_publisher_no_longer_has_is_not_collected_but_voted_on():
    load_sample()
    au = selected()
    offer(read_au(read_title(), 7, params=BASE, status="down"))
    au = fresh(au)
    assert collect_ability(au).reason == "Its publisher no longer provides it. What is preserved stays."
    ability = poll_ability(au)
    assert (ability.can_hash, ability.publisher_down) == (True, True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"attributes": {"flags": "nopoll"}}, True), ({"attributes": {"flags": "other"}}, False)],
)
def test_a_list_may_say_that_an_au_is_not_polled(change, reason):
    load_sample()
    assert bool(poll_ability(selected(**change)).reason) is reason


def test_a_definition_may_say_that_its_aus_are_not_polled():
    load_sample(au_dont_poll=True)
    assert not poll_ability(selected()).can_hash


def test_default_only_parameters_follow_the_list():
    load_sample()
    au = selected(other_params={"crawl_proxy": "p.example:80", "user_pass": "a:b"})
    assert au.other_params == {"user_pass": "a:b"}
    made = definition_of(au)
    assert made.config["crawl_proxy"] == "p.example:80"
    assert made.config["user_pass"] == "a:b"
    offer(read_au(read_title(), 7, params=BASE, other_params={"crawl_proxy": "q.example:80"}))
    assert definition_of(fresh(au)).config["crawl_proxy"] == "q.example:80"


def test_title_attributes_reach_the_definition():
    load_sample()
    made = definition_of(selected(attributes={"au_coverage_depth": "abstract"}, year="2007"))
    assert made.attributes["au_coverage_depth"] == "abstract"
    assert made.attributes["year"] == "2007"


def test_an_au_that_no_list_names_still_has_its_definition():
    load_sample()
    au = selected()
    Au.objects.filter(pk=au.pk).update(listed=None)
    assert isinstance(definition_of(fresh(au)), AuDefinition)
    assert replace(poll_ability(fresh(au)), reason="x").can_hash


def test_volumes_share_one_definition_but_not_their_rules():
    load_sample()
    rows = offer(*volumes(2))
    select_aus(user=None, listed_au_ids=[row.pk for row in rows])
    one, two = (definition_of(Au.objects.get(listed=row)) for row in rows)
    assert one.plugin is two.plugin
    assert one.start_urls != two.start_urls
