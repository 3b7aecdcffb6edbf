"""The guided set-up: looks at how things are, is left and taken up again, and goes on only where nothing is in the way."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent, SetupStep
from apps.nodes.services import first_steps
from apps.titles.models import TitleList
from tests.accounts.factories import make_person
from tests.aus.factories import load_sample, offer, volumes

pytestmark = pytest.mark.django_db
ORDER = ["administrator", "institution", "storage", "network", "plugins", "titles"]


@pytest.fixture
def node(settings, tmp_path):
    settings.NODE = replace(settings.NODE, content_dir=tmp_path / "content")
    return tmp_path


@pytest.fixture
def alice(node) -> Client:
    client = Client()
    client.force_login(make_person("alice", Role.SYSTEM))
    return client


def page(name: str) -> str:
    return f"/first-steps/{name}/"


def test_step_by_step_and_by_more_than_one(alice) -> None:
    assert "Go on: Administrator" in alice.get("/first-steps/").content.decode()
    goals = [alice.post(page(name))["Location"] for name in ORDER[:3]]
    assert goals == [page(name) for name in ORDER[1:4]]
    # Left here, taken up by somebody else.
    other = Client()
    other.force_login(make_person("zoe", Role.SYSTEM))
    assert "Go on: Network" in other.get("/first-steps/").content.decode()
    assert other.post(page("network"))["Location"] == page("plugins")
    assert other.post(page("plugins"))["Location"] == page("titles")
    assert other.post(page("titles"))["Location"] == "/first-steps/"
    assert "The node is set up" in other.get("/first-steps/").content.decode()
    other.post(page("titles"))
    assert SetupStep.objects.count() == 6
    acts = AuditEvent.objects.filter(action="accounts.set-up")
    assert [(act.username, act.subject) for act in acts.order_by("pk")][-2:] == [
        ("zoe", "step:plugins"),
        ("zoe", "step:titles"),
    ]


@pytest.mark.parametrize("name", ORDER)
def test_every_step_looks(alice, name) -> None:
    answer = alice.get(page(name))
    assert answer.status_code == 200
    assert answer.content.decode().count("<li>") >= 1


def test_what_is_in_the_way_stops(alice, node, settings) -> None:
    (node / "content").write_text("a file where a folder should be")
    answer = alice.post(page("storage"))
    assert answer.status_code == 422
    assert "This has to be put right first" in answer.content.decode()
    assert not SetupStep.objects.exists()
    (node / "content").unlink()
    assert alice.post(page("storage")).status_code == 302
    assert list((node / "content").iterdir()) == []


def test_looks_follow_how_things_are(alice, settings) -> None:
    def said(name: str) -> str:
        return " ".join(look.text for look in first_steps.step(name).looks())

    assert "There is only one" in said("administrator")
    make_person("zoe", Role.SYSTEM, second_factor=True)
    assert "only one" not in said("administrator")
    assert "second factor" not in said("administrator")
    settings.NODE = replace(
        settings.NODE, name="LOCKSS node", lcap_identity="TCP:[127.0.0.1]:9729", lcap_port=1
    )
    assert "still called" in said("institution")
    assert "no other machine can reach that" in said("network")
    assert "Nothing listens" in said("network")
    settings.NODE = replace(
        settings.NODE, name="Alder", lcap_identity="TCP:[192.0.2.7]:9729", network_name="Riverside"
    )
    assert "called “Alder”" in said("institution")
    assert "The network is Riverside" in said("network")
    assert "no title list" in said("titles")
    TitleList.objects.create(name="Riverside", source="upload")
    assert "no title list" not in said("titles")


def test_the_plugins_are_looked_at(alice) -> None:
    def said(name: str) -> str:
        return " ".join(look.text for look in first_steps.step(name).looks())

    assert "No plugin is loaded yet" in said("plugins")
    offer(*volumes(2))
    counted = "1 plugin that a title list names is not loaded"
    assert counted in said("plugins")
    # The list that was just read may name one more.
    assert counted in said("titles")
    assert 'name="file"' in alice.get(page("plugins")).content.decode()
    load_sample()
    assert "1 plugin is loaded." in said("plugins")
    assert "not loaded" not in said("plugins") + said("titles")


def test_home_does_not_send_back_to_steps_that_are_done(alice) -> None:
    assert 'href="/first-steps/"' in alice.get("/").content.decode()
    for name in ORDER:
        alice.post(page(name))
    home = alice.get("/").content.decode()
    main = home[home.index("<main") : home.index("</main>")]
    assert "/first-steps/" not in main
    # What comes next instead, as long as nothing is chosen.
    assert 'href="/lists/"' in main
    offer(*volumes(1))
    assert 'class="button primary" href="/titles/"' in alice.get("/").content.decode()


def test_unknown_steps_and_other_people(alice) -> None:
    assert alice.get(page("tea")).status_code == 404
    lib = Client()
    lib.force_login(make_person("lib", Role.LIBRARIAN))
    assert lib.get("/first-steps/").status_code == lib.post(page("storage")).status_code == 403


def test_a_step_at_which_nothing_is_amiss_shows_as_done(alice, settings) -> None:
    settings.NODE = replace(settings.NODE, name="Alder")
    steps = alice.get("/first-steps/").context["steps"]
    assert [one.name for one, done in steps if done] == ["institution", "storage"]
    make_person("zoe", Role.SYSTEM, second_factor=True)
    assert "Go on: Network" in alice.get("/first-steps/").content.decode()
    # Nobody went them: that is not recorded.
    assert not SetupStep.objects.exists()


def test_what_is_amiss_leads_to_where_it_is_mended(alice) -> None:
    offer(*volumes(1))
    ways = {
        "administrator": ("/accounts/people/new/", "/me/factors/"),
        "network": ("/peers/new/",),
        "plugins": ("/plugins/not-loaded/",),
    }
    for name, goals in ways.items():
        text = alice.get(page(name)).content.decode()
        looks = text[text.index('<ul class="looks">') :]
        for goal in goals:
            assert f'<a href="{goal}">' in looks, (name, goal)


@pytest.mark.parametrize(
    ("free", "tone", "said"),
    [(70, "safe", "70 GB of 109 GB are free."), (2, "care", "less than the node wants free")],
)
def test_the_disk_warns_by_its_share_and_says_why(node, settings, monkeypatch, free, tone, said) -> None:
    settings.NODE = replace(settings.NODE, disk_warn_percent=10)
    space = SimpleNamespace(free=free * 10**9, total=109 * 10**9)
    monkeypatch.setattr(first_steps, "disk", lambda _folder: space)
    texts = {
        one.text.replace("\N{NO-BREAK SPACE}", " "): one.tone for one in first_steps.step("storage").looks()
    }
    told = next(text for text in texts if "of 109 GB" in text)
    assert texts[told] == tone
    assert said in told
