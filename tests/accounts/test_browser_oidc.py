"""Single sign-on in a real browser, against a provider that is a process of its own."""

from dataclasses import replace

import pytest
from django.db import connection
from playwright.sync_api import expect

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent, PortalSession, User
from tests.accounts.factories import make_person
from tests.chromium import opened
from tests.sample import sample_settings
from tests.simulators.identity_provider import CLIENT, SECRET, running

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def provider(live_server, settings, tmp_path, monkeypatch):
    # Playwright's loop makes Django believe that this thread must not ask the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with running() as found:
        settings.NODE = replace(
            sample_settings(tmp_path),
            public_url=live_server.url,
            oidc_issuer=found.issuer,
            oidc_name="Riverside login",
            oidc_client_id=CLIENT,
            oidc_client_secret=SECRET,
            oidc_roles=("library-staff=librarian",),
            oidc_roles_claim="realm.roles",
            oidc_new_people=True,
        )
        make_person("alice", Role.SYSTEM)
        yield found


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_way_through_the_provider_and_out_again(live_server, provider, scripts) -> None:
    provider.rule(
        sub="7", realm={"roles": ["library-staff"]}, preferred_username="dora", email="dora@a.example"
    )
    with opened() as browser:
        context = browser.new_context(base_url=live_server.url, java_script_enabled=scripts)
        page, complaints = context.new_page(), []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto("/aus/")
        page.get_by_role("link", name="Sign in with Riverside login").click()
        # To the provider and back; to the page that was asked for.
        page.wait_for_url(f"{live_server.url}/aus/")
        expect(page.locator("h1")).to_have_text("Archival units")
        dora = User.objects.get(username="dora")
        assert (dora.roles, PortalSession.objects.get(user=dora).door) == (["librarian"], "oidc")
        assert AuditEvent.objects.filter(action="accounts.identity-bind").count() == 1
        # Who loses the account at the portal is out at the next request, whatever the provider says.
        User.objects.filter(pk=dora.pk).update(is_active=False)
        page.goto("/me/")
        assert "/accounts/sign-in/" in page.url
        assert complaints == []
        # Beside Playwright's loop this thread has a connection of its own.
        connection.close()


def test_a_provider_that_is_gone_is_said_and_the_password_still_opens(
    live_server, provider, settings
) -> None:
    settings.NODE = replace(settings.NODE, oidc_issuer="http://127.0.0.1:1")
    with opened() as browser:
        page = browser.new_context(base_url=live_server.url).new_page()
        page.goto("/accounts/sign-in/")
        page.get_by_role("link", name="Sign in with Riverside login").click()
        expect(page.locator("main")).to_contain_text("The identity provider does not answer as it should")
        assert not PortalSession.objects.exists()
        page.goto("/accounts/sign-in/")
        expect(page.locator("[name=password]")).to_be_visible()
        connection.close()
