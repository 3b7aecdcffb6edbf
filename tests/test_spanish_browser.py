"""Spanish is longer than English: no page of it is wider than a telephone or a desk."""

import pytest

from apps.accounts.choices import Role
from tests.accounts.factories import make_person
from tests.chromium import SIDEWAYS, opened
from tests.test_addresses import paths  # noqa: F401 - the fixture
from tests.test_every_page import HOST, NARROW, NOT_OURS, WIDE, serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.fixture
def shown(paths, client, settings) -> dict[str, tuple[str, object]]:  # noqa: F811
    """Name → (path, answer), fetched before Playwright's loop begins."""
    settings.ALLOWED_HOSTS = ["localhost"]
    person = make_person("judge", Role.SYSTEM)
    person.language = "es"
    person.save()
    client.force_login(person)
    answers = {name: (path, client.get(path, headers={"Host": "localhost"})) for name, path in paths.items()}
    return {
        name: (path, answer)
        for name, (path, answer) in answers.items()
        if name not in NOT_OURS
        and answer.status_code == 200
        and answer.headers["Content-Type"].startswith("text/html")
    }


def test_no_page_is_wider_than_its_window(shown) -> None:
    wrong = []
    with opened() as browser:
        page = browser.new_context(base_url=HOST, reduced_motion="reduce").new_page()
        serve(page, shown)
        for name, (path, _) in sorted(shown.items()):
            page.goto(path)
            for size in (WIDE, NARROW):
                page.set_viewport_size(size)
                if beyond := page.evaluate(SIDEWAYS):
                    wrong.append(f"{name}: {beyond} pixels beyond {size['width']}")
    assert not wrong, "\n".join(wrong)
