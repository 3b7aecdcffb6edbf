"""OpenURLs to a volume, issue or journal of which no article is known: the page that its platform keeps for it."""

import pytest

from apps.accounts.choices import Role
from apps.delivery.choices import Choice, Flag
from apps.delivery.models import StemReading
from apps.delivery.services import kept
from apps.lockss.openurl import Kind, Level
from apps.plugins.services import load_plugin_files
from apps.titles.models import ListedAu
from tests.accounts.factories import make_person
from tests.delivery.places import held, rule
from tests.delivery.test_openurl_found import ISSN, anybody, ask, journal, url
from tests.delivery.test_openurl_page import answer
from tests.plugins.factories import ID, PATH, xml
from tests.repository.factories import use_store
from tests.shared import DATA, needs_shared

pytestmark = pytest.mark.django_db
SITE = "http://pub.example/"
MANIFEST = f"{SITE}lockss/joe/12/index.html"
VOLUME, ISSUE, HOME = f"{SITE}joe/12", f"{SITE}joe/12/3", f"{SITE}joe/"
FEATURES = {
    "au_title": '"%s%s/", base_url, journal',
    "au_volume": '"%s%s/%d", base_url, journal, volume',
    "au_issue": '"%s%s/%d/%s", base_url, journal, volume, issue',
}


@pytest.fixture(autouse=True)
def node(db, settings, tmp_path):
    use_store(settings, tmp_path / "content", network_name="")
    kept.forget()


def features(table: dict[str, str]) -> bytes:
    inside = "".join(
        f"<entry><string>{key}</string><string>{one}</string></entry>" for key, one in table.items()
    )
    text = xml(au_start_url='"%slockss/%s/%d/index.html", base_url, journal, volume')
    entry = f"<entry><string>au_feature_urls</string><map>{inside}</map></entry>"
    return text.replace(b"</map>", b"") + entry.encode() + b"</map>"


def unit(*urls: str, number: str = "12", **more):
    """An AU of the platform, of one volume, that holds these pages."""
    params = {"base_url": SITE, "journal": "joe", "volume": number}
    au = held(*urls, plugin_id=ID, params=params, **more)
    ListedAu.objects.filter(pk=au.listed_id).update(
        volume=number, year="2019", first_year=2007 + int(number), last_year=2007 + int(number)
    )
    return au


@pytest.fixture
def reports(client):
    client.force_login(make_person("rosa", Role.REPORTS))


@pytest.fixture
def platform(node):
    load_plugin_files([(PATH, features(FEATURES))])


def test_a_volume_opens_at_its_own_page_rather_than_at_the_manifest(platform):
    unit(MANIFEST, VOLUME)
    found = ask(f"issn={ISSN}&volume=12")
    assert (found.chosen.url, found.level, found.chosen.manifest) == (VOLUME, Level.VOLUME, False)


def test_an_issue_opens_at_its_own_page_and_is_told_as_one(platform):
    unit(MANIFEST, VOLUME, ISSUE)
    found = ask(f"issn={ISSN}&volume=12&issue=3")
    assert (found.chosen.url, found.level, found.chosen.issue) == (ISSUE, Level.ISSUE, "3")
    other = ask(f"issn={ISSN}&volume=12&issue=4")
    assert (other.chosen.url, other.level) == (VOLUME, Level.VOLUME)


def test_where_only_the_manifest_is_held_it_opens_and_the_page_says_so(platform, client, reports):
    unit(MANIFEST)
    found = ask(f"issn={ISSN}&volume=12")
    assert (found.chosen.url, found.chosen.manifest) == (MANIFEST, True)
    said = "the manifest page with the permission statement: no better page is known."
    assert answer(client, issn=ISSN, volume="12").count(said) == 2
    unit(MANIFEST.replace("12", "13"), VOLUME.replace("12", "13"), number="13")
    assert said not in answer(client, issn=ISSN, volume="13")


def test_a_page_that_is_held_counts_though_the_start_is_not(platform):
    unit(VOLUME)
    rule(flag=Flag.NEVER)
    assert url(f"issn={ISSN}&volume=12") == VOLUME


def test_a_page_that_another_unit_holds_does_not_count(platform):
    unit(MANIFEST)
    unit(MANIFEST.replace("12", "13"), VOLUME, number="13")
    assert url(f"issn={ISSN}&volume=12") == MANIFEST


def test_nothing_hidden_is_led_to(platform):
    unit(MANIFEST, VOLUME, HOME)
    rule(choice=Choice.DARK)
    assert url(f"issn={ISSN}&volume=12", anybody()) == url(f"issn={ISSN}", anybody()) == ""


def test_a_journal_opens_at_its_own_page_in_the_youngest_unit_that_holds_it(platform):
    unit(HOME, number="11")
    younger = unit(HOME, number="12")
    unit(number="13")
    found = ask(f"issn={ISSN}")
    assert (found.chosen.kind, found.chosen.url, found.level) == (Kind.TITLE, HOME, Level.TITLE)
    assert found.copy.au_pk == younger.pk
    assert {one.volume for one in found.fits if one.kind is Kind.AU} == {"11", "12", "13"}


def test_a_journal_whose_page_is_not_held_offers_its_volumes(platform):
    unit(MANIFEST, VOLUME)
    assert ask(f"issn={ISSN}").chosen is None


@pytest.mark.parametrize("more", ["volume=99", "atitle=Mud", "spage=4", "doi=10.5555/x", "genre=article"])
def test_who_asks_for_a_part_is_not_sent_to_the_whole_journal(platform, more):
    unit(MANIFEST, HOME)
    assert ask(f"issn={ISSN}&{more}").chosen is None


def test_the_page_of_a_journal_can_be_chosen(platform, client, reports):
    unit(HOME)
    page = answer(client, issn=ISSN)
    assert "The page of the whole title is preserved." in page
    assert f"/open/?at=%2FServeContent%3Furl%3D{HOME.replace(':', '%3A').replace('/', '%2F')}" in page


def test_the_same_few_queries_however_many_units(platform, django_assert_max_num_queries):
    for number in range(12, 40):
        unit(MANIFEST.replace("12", str(number)), number=str(number))
    ask(f"issn={ISSN}")
    for question in (f"issn={ISSN}&volume=12", f"issn={ISSN}", f"issn={ISSN}&date=2019"):
        with django_assert_max_num_queries(20):
            ask(question)


@needs_shared
def test_a_real_definition(node):
    path = "org/lockss/plugin/massachusettsmedicalsociety/MassachusettsMedicalSocietyPlugin.xml"
    load_plugin_files([(path, (DATA / "plugins" / path).read_bytes())])
    params = {"base_url": SITE, "base_url2": SITE, "journal_id": "nejm", "volume_name": "352"}
    plugin_id = path.removesuffix(".xml").replace("/", ".")
    au = held(
        f"{SITE}lockss/nejm/352/index.html",
        f"{SITE}toc/nejm/352/7",
        plugin_id=plugin_id,
        params=params,
        title=journal(),
    )
    ListedAu.objects.filter(pk=au.listed_id).update(
        volume="352", year="2005", first_year=2005, last_year=2005
    )
    assert StemReading.objects.get(au=au).start_urls == [f"{SITE}lockss/nejm/352/index.html"]
    assert url(f"issn={ISSN}&volume=352&issue=7") == f"{SITE}toc/nejm/352/7"
    found = ask(f"issn={ISSN}&volume=352&issue=8")
    assert (found.chosen.url, found.chosen.manifest) == (f"{SITE}lockss/nejm/352/index.html", True)
