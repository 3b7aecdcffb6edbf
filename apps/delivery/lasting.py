"""``/go``: links that lead to the publisher while it delivers, and to the preserved copy when it fails, and say why.

What is asked and decided is as for ``ServeContent``; only what is done with it differs: the reader is led on, never
given a page of another host under this one's name, and sees where.
"""

import hmac
from dataclasses import dataclass, replace
from urllib.parse import quote

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext

from apps.common.clock import now
from apps.common.pages import Link
from apps.delivery import missing_pages, openurl_pages, pages
from apps.delivery.bodies import Answer
from apps.delivery.lasting_words import reason_text
from apps.delivery.led import address_of, word_of
from apps.delivery.looking import Decided, Looked, decide, look
from apps.delivery.pages import Said
from apps.delivery.request import Request
from apps.delivery.rights import asker_for, portal_way
from apps.delivery.rooms import Host
from apps.lockss.delivery import (
    FollowRedirects,
    PassOn,
    PublisherFlag,
    Refuse,
    Serve,
    Stem,
    location,
    stem_of,
)
from apps.lockss.delivery.fallback import FRONT_PAGE, is_front_page, why
from apps.lockss.openurl import Kind
from apps.lockss.replay import Form, ServeContent, lasting_path

FIELD = "X-Lockss-Fallback"
_SALT = "delivery.lasting"


@dataclass(frozen=True, slots=True)
class Led:
    """Where the link leads. ``live``: the address at the publisher, "" where none may be told; ``copy``: the address
    of our copy, "" without one. ``to_copy`` chooses; ``reason`` is a word of ``fallback.why``."""

    to_copy: bool
    reason: str
    live: str = ""
    copy: str = ""

    @property
    def address(self) -> str:
        return self.copy if self.to_copy else self.live

    @property
    def field(self) -> tuple[str, str]:
        where = "none" if not self.address else "copy" if self.to_copy else "publisher"
        return FIELD, f"{where}; why={self.reason}"


async def lasting(request: Request, wanted: ServeContent, host: Host) -> Answer | Said:
    """The answer to one request: 302, or with ``choices=1`` a page; 404 where neither has it."""
    if wanted.form is Form.OPENURL:
        meant = await host.in_thread(lambda: _meant(request, wanted, host))
        if not isinstance(meant, ServeContent):
            return meant
        wanted = meant
    # Every reader's question is one for the whole page: neither her conditions nor a range can answer it.
    asking = replace(request, method="GET", given=_without_conditions(request))
    follows = replace(host, settings=replace(host.settings, follow_redirects=FollowRedirects.ALWAYS))
    looked = await host.in_thread(lambda: look(asking, wanted, follows))
    if looked.elsewhere:
        return pages.moved(looked.elsewhere)
    # Nor our copy's date: a publisher that finds it unchanged delivers, and readers are led there.
    looked = replace(looked, asked=replace(looked.asked, last_modified=None))
    decided = await decide(asking, looked, follows)
    if decided.reply is not None:
        await decided.reply.close()
    if isinstance(decided.step, Refuse):
        step = decided.step
        return await host.in_thread(lambda: missing_pages.refused(request, step, looked.found.url))
    led = _led(request, wanted, looked, decided)
    return await host.in_thread(lambda: _said(request, wanted, looked, led))


def _without_conditions(request: Request) -> dict[str, str]:
    return {
        name: value for name, value in request.given.items() if not name.startswith("if-") and name != "range"
    }


def _meant(request: Request, wanted: ServeContent, host: Host) -> ServeContent | Answer | Said:
    """The URL of an article or volume that is asked for by its DOI or by an OpenURL."""
    question = wanted.openurl
    if question is None:
        raise ValueError("no question")
    found = host.rooms.resolve(question, asker_for(request, host.rooms), now())
    if found.chosen is not None and found.chosen.url:
        own = found.copy if found.chosen.kind is not Kind.URL else None
        auid = own.auid if own is not None else ""
        word = word_of(found.chosen)
        return ServeContent(Form.URL, (found.chosen.url,), auid, choices=wanted.choices, from_openurl=word)
    if question.urls:
        return ServeContent(Form.URL, question.urls, choices=wanted.choices)
    if request.lapsed:
        return pages.moved(portal_way(request.lapsed, request.target))
    return openurl_pages.page(request, question, found)


def _led(request: Request, wanted: ServeContent, looked: Looked, decided: Decided) -> Led:
    url, copy = looked.found.url, looked.copy
    stem = stem_of(url)
    held = looked.found.stem_held and copy is not None and copy.publisher is not PublisherFlag.NEVER
    live = (location(url, {stem}) or "") if held and isinstance(stem, Stem) else ""
    reason = why(decided.step, decided.told)
    to_copy = isinstance(decided.step, Serve)
    if isinstance(decided.step, PassOn) and looked.asked.holds and is_front_page(url, decided.url):
        to_copy, reason = True, FRONT_PAGE
    # An AU is named only where the link does: else the next one that holds the page stands in for a broken copy.
    path = address_of(copy_path(url, wanted.auid, reason), wanted.from_openurl)
    ours = f"{request.before}{path}" if looked.asked.holds else ""
    if isinstance(decided.step, PassOn | Serve):
        return Led(to_copy, reason, live, ours)
    return Led(True, reason, live)


def copy_path(url: str, auid: str, reason: str) -> str:
    """Our copy, without another question to the publisher; the reason stands there sealed, so that nobody can say it
    in this node's name."""
    named = f"&auid={quote(auid, safe='')}" if auid else ""
    return f"/ServeContent?url={quote(url, safe=':/')}{named}&noproxy={reason}.{_seal(reason, url)}"


def reason_of(wanted: ServeContent, url: str) -> str:
    """Why a link led to this copy, in words; empty where none of ours did."""
    reason, dot, seal = wanted.no_proxy_value.rpartition(".")
    if not dot or not hmac.compare_digest(seal.encode(), _seal(reason, url).encode()):
        return ""
    return reason_text(reason)


def _seal(reason: str, url: str) -> str:
    return salted_hmac(_SALT, f"{reason}\0{url}", algorithm="sha256").hexdigest()[:16]


def _said(request: Request, wanted: ServeContent, looked: Looked, led: Led) -> Said:
    if not led.address:
        return _neither(request, looked, led)
    if not wanted.choices:
        return pages.moved(led.address, led.field)
    links = [
        (led.live, gettext("Open at the publisher: this leaves the library")),
        (led.copy, gettext("Open the preserved copy")),
    ]
    # What the link itself leads to comes first.
    links.sort(key=lambda pair: pair[0] != led.address)
    first, second = (Link(text, to) if to else None for to, text in links)
    where = (
        gettext("This link leads to the preserved copy now.")
        if led.to_copy
        else gettext("This link leads to the publisher now.")
    )
    return Said(
        200,
        gettext("Where this link leads"),
        f"{where} {reason_text(led.reason)}".strip(),
        looked.found.url,
        better=first,
        link=second,
        more=(led.field,),
        facts_title=gettext("What is known of it"),
        facts=_facts(looked),
    )


def _facts(looked: Looked) -> tuple[tuple[str, str], ...]:
    copy = looked.copy
    link = (gettext("Link that goes on working"), host_address(looked.found.url))
    if copy is None:
        return (link,)
    kept = gettext("A copy is preserved.") if copy.good else gettext("No copy is preserved yet.")
    told = (gettext("Preserved copy"), kept), link
    # Of a page that is not held, an AU of the same site is all that is known.
    return ((gettext("Archival unit"), copy.name), *told) if copy.artifact is not None else told


def host_address(url: str) -> str:
    """A URL's link as it is given to others."""
    return settings.NODE.content_url + lasting_path(url)


def _neither(request: Request, looked: Looked, led: Led) -> Said:
    """Neither the publisher nor this node: what is known, and the publisher's address to try oneself."""
    if request.lapsed:
        return pages.moved(portal_way(request.lapsed, request.target, looked.found.url))
    said = pages.not_held(looked.found.url, at=request.target)
    if looked.copy is None:
        return said
    text = gettext("The publisher does not deliver this page, and no copy of it is preserved here.")
    way = Link(gettext("The same address at the publisher: this leaves the library"), led.live)
    return replace(
        said,
        text=f"{text} {reason_text(led.reason)}".strip(),
        better=way if led.live else None,
        link=None if request.proof else said.link,
        more=(led.field,),
    )
