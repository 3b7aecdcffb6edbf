"""Readers of the demonstration in a real browser: from a library's link to an article without its publisher, and an
auditor's way from a unit's page to its bytes."""

import hashlib
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ROOT
from tests.e2e.test_walk import browser, page  # noqa: F401 - fixtures

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


@pytest.fixture(scope="module")
def told(demo):
    return json.loads((demo.home / "demo.json").read_text())


def switch(demo, what: str) -> None:
    command = [sys.executable, "manage.py", "demo_publisher", what, "--home", str(demo.home)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)


@pytest.fixture
def tab(browser):  # noqa: F811
    """A reader who is known by her address alone; ``asked`` fills with the hosts of all requests."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.asked = set()
    opened.on("request", lambda request: opened.asked.add(urlsplit(request.url).netloc))
    yield opened
    context.close()


def test_from_an_openurl_to_a_readable_article_without_and_with_the_publisher(demo, told, tab):
    example, hosts = told["publisher"]["examples"][0], [node["content_host"] for node in told["nodes"]]
    switch(demo, "stop")
    try:
        tab.goto(f"{hosts[1]}ServeContent?{example['openurl_of_volume']}")
        expect(tab.get_by_role("heading", level=1)).to_have_text("Volume 1")
        tab.goto(f"{hosts[1]}ServeContent?{example['openurl_of_issue']}")
        expect(tab.get_by_role("heading", level=1)).to_have_text("Volume 1, Issue 1")
        tab.locator("a[href*='article/1']").first.click()
        expect(tab.get_by_role("heading", level=1)).to_be_visible()
        article = tab.get_by_role("heading", level=1).inner_text()
        tab.goto(f"{hosts[1]}ServeContent?{example['openurl']}")
        expect(tab.get_by_role("heading", level=1)).to_have_text(article)
        assert tab.evaluate("[...document.images].map(i => i.naturalWidth > 0)") == [True]
        # Of another origin to the sandboxed page, so its rules are not told; what it does is seen.
        assert tab.evaluate("document.styleSheets.length") == 1
        assert "serif" in tab.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
        expect(tab.locator("body")).to_contain_text("Preserved copy of")
        assert tab.asked == {urlsplit(hosts[1]).netloc}
        tab.goto(f"{hosts[1]}go/{example['url']}")
        expect(tab.locator("body")).to_contain_text("Preserved copy of")
    finally:
        switch(demo, "start")
    # A node whose readers asked for nothing meanwhile leads to the publisher at once.
    tab.goto(f"{hosts[3]}go/{example['url']}")
    assert tab.url == example["url"]


def ask(proxy: str, url: str):
    handler = urllib.request.ProxyHandler({"http": f"http://{proxy}"})
    return urllib.request.build_opener(handler).open(url, timeout=30)


def test_an_auditor_from_a_units_page_to_its_bytes(demo, told, page):  # noqa: F811
    node, url = told["nodes"][1], told["publisher"]["examples"][0]["url"]
    page.goto("/aus/")
    page.get_by_role("link", name=re.compile("Journal of Tidal Archives Volume 1")).first.click()
    page.get_by_role("link", name="Open in the audit proxy").first.click()
    expect(page.locator("main")).to_contain_text(node["audit_proxy"])
    expect(page.locator("main")).to_contain_text("Journal of Tidal Archives Volume 1")
    name = page.url.rstrip("/").split("/")[-2]
    page.get_by_role("link", name="Make a token").click()
    page.get_by_label("What it is for").fill("audit")
    expect(page.get_by_label("read preserved content")).to_be_checked()
    page.get_by_label("Your password").fill(demo.password)
    page.locator("main form button").last.click()
    token = page.locator("code.wrap").first.inner_text()
    page.get_by_role("link", name="I have kept it").click()
    expect(page).to_have_url(re.compile(f"/aus/{name}/audit/$"))
    with pytest.raises(urllib.error.HTTPError, match="407"):
        ask(node["audit_proxy"], url)
    answer = ask(f"{name}:{token}@{node['audit_proxy']}", url)
    assert answer.headers["X-Lockss"] == "from-cache"
    body, told_digest = answer.read(), answer.headers["X-Lockss-Digest"]
    assert told_digest == f"SHA-256:{hashlib.sha256(body).hexdigest()}"
