"""A reader of the demonstration: what she asks when the publisher is gone, and what is told to who wants to try it too."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from lockss_portal.demo.layout import DemoNode
from lockss_portal.demo.site import (
    ARTICLES,
    JOURNALS,
    VOLUMES,
    Journal,
    article_title,
    first_page,
    issue_of,
)
from lockss_portal.demo.story import Telling
from lockss_portal.demo.switch import Power, Switch

PATIENCE_S = 30
LONGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Example:
    """A preserved article, and what a library's link resolver would ask about it, its issue and its volume.
    ``heading``: its own title, which stands on its page."""

    url: str
    title: str
    heading: str
    openurl: str
    of_issue: str
    of_volume: str


@dataclass(frozen=True, slots=True)
class Read:
    """What came: status, where from (``X-Lockss``), and the body."""

    status: int
    origin: str
    body: bytes


def examples(publisher: str) -> list[Example]:
    """``publisher``: its address, ending in a slash. One article of each volume of the first journal
    but the last, which may have been left for a visitor to select."""
    journal = JOURNALS[0]
    return [_example(publisher, journal, volume, ARTICLES[0]) for volume in VOLUMES[:-1]]


def _example(publisher: str, journal: Journal, volume: int, number: int) -> Example:
    volume_asked = {
        "url_ver": "Z39.88-2004",
        "rft_val_fmt": "info:ofi/fmt:kev:mtx:journal",
        "rft.issn": journal.issn,
        "rft.volume": str(volume),
        "rft.date": str(journal.first_year + volume - 1),
    }
    issue_asked = {**volume_asked, "rft.issue": str(issue_of(number))}
    article_asked = {**issue_asked, "rft.genre": "article", "rft.spage": str(first_page(number))}
    return Example(
        f"{publisher}{journal.path}/volume/{volume}/article/{number}",
        f"{journal.name}, volume {volume}, article {number}",
        article_title(journal, volume, number),
        urllib.parse.urlencode(article_asked),
        urllib.parse.urlencode(issue_asked),
        urllib.parse.urlencode(volume_asked),
    )


def describe(file: Path, publisher: str, nodes: list[DemoNode], login: tuple[str, str]) -> None:
    """Where everything of the running network is, as JSON for people and programs that try it; for this user alone.

    Every address ends as ``curl`` takes it: portals and content hosts are URLs, proxies host:port.
    """
    data = {
        "publisher": {
            "address": publisher,
            "switch": "manage.py demo_publisher stop|start|status",
            "examples": [
                {
                    "url": each.url,
                    "title": each.title,
                    "openurl": each.openurl,
                    "openurl_of_issue": each.of_issue,
                    "openurl_of_volume": each.of_volume,
                }
                for each in examples(publisher)
            ],
        },
        "nodes": [
            {
                "library": node.library,
                "portal": node.portal,
                "content_host": node.content,
                "content_proxy": node.proxy,
                "audit_proxy": node.audit,
                "login": {"username": login[0], "password": login[1]},
            }
            for node in nodes
        ],
    }
    partial = file.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(data, out, indent=1, ensure_ascii=False)
    partial.rename(file)


def read_without_publisher(
    step: Telling, node: DemoNode, publisher: str, switch: Switch, wait: Callable
) -> None:
    """Every example by all three ways while the publisher is off; then it is switched on again.

    The node asks it again when the ten minutes are over for which a host that failed is left alone.
    """
    switch.turn(Power.DOWN)
    try:
        for each in examples(publisher):
            ways = {
                "served": lambda each=each: serve(node, each.url),
                "through the proxy": lambda each=each: through_proxy(node, each.url),
                "by an OpenURL": lambda each=each: resolve(node, each.openurl),
            }
            for way, ask in ways.items():
                got = wait(f"{each.title}, {way}", lambda ask=ask, each=each: _preserved(ask(), each), 60)
                step.note(**{f"{each.title}, {way}": len(got.body)})
            step.say(f"{each.title}: {', '.join(ways)}.")
    finally:
        switch.turn(Power.UP)
    step.say("The publisher is switched on again; after an outage it is left alone for ten minutes.")


def _preserved(got: Read, wanted: Example) -> Read | None:
    """The article itself: neither its volume nor a page for preservation systems will do."""
    own = f"<h1>{escape(wanted.heading)}</h1>".encode()
    return got if got.status == 200 and got.origin == "from-cache" and own in got.body else None


def serve(node: DemoNode, url: str) -> Read:
    """As a link of LOCKSS 1.x asks: ``/ServeContent?url=…``."""
    return _read(f"{node.content}ServeContent?{urllib.parse.urlencode({'url': url})}")


def resolve(node: DemoNode, openurl: str) -> Read:
    return _read(f"{node.content}ServeContent?{openurl}")


def through_proxy(node: DemoNode, url: str) -> Read:
    return _read(url, proxy=node.proxy)


def _read(url: str, proxy: str = "") -> Read:
    # Only what is named here: the machine's own proxy settings are nobody's business.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({"http": f"http://{proxy}"} if proxy else {})
    )
    try:
        with opener.open(url, timeout=PATIENCE_S) as answer:
            return Read(answer.status, answer.headers.get("X-Lockss", ""), answer.read(LONGEST))
    except urllib.error.HTTPError as error:
        with error:
            return Read(error.code, error.headers.get("X-Lockss", ""), error.read(LONGEST))
    except OSError as error:
        return Read(0, "", str(error).encode())
