"""Redirect chains, judged before they are asked (collecting §3)."""

from dataclasses import replace
from urllib.parse import urljoin

import pytest

from apps.lockss.fetch import FetchResult
from apps.lockss.frontier import (
    AbortCrawl,
    Ask,
    AskHost,
    Chain,
    Copy,
    CrawlOutcome,
    CrawlPolicy,
    Effect,
    Frontier,
    MarkDone,
    Note,
    ReadStored,
    SetError,
    Store,
    UrlReason,
    host_of,
)
from tests.lockss.fetch_results import NOW, answered, moved
from tests.lockss.frontier_site import SITE, U, answer, frontier, kinds, only, permitted, row

REDIRECTS = {
    # location: effects
    "http://a.org/y": [Ask],
    "y": [Ask],
    "http://c.org/y": [Ask],
    "http://b.org/y": [Note, SetError, ReadStored, MarkDone],
    "http://new.org/y": [AskHost],
    "http://a.org/outside": [Note, ReadStored, MarkDone],
    "http://a.org/globally": [Note, ReadStored, MarkDone],
    "http://b.org/outside": [Note, ReadStored, MarkDone],
    "http://b.org/outside/login": [Note, MarkDone, AbortCrawl],
    "javascript:void(0)": [Note, ReadStored, MarkDone, SetError],
    U: [Note, ReadStored, MarkDone, SetError],
    "": [Note, ReadStored, MarkDone, SetError],
}


@pytest.mark.parametrize("location", REDIRECTS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects(location: str, status: int) -> None:
    assert kinds(answer(moved(location, status), held=True)) == REDIRECTS[location]


@pytest.mark.parametrize("status", [300, 304, 305, 306])
def test_other_300s_are_no_redirects(status: int) -> None:
    assert Ask not in kinds(answer(moved("http://a.org/y", status), held=True))


def test_a_redirect_without_a_location() -> None:
    assert kinds(answer(moved(None))) == [Note, MarkDone, SetError]


def test_after_the_host_was_asked_the_redirect_is_judged_again() -> None:
    known: dict[str, bool] = {"a.org": True}
    machine = Frontier(SITE, CrawlPolicy(), lambda url: known.get(host_of(url) or ""))
    result = moved("http://new.org/y")
    assert machine.answered(row(), Chain((U,)), result, NOW) == (AskHost("http://new.org/y"),)
    known["new.org"] = True
    (ask,) = machine.redirected(row(), Chain((U,)), result)
    assert isinstance(ask, Ask)
    assert ask.chain.current == "http://new.org/y"
    known["new.org"] = False
    assert SetError(CrawlOutcome.NO_PERMISSION) in machine.redirected(row(), Chain((U,)), result)


def test_a_chain_is_stored_under_every_name_inside_the_rules() -> None:
    chain = Chain((U, "http://a.org/outside", "http://c.org/z"), ("", "", ""))
    effects = frontier().answered(row(), chain, answered(200), NOW)
    assert effects[0] == Store((Copy(U, "http://a.org/outside"), Copy("http://c.org/z", None)))


def follow(results: list[FetchResult]) -> tuple[list[str], tuple[Effect, ...]]:
    asked = [U]
    chain = Chain((U,))
    for result in results:
        effects = frontier().answered(row(), chain, result, NOW)
        if not isinstance(effects[0], Ask):
            return asked, effects
        assert not effects[0].conditional
        chain = effects[0].chain
        asked.append(chain.current)
    return asked, ()


def test_ten_hops_and_no_more() -> None:
    hops = [moved(f"http://a.org/{number}") for number in range(20)]
    asked, effects = follow(hops)
    assert len(asked) == 11
    note = only(effects, Note)
    assert isinstance(note, Note)
    assert note.reason is UrlReason.REDIRECT_TOO_LONG
    asked, effects = follow([*hops[:10], answered(200)])
    assert kinds(effects) == [Store, MarkDone]


def test_a_loop_is_the_same_url_with_the_same_cookies() -> None:
    asked, effects = follow([moved("http://a.org/1"), moved(U)])
    assert asked == [U, "http://a.org/1"]
    note = only(effects, Note)
    assert isinstance(note, Note)
    assert note.reason is UrlReason.REDIRECT_LOOP
    # A cookie set on the way makes it another request.
    asked, effects = follow(
        [
            moved("http://a.org/1", cookies=("", "s")),
            moved(U, cookies=("s", "s")),
            answered(200, cookies=("s", "s")),
        ]
    )
    assert asked == [U, "http://a.org/1", U]
    assert effects[0] == Store((Copy(U, None), Copy("http://a.org/1", U)))


def test_a_redirect_to_https_that_a_normaliser_takes_back_is_followed() -> None:
    def back(base: str, link: str) -> str | None:
        return urljoin(base, link).replace("https://", "http://")

    machine = Frontier(replace(SITE, resolve=back), CrawlPolicy(), permitted)
    (ask,) = machine.answered(row(), Chain((U,)), moved(U.replace("http:", "https:")), NOW)
    assert isinstance(ask, Ask)
    assert ask.chain.current == "https://a.org/x"
