"""People in a real browser: second factors, a passkey, a session that ends, the first visit."""

import re
import threading
import time
from dataclasses import replace

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings as node_settings
from django.db import connection
from playwright.sync_api import expect, sync_playwright

from apps.accounts import services
from apps.accounts.choices import Role
from apps.accounts.models import PortalSession, User
from tests.accounts.factories import PASSWORD, make_person
from tests.chromium import FLAGS, SIDEWAYS, executable

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def aside(work):
    """In a thread of its own: Playwright's loop makes Django believe that this one must not ask the database."""
    found = []

    def run() -> None:
        try:
            found.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    return found[0]


@pytest.fixture
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, live_server):
    complaints = []

    def made(*, scripts: bool = True, width: int = 1280):
        context = chromium.new_context(
            base_url=live_server.url, java_script_enabled=scripts, viewport={"width": width, "height": 900}
        )
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield made
    # What was refused (422) is told by the browser too; nothing else may be.
    assert [one for one in complaints if "422" not in one] == []


def sign_in(page, name: str = "bob") -> None:
    page.goto("/accounts/sign-in/?next=/me/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")


def now_code(secret: str, ahead: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


def later_accounts() -> None:
    """Accounts of a node that has had many: the first nine keys read the same in every number system."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE accounts_user_id_seq RESTART WITH 4711")


def sideways(page) -> int:
    return page.evaluate(SIDEWAYS)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_app_and_a_recovery_code(open_page, scripts) -> None:
    aside(lambda: make_person("bob", Role.LIBRARIAN))
    page = open_page(scripts=scripts, width=400)
    sign_in(page)
    page.wait_for_url(re.compile(r"^http://[^/?]+/me/$"))
    page.click("a.button:has-text('Second factor')")
    page.click("text=Set up an authenticator app")
    secret = page.inner_text("#totp-secret").replace(" ", "")
    page.fill("[name=code]", now_code(secret))
    page.fill("[name=proof]", PASSWORD)
    page.click("button.primary")
    expect(page.locator("h1")).to_have_text("Recovery codes")
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    page.context.clear_cookies()
    sign_in(page)
    expect(page.locator("h1")).to_have_text("One more step")
    # The next step of the clock: the one of now was used to set it up.
    page.fill("[name=code]", now_code(secret, 1))
    page.click("button.primary")
    page.wait_for_url(re.compile(r"^http://[^/?]+/me/$"))
    page.context.clear_cookies()
    sign_in(page)
    page.fill("[name=code]", "000000")
    page.click("button.primary")
    expect(page.locator(".notice.harm").first).to_contain_text("neither the code of now")
    page.fill("[name=code]", codes[0])
    page.click("button.primary")
    page.wait_for_url(re.compile(r"^http://[^/?]+/me/$"))


def test_a_passkey(open_page) -> None:
    aside(later_accounts)
    aside(lambda: make_person("bob", Role.LIBRARIAN))
    page = open_page()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    sign_in(page)
    page.wait_for_url(re.compile(r"^http://[^/?]+/me/$"))
    page.goto("/me/factors/passkey/")
    page.fill("[name=name]", "The blue key")
    page.fill("[name=proof]", PASSWORD)
    page.click("text=Make a passkey")
    expect(page.locator("h1")).to_have_text("Recovery codes")
    assert aside(lambda: User.objects.get(username="bob").second_factor)
    page.goto("/me/factors/")
    expect(page.locator("main")).to_contain_text("The blue key")
    page.context.clear_cookies()
    # Instead of name and password.
    page.goto("/accounts/sign-in/?next=/me/")
    page.click("text=Sign in with a passkey")
    page.click("text=Choose a passkey")
    page.wait_for_url(re.compile(r"^http://[^/?]+/me/$"))
    expect(page.locator("main")).to_contain_text("passkey")
    page.context.clear_cookies()
    # And after them.
    sign_in(page)
    page.click("text=Use a passkey instead")
    page.wait_for_url(re.compile(r"^http://[^/?]+/me/$"))
    doors = aside(lambda: set(PortalSession.objects.exclude(user=None).values_list("door", flat=True)))
    assert {"form", "passkey", "second"} <= doors


def test_a_session_ends_elsewhere(open_page) -> None:
    aside(lambda: make_person("bob", Role.LIBRARIAN))
    here, there = open_page(), open_page(width=400)
    for page in (here, there):
        sign_in(page)
        page.wait_for_url(re.compile(r"^http://[^/?]+/me/$"))
        assert sideways(page) == 0
    here.reload()
    here.locator("#list-sessions").get_by_role("button", name="End", exact=True).click()
    expect(here.locator(".notice.safe")).to_contain_text("That session is over.")
    there.goto("/me/")
    assert "/accounts/sign-in/" in there.url
    # A token, made and shown once.
    here.click("text=Make a token")
    here.fill("[name=name]", "nightly report")
    here.get_by_label(re.compile("read what everybody")).check()
    here.fill("[name=proof]", PASSWORD)
    here.click("button.primary")
    token = here.locator("code.wrap").first.inner_text()
    assert token.startswith("lpt_")
    here.goto("/me/")
    assert token not in here.content()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_first_visit(open_page, settings, tmp_path, scripts) -> None:
    settings.NODE = replace(node_settings.NODE, keys_dir=tmp_path / "keys", content_dir=tmp_path / "content")
    word = aside(services.setup_token)
    page = open_page(scripts=scripts, width=400)
    page.goto("/")
    assert page.url.endswith("/accounts/setup/")
    page.fill("[name=token]", word)
    page.fill("[name=username]", "alice")
    for name in ("password1", "password2"):
        page.fill(f"[name={name}]", "seven quiet herons")
    page.click("button.primary")
    page.wait_for_url("**/first-steps/")
    for title in ("Administrator", "Institution", "Storage", "Network", "Plugins", "First title list"):
        page.click("text=Go on:") if title == "Administrator" else None
        expect(page.locator("h1")).to_have_text(title)
        assert not scripts or sideways(page) == 0
        page.click("text=This is right, go on")
    page.wait_for_url("**/first-steps/")
    expect(page.locator(".notice.safe")).to_contain_text("The node is set up.")
    assert page.request.get("/accounts/setup/").status == 404


@pytest.mark.parametrize("scripts", [True, False])
def test_a_link_sets_a_password(open_page, scripts):
    person = aside(lambda: make_person("carol", Role.READER))
    boss = aside(lambda: make_person("boss", Role.SYSTEM))
    text = aside(lambda: services.make_link(person=person, by=boss))
    page = open_page(scripts=scripts)
    page.goto(f"/accounts/link/{text}/")
    page.fill("[name=password1]", "seven quiet herons")
    page.fill("[name=password2]", "seven quiet herons")
    page.click("button.primary")
    page.wait_for_url("**/accounts/sign-in/")
    assert aside(lambda: User.objects.get(pk=person.pk).check_password("seven quiet herons"))
