"""What is seen before somebody signs in, and what refuses, walked with Tab alone. A file of its own: the first visit is
over where a file's sample has people."""

import pytest

from apps.accounts.choices import Role
from tests.accounts.factories import make_person
from tests.chromium import opened
from tests.sample import sample_settings
from tests.test_every_page import HOST, WIDE, serve
from tests.test_every_page_by_keyboard import walked

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.fixture
def shown_to_nobody(db, client, settings, tmp_path) -> dict[str, tuple[str, object]]:
    """What is seen before somebody signs in, and what refuses."""
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.NODE = sample_settings(tmp_path)

    def got(path: str, status: int = 200):
        answer = client.get(path, headers={"Host": "localhost"})
        assert answer.status_code == status, path
        return path, answer

    made = {"setup": got("/accounts/setup/")}
    person = make_person("lin", Role.LIBRARIAN)
    open_to_all = (
        "/accounts/sign-in/",
        "/words/",
        "/permissions/test/",
        "/permissions/manifest/",
    )
    made |= {path: got(path) for path in open_to_all}
    client.force_login(person)
    refused = client.post("/accounts/password/", {"old_password": "-"}, headers={"Host": "localhost"})
    assert refused.status_code == 422
    made["a form that is refused"] = ("/accounts/password/", refused)
    return made | {"no such page": got("/no/such/page/", 404), "not theirs": got("/accounts/people/", 403)}


def test_pages_before_signing_in_and_pages_that_refuse(shown_to_nobody) -> None:
    wrong = []
    with opened() as browser:
        page = browser.new_context(base_url=HOST, reduced_motion="reduce", viewport=WIDE).new_page()
        serve(page, shown_to_nobody)
        for name, (path, _) in shown_to_nobody.items():
            page.goto(path)
            wrong += [f"{name}: {line}" for line in walked(page)]
    assert not wrong, "\n".join(wrong)
