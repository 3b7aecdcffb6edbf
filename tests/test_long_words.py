"""Names of one word that no line holds: on a telephone a page breaks them and is not pushed sideways."""

from dataclasses import replace

import pytest

from apps.accounts.choices import Role
from apps.aus.models import Au
from apps.kbart.models import Check, Edition, Series
from apps.polls.models import Repair
from apps.titles.models import ListImport, Publisher, Title, TitleList
from tests.accounts.factories import make_person
from tests.chromium import SIDEWAYS, opened
from tests.test_addresses import paths  # noqa: F401 - a fixture
from tests.test_every_page import HOST, NARROW, WIDE, serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
NETWORK = "Harbour demonstration network of libraries"
WORD = "Preservation" * 12
PAGES = (
    "nodes:repair",
    "nodes:au",
    "nodes:content-tree",
    "kbart:edition",
    "kbart:series",
    "kbart:check",
    "titles:list",
    "titles:import",
    "aus:title",
    "aus:publisher",
)


@pytest.fixture
def answers(paths, client, settings):  # noqa: F811
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.NODE = replace(settings.NODE, network_name=NETWORK)
    for model in (Au, Publisher, Title, TitleList):
        model.objects.update(name=WORD)
    Series.objects.update(label=WORD)
    Check.objects.update(file_name=f"{WORD}.txt", state="done")
    Edition.objects.update(state="done", name=f"{WORD}.txt")
    ListImport.objects.update(location=f"{WORD}.tdb")
    Repair.objects.update(url=f"http://pub.example/{WORD}")
    judge = make_person("judge", Role.SYSTEM)
    Check.objects.update(user=judge)
    client.force_login(judge)
    return {name: (paths[name], client.get(paths[name], headers={"Host": "localhost"})) for name in PAGES}


def test_a_long_word_pushes_no_page_sideways(answers) -> None:
    wrong = []
    with opened() as browser:
        page = browser.new_context(base_url=HOST, reduced_motion="reduce").new_page()
        serve(page, answers)
        page.set_viewport_size(NARROW)
        for name, (path, answer) in answers.items():
            assert answer.status_code == 200, name
            page.goto(path)
            if beyond := page.evaluate(SIDEWAYS):
                wrong.append(f"{name}: {beyond} pixels")
    assert not wrong, "\n".join(wrong)


def test_the_header_shows_the_whole_name_of_the_network(answers) -> None:
    with opened() as browser:
        page = browser.new_context(base_url=HOST, viewport=WIDE).new_page()
        serve(page, answers)
        page.goto(answers["kbart:series"][0])
        name = page.locator(".person span")
        assert name.inner_text() == NETWORK
        assert name.evaluate(
            "one => one.scrollWidth <= one.clientWidth || getComputedStyle(one).overflow === 'visible'"
        )
        assert page.evaluate(SIDEWAYS) == 0
