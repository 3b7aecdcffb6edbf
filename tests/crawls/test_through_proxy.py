"""Crawls through the proxy that an AU or the node names, and those that are not begun."""

import asyncio
import subprocess
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace

import pytest

from apps.crawls.models import Crawl, CrawlStatus
from apps.crawls.services import start_crawl
from apps.lockss.fetch import parse_target
from tests.crawls.test_run import run, urls
from tests.simulators.forward_proxy import SQUID, ForwardProxy, forward_proxy, squid_conf

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def in_a_thread():
    """The proxy beside the crawl's own loop."""
    made: list[ForwardProxy] = []
    loop, ready = asyncio.new_event_loop(), threading.Event()
    stop = asyncio.Event()

    async def serve() -> None:
        async with forward_proxy() as proxy:
            made.append(proxy)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait(10)
    try:
        yield made[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def through(au, proxy: str):
    au.other_params = {"crawl_proxy": proxy}
    au.save()
    return au


def test_a_unit_is_collected_through_its_own_proxy(au, publisher, node, settings):
    with in_a_thread() as proxy:
        settings.NODE = replace(node, crawl_proxies=(proxy.endpoint,))
        crawl = run(through(au, proxy.endpoint))
        assert (crawl.outcome, crawl.reason) == ("complete", "")
        asked = [parse_target(line.split(" ")[1]).path for line in proxy.asked]
    assert Counter(asked) == publisher.asked
    assert f"{publisher.base_url}tidal/volume/1/article/1" in urls(au)


def test_the_nodes_proxy_is_for_all_units_but_those_that_say_direct(au, publisher, node, settings):
    with in_a_thread() as proxy:
        settings.NODE = replace(node, crawl_proxy=proxy.endpoint)
        assert run(au).outcome == "complete"
        count = len(proxy.asked)
        assert count > 0
        Crawl.objects.all().delete()
        assert run(through(au, "DIRECT")).outcome == "complete"
        assert len(proxy.asked) == count


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        (
            "p.example:80",
            "It is to be collected through the proxy p.example:80, which this node's crawl_proxies",
        ),
        ("p.example", "Its crawl proxy is “p.example”; expected host:port or DIRECT."),
    ],
)
def test_a_list_of_strangers_sends_nobody_elsewhere(au, publisher, proxy, said):
    assert start_crawl(au=through(au, proxy)) == (None, None)
    assert not publisher.asked
    status = CrawlStatus.objects.get(au=au)
    assert status.last_outcome == "plugin-error"
    assert status.last_reason.startswith(said)


def test_a_proxy_that_is_away_ends_the_crawl_and_is_named_as_the_cause(au, publisher, node, settings):
    settings.NODE = replace(node, crawl_proxy="127.0.0.1:9", crawl_max_attempts=1)
    crawl = run(au)
    assert crawl.outcome != "complete"
    assert "proxy" in crawl.reason
    assert not publisher.asked


@pytest.mark.skipif(SQUID is None, reason="squid is not installed")
def test_squid_as_the_parent_of_a_whole_crawl(au, publisher, node, settings, tmp_path):
    conf, port = squid_conf(tmp_path)
    process = subprocess.Popen([SQUID, "-N", "-f", conf], stderr=subprocess.DEVNULL)
    try:
        settings.NODE = replace(node, crawl_proxy=f"127.0.0.1:{port}", crawl_max_attempts=20)
        time.sleep(0.5)
        crawl = run(au)
    finally:
        process.terminate()
        process.wait()
    assert (crawl.outcome, crawl.failed) == ("complete", 0)
    assert f"{publisher.base_url}tidal/static/paper.png" in urls(au)
