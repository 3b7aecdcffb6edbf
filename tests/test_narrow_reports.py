"""Reports on a telephone: what was found and expected is in sight, ISSNs are whole, figures take no half of a card."""

import pytest

from apps.accounts.choices import Role
from apps.kbart.models import Check, CheckFinding
from apps.titles.models import Title
from tests.accounts.factories import make_person
from tests.chromium import SIDEWAYS, opened
from tests.test_addresses import paths  # noqa: F401 - a fixture
from tests.test_every_page import HOST, serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
PAGES = ("kbart:check", "kbart:report", "nodes:report")
NARROW = {"width": 360, "height": 780}


@pytest.fixture
def page(paths, client, settings):  # noqa: F811
    settings.ALLOWED_HOSTS = ["localhost"]
    judge = make_person("judge", Role.SYSTEM)
    Check.objects.update(user=judge, state="done", lines=9, errors=2)
    for check in Check.objects.all():
        for field in ("date_monograph_published_online", "parent_publication_title_id"):
            CheckFinding.objects.create(
                file=check,
                line=4,
                field=field,
                code="kbart-date-malformed",
                lenient=True,
                strict=True,
                found="2026-31-11",
                expected="YYYY, YYYY-MM or YYYY-MM-DD",
                entry="Journal of Estuarine Studies",
            )
    Title.objects.update(issn="2990-0018", eissn="2990-0026")
    client.force_login(judge)
    where = {name: paths[name] for name in PAGES}
    asked = {"kbart:report": {"scope": "selected"}}
    found = {
        name: (path, client.get(path, asked.get(name), headers={"Host": "localhost"}))
        for name, path in where.items()
    }
    with opened() as browser:
        shown = browser.new_context(base_url=HOST, viewport=NARROW, reduced_motion="reduce").new_page()
        serve(shown, found)
        shown.where = where
        yield shown


def test_reports_on_a_telephone(page) -> None:
    page.goto(page.where["kbart:check"])
    frame = page.locator("#judged .frame")
    assert frame.evaluate("one => one.scrollWidth <= one.clientWidth")
    heads = page.locator("#judged th:visible").all_inner_texts()
    assert heads == ["Line", "How grave", "Found", "Expected"]
    assert page.locator("#judged .only-narrow:visible").count() >= 2
    assert page.evaluate(SIDEWAYS) == 0

    page.goto(page.where["kbart:report"])
    numbers = page.locator("#list-report .whole")
    assert numbers.count()
    lines = numbers.evaluate_all(
        "all => all.filter(one => one.textContent).map(one => one.getClientRects().length)"
    )
    assert set(lines) == {1}
    assert page.evaluate(SIDEWAYS) == 0

    page.goto(page.where["nodes:report"])
    shares = page.locator(".figures dt").evaluate_all(
        "all => all.map(one => one.offsetWidth / one.parentElement.offsetWidth)"
    )
    assert shares
    assert max(shares) < 0.36
    assert page.evaluate(SIDEWAYS) == 0
