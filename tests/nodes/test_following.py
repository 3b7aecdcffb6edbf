"""Numbers, words and ways of the pages follow what was just done, and do not contradict the lists below them."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from apps.accounts.choices import Role
from apps.common import jobs, subjects
from apps.common.clock import now
from apps.common.middleware import nearest
from apps.common.pages import Link
from apps.nodes import home, needs
from apps.nodes.choices import Tally
from apps.nodes.services import counting, refreshing
from apps.nodes.work import KINDS
from apps.plugins.models import MissingClass, PluginJar, PluginUse
from apps.titles.choices import ImportState
from apps.titles.models import ListImport, TitleList
from tests import factories as make
from tests.asking import as_person
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def node(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)


def shown(client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def test_numbers_follow_what_was_chosen_and_what_is_blocked(client, node):
    counting.count_all()
    assert counting.numbers()[Tally.AUS] == 0
    aus = [
        make.make_au(title=make.make_title("Letters", make.make_publisher("Boston College")))
        for _n in range(3)
    ]
    refreshing.refresh(keys=[au.pk for au in aus])
    as_person(client)
    page = shown(client, "/")
    assert "Nothing is chosen yet" not in page
    assert "of 3 archival units are collected" in page
    assert "everything else that this library chose is being looked after" not in page
    assert "each of the 3 archival units that this library chose waits for somebody" in page
    numbers = {**counting.numbers(), Tally.CARE: 1}
    assert "1 of the 3 archival units that this library chose waits for it" in home.summary_line(
        numbers, 1, 1
    )
    assert "3 archival units" in shown(client, "/aus/")
    # Copies are counted of what is here, by the list of copies and by the number that leads to it.
    assert counting.numbers()[Tally.FEW_COPIES] == 0
    make.make_summary(aus[0])
    refreshing.refresh(keys=[aus[0].pk])
    counted = shown(client, "/network/copies/?copies=few")
    assert "1 archival unit<" in counted
    assert counting.numbers()[Tally.FEW_COPIES] == 1


def test_a_finding_is_counted_by_one_rule(client, node):
    make.make_finding("peer-silent", "peer:x", severity="warning")
    make.make_finding("content-damaged", "au:x", severity="error")
    make.make_finding("crawl-fetch-error", "au:y", severity="warning", seen_at=now(), seen_by="ann")
    as_person(client)
    assert needs.asking_findings().count() == 1
    assert "findings are open; 2 not seen yet" in shown(client, "/node/")


def test_an_empty_node_leads_to_what_it_needs(client, node):
    as_person(client, Role.NETWORK, Role.LIBRARIAN)
    page = shown(client, "/")
    for path in ("/plugins/", "/lists/", "/permissions/agreements/", "/peers/"):
        assert f'<a href="{path}">' in page
    assert 'class="button primary" href="/lists/"' in page
    assert "Nothing needs a person just now" not in page


@pytest.mark.parametrize(
    "path", ["/lists/", "/sets/", "/holdings/", "/collections/", "/selections/", "/subscriptions/"]
)
def test_the_menu_marks_the_place_of_a_page_that_lies_elsewhere(client, path):
    as_person(client, Role.LIBRARIAN)
    assert client.get(path).status_code == 200
    page = shown(client, path)
    assert '<a href="/titles/" aria-current="page">' in page
    assert '<details class="places-menu">' in page


def test_who_visits_what_takes_a_form_is_led_back(client):
    as_person(client, Role.NETWORK)
    answer = client.get("/plugins/load/", headers={"accept": "text/html"})
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    page = answer.content.decode()
    assert "This address only takes a form" in page
    assert 'href="/plugins/"' in page
    assert nearest("/subscriptions/1/undo/") == "/subscriptions/1/"
    assert nearest("/no/such/") == "/"


def test_every_kind_of_job_and_of_subject_has_words(db):
    for app in ("aus", "crawls", "permissions", "plugins", "polls", "repository", "titles"):
        import_module(f"apps.{app}.tasks")
    # Other tests register kinds of their own.
    registered = {kind for kind, done in jobs._handlers.items() if done.__module__.startswith("apps.")}
    assert len(registered) > 10
    assert registered - set(KINDS) == set()
    jar = PluginJar.objects.create(
        sha256="ab" * 32, size=1, name="oup.jar", signature="unsigned", outcome="loaded", judged_at=now()
    )
    found = subjects.links(["trial:7f45", "plugin-jars", "store:content", "holdings:7:3", f"jar:{'ab' * 32}"])
    assert found["trial:7f45"].label == "a page that somebody tried"
    assert found["plugin-jars"].label == "all plugin JARs"
    assert found["holdings:7:3"].label == "line 3 of holdings file 7"
    assert found[f"jar:{jar.sha256}"] == Link("oup.jar", f"/plugins/jars/{jar.pk}/")


def test_every_kind_of_subject_that_the_source_writes_has_words():
    said = re.compile(
        r"""(?:subject=|subject = |subject\(self\) -> str:\s+return |return )f?"([a-z]+(?:-[a-z]+)*)(?::\{|")"""
    )
    written = set()
    for path in (Path(__file__).resolve().parents[2] / "apps").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "subject" in text:
            written |= {kind for kind in said.findall(text) if f'"{kind}:{{' in text}
    assert {"crawl", "jar", "holdings", "plugin-trial", "list-address"} <= written
    assert written - subjects.known() == set()


def test_missing_code_is_ranked_by_what_it_blocks(client):
    for name, blocked in {"a.M": "extract", "b.N": "", "c.C": "collect", "d.V": "vote"}.items():
        flags = {blocked: True} if blocked else {}
        MissingClass.objects.create(class_name=name, policy="refuse", effect="x", listed=14_510, **flags)
    MissingClass.objects.create(class_name="e.C", policy="refuse", effect="x", listed=20_000, collect=True)
    as_person(client)
    page = client.get("/plugins/missing/").content.decode()
    assert sorted(("e.C", "c.C", "d.V", "a.M", "b.N"), key=lambda name: page.index(f"missing={name}&")) == [
        "e.C",
        "c.C",
        "d.V",
        "a.M",
        "b.N",
    ]
    assert "/plugins/missing/" in client.get("/plugins/").content.decode()


def test_units_of_plugins_are_counted_when_a_page_is_opened_after_an_import(client):
    au = make.make_au()
    assert not PluginUse.objects.exists()
    source = TitleList.objects.create(name="A list")
    ListImport.objects.create(title_list=source, state=ImportState.DONE)
    as_person(client)
    client.get("/plugins/not-loaded/")
    use = PluginUse.objects.get(plugin_id=au.plugin_id)
    assert (use.listed, use.selected) == (1, 1)
