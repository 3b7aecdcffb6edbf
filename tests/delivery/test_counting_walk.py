"""Counting as it runs: behind a real socket with its thread, and what a browser's walk through an article is."""

import pytest
from django.conf import settings as node_settings

from apps.delivery import counting
from apps.delivery.addresses import path_of, spell
from apps.lockss.usage import Kind, kind_of
from apps.usage.models import UsageEvent, UsageMonth
from apps.usage.recording import Recorder
from apps.usage.services.keeping import keep_up
from tests.delivery.conftest import SITE, SLUG, pass_for
from tests.delivery.test_isolation import chromium, portal, reader  # noqa: F401 - fixtures
from tests.delivery.test_reading import WAYS, is_whole, stored, tab  # noqa: F401 - fixtures
from tests.delivery.test_socket import ask

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.mark.django_db(transaction=True)
def test_what_is_read_over_a_socket_is_in_its_month(served):
    recorder = Recorder(pause=60)
    counting.provide(recorder.take)
    recorder.start()
    try:
        for url, fields in (
            (f"{SITE}/p.pdf", {"User_Agent": FIREFOX}),
            (f"{SITE}/p.pdf", {"User_Agent": FIREFOX}),
            (f"{SITE}/p.pdf", {"User_Agent": FIREFOX + " x"}),
            (f"{SITE}/new/", {"User_Agent": FIREFOX}),
            (f"{SITE}/z.css", {"User_Agent": FIREFOX}),
            (f"{SITE}/p.pdf", {"User_Agent": "curl/8.5.0"}),
            (f"{SITE}/none", {"User_Agent": FIREFOX}),
        ):
            ask(served, path_of(SLUG, None, spell(url), key=pass_for("127.0.0.1")), **fields)
    finally:
        counting.provide(None)
        recorder.end(patience=30)
    assert UsageEvent.objects.count() == 4
    keep_up()
    row = UsageMonth.objects.get()
    # Twice by one reader within thirty seconds is once.
    assert (row.total_item_requests, row.unique_item_requests) == (3, 3)
    assert row.customer == "own"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", WAYS)
def test_an_article_with_pictures_styles_and_a_frame_is_one_reading(tab, way):  # noqa: F811
    found: list[counting.Delivered] = []
    counting.provide(found.append)
    try:
        tab.goto(node_settings.NODE.content_url + WAYS[way])
        is_whole(tab)
        tab.click("#next")
        tab.wait_for_url("**next.html**")
        assert tab.title() == "next"
    finally:
        counting.provide(None)
    assert len(found) > 4, "its parts were delivered as well"
    counted = [one.url for one in found if kind_of(one.content_type, one.url, one.destination) is Kind.FULL]
    assert counted == [f"{SITE}/v2/tides.html", f"{SITE}/v2/next.html?a=1&b=2"]
