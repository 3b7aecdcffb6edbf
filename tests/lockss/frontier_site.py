"""A small site and its frontier, shared by the frontier's tests."""

from dataclasses import replace
from urllib.parse import urljoin

from apps.lockss.fetch import FetchResult
from apps.lockss.frontier import (
    Chain,
    CrawlPolicy,
    Effect,
    Frontier,
    Row,
    Site,
    host_of,
)
from apps.lockss.http_result import (
    Condition,
)
from tests.lockss.fetch_results import NOW

U = "http://a.org/x"


def resolve(base: str, link: str) -> str | None:
    name = urljoin(base, link)
    return name if name.startswith("http") else None


SITE = Site(
    resolve,
    resolve,
    included=lambda url: "outside" not in url,
    login=lambda url: "login" in url,
    excluded=lambda url: "globally" in url,
)


def permitted(url: str) -> bool | None:
    return {"a.org": True, "b.org": False, "c.org": True}.get(host_of(url) or "")


def frontier(**policy: object) -> Frontier:
    return Frontier(SITE, replace(CrawlPolicy(), **policy), permitted)


def row(**fields: object) -> Row:
    return replace(Row(U, depth=3), **fields)


def kinds(effects: tuple[Effect, ...]) -> list[type]:
    return [type(effect) for effect in effects]


def only(effects: tuple[Effect, ...], kind: type) -> object:
    (found,) = (effect for effect in effects if isinstance(effect, kind))
    return found


def answer(result: FetchResult, condition: Condition | None = None, **fields: object) -> tuple[Effect, ...]:
    policy = fields.pop("policy", {})
    assert isinstance(policy, dict)
    return frontier(**policy).answered(row(**fields), Chain((U,)), result, NOW, condition)
