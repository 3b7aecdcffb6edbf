"""The proxies' own pages: what is said where there is no page to give, and which AUs there are.

They stand at the publisher's address, so they ask nothing of it: the style is in the page, allowed by its digest.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from apps.common.display import day_text
from apps.common.languages import accepted_language
from apps.common.pages import Link
from apps.delivery.pages import STYLE
from apps.delivery.proxy.values import Candidate, Elsewhere, Listed, Who
from apps.lockss.delivery import Row, Surface

_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
FIELDS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "private, no-store"),
)
LONGEST_NAME = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What a page is about. ``asked``: the URL; ``reply``: the publisher's status, where the page stands for its own.
    ``broken``: there is a copy, which cannot be given; ``missed``: what an auditor chose, and what has it."""

    status: int
    who: Who | None = None
    row: Row | None = None
    asked: str = ""
    reply: int | None = None
    listed: Listed = field(default_factory=Listed)
    search: str | None = None
    broken: bool = False
    missed: Elsewhere | None = None


def page(saying: Saying, accept_language: str) -> bytes:
    """The page in the reader's language. Renders a template, so call it in a thread."""
    with translation.override(accepted_language(accept_language)):
        title, text = _words(saying)
        context = {
            "title": title,
            "text": text,
            "name": saying.asked[:LONGEST_NAME],
            "rows": [(each, _start(each)) for each in saying.listed.rows],
            "node_name": settings.NODE.name,
            "style": mark_safe(f"<style>{STYLE}</style>"),  # noqa: S308 - our own constant
            "places": _places(saying.missed),
            "search": saying.search,
            "more": _more(saying),
            "portal": Link(gettext("To the portal"), settings.NODE.public_url + "/"),
        }
        return render_to_string("delivery/proxy_said.html", context).encode()


def _start(row: Candidate) -> str:
    return row.start if row.start.startswith(("http://", "https://")) else ""


def _more(saying: Saying) -> str:
    """Only the list itself has a next page: elsewhere the address is the publisher's."""
    if saying.search is None or not saying.listed.after:
        return ""
    return "/?" + urlencode({"search": saying.search, "after": saying.listed.after})


def _words(saying: Saying) -> tuple[str, str]:
    if saying.search is not None:
        return gettext("Preserved archival units"), gettext(
            "This proxy gives the preserved pages of these archival units where their publisher does not."
        )
    if saying.reply is not None:
        return gettext("The publisher answers without the page"), gettext(
            "It answered %(status)d, and no copy of this page is held here."
        ) % {"status": saying.reply}
    if saying.row is Row.LOOP:
        return gettext("The request goes in a circle"), gettext(
            "It came back to this proxy. The proxies on its way point at each other."
        )
    if saying.broken:
        return _broken(saying.status)
    return _by_status(saying)


def _broken(status: int) -> tuple[str, str]:
    if status == 503:
        return gettext("This copy cannot be read just now"), gettext(
            "The disk or the folder that holds it does not answer. That says nothing about the copy itself; try again later."
        )
    return gettext("This copy is damaged"), gettext(
        "Its bytes are no longer those that were collected, so they are not shown. The next poll compares it with "
        "the copies of other libraries, and repairs it from them or from the publisher."
    )


def _not_chosen(saying: Saying) -> tuple[str, str]:
    """An auditor is told what was looked at: that this node holds nothing, only where it is so."""
    missed, day = saying.missed or Elsewhere(), saying.who.day if saying.who else None
    if missed.name and day:
        title = gettext("No copy of it as of this day")
        text = gettext("In %(name)s, as of %(day)s, there is no copy of this page.")
    elif missed.name:
        title = gettext("No copy of it in this archival unit")
        text = gettext("In %(name)s there is no copy of this page.")
    elif saying.who is not None and saying.who.slug:
        title = gettext("There is no such archival unit")
        text = gettext("The archival unit that was named is not here.")
    elif day:
        title = gettext("No copy of it as of this day")
        text = gettext("As of %(day)s there is no copy of this page here.")
    else:
        title = gettext("Not held here")
        text = gettext("This node holds no copy of this page.")
    values = {"name": missed.name, "day": day_text(day)}
    never = gettext("The audit proxy never asks the publisher.")
    return title, f"{text % values} {never}"


def _places(missed: Elsewhere | None) -> list[tuple[Link, str, str]]:
    """Each with the day of its copy, and the user name that leads to it."""
    return [
        (
            Link(
                one.name,
                f"{settings.NODE.public_url}/aus/{one.slug}/audit/"
                + (f"?day={one.as_of.isoformat()}" if one.as_of else ""),
            ),
            day_text(one.day),
            one.user_name,
        )
        for one in (missed.places if missed else ())
    ]


def _by_status(saying: Saying) -> tuple[str, str]:
    address = saying.who.address if saying.who else ""
    audit = saying.who is not None and saying.who.surface is Surface.AUDIT
    words = {
        400: (
            gettext("No request for a proxy"),
            gettext("The address is not one that a proxy can be asked for."),
        ),
        403: (
            gettext("Not given here"),
            gettext(
                "From the address %(address)s this proxy gives no such page. It gives pages of preserved sites, to the readers of this library."
            )
            % {"address": address},
        ),
        404: (gettext("Not held here"), gettext("No copy of this page is held here.")),
        407: (
            gettext("Who are you?"),
            gettext(
                "The user name is the archival unit, perhaps with @ and a date; the password is a token of the portal."
            ),
        ),
        412: (
            gettext("There is no such archival unit"),
            gettext("The archival unit that was named is not here."),
        ),
        421: (
            gettext("Another host"),
            gettext("This connection is for one host alone, and the request names another."),
        ),
        429: (gettext("Too much at once"), gettext("Try again a little later.")),
        501: (gettext("An unknown method"), gettext("This proxy does not know what is to be done.")),
        502: (
            gettext("The publisher cannot be reached"),
            gettext("It gave no answer that makes sense, and no copy of this page is held here."),
        ),
        503: (
            gettext("Busy just now"),
            gettext("Try again a little later. What is preserved is not affected."),
        ),
        504: (
            gettext("The publisher does not answer"),
            gettext(
                "It was asked and kept silent, or was so a short while ago, and no copy of this page is held here."
            ),
        ),
    }
    if audit and saying.status == 404:
        return _not_chosen(saying)
    return words.get(
        saying.status,
        (
            gettext("Something went wrong here"),
            gettext("The page could not be shown. What is preserved is not affected."),
        ),
    )
