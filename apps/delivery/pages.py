"""The content host's own pages: what is said where no preserved page can be shown.

They share nothing with preserved ones: no script, no form; their one style sheet is this host's own.
"""

from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext, ngettext

from apps.common.pages import Link
from apps.delivery.addresses import Asked, path_of, spell
from apps.delivery.headers import ALWAYS, Fields, varying
from apps.delivery.public_tables import Table
from apps.delivery.rights import sign_in_way
from apps.delivery.serving import Broken
from apps.repository.choices import ArtifactState

# The portal's ground and ink (static/css/portal.css), as far as one sentence needs them.
STYLE = (
    ":root{color-scheme:light dark}"
    "body{margin:0;background:light-dark(#fbfaf6,#15181b);color:light-dark(#1d2327,#e7e5df);"
    'font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}'
    "header{display:flex;align-items:center;gap:.6rem;padding:.9rem 1.5rem;background:light-dark(#fff,#1c2024);"
    "border-bottom:1px solid light-dark(#e3dfd4,#2f353b)}"
    'header,h1,h2{font-family:"Iowan Old Style","Palatino Linotype",Palatino,"Liberation Serif",Georgia,serif;'
    "font-weight:bold;line-height:1.25}"
    "main{max-width:38rem;margin:2.5rem auto;padding:0 1.5rem}"
    "h1{font-size:1.75rem;margin:0 0 .75rem;text-wrap:balance}p{margin:0 0 .75rem}"
    "h2{font-size:1.25rem;margin:1.75rem 0 .5rem}"
    "code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.875em;overflow-wrap:anywhere}"
    "a{color:light-dark(#0a5a70,#7cc4d6);text-underline-offset:.18em}"
    ".wide{max-width:60rem}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:start;vertical-align:top;padding:.4rem .75rem .4rem 0;overflow-wrap:anywhere;"
    "border-bottom:1px solid light-dark(#e3dfd4,#2f353b)}"
    "form{display:flex;flex-wrap:wrap;gap:.5rem;margin:0 0 1rem}input,button{font:inherit;padding:.3rem .6rem}"
    "input[type=search]{flex:1 1 14rem}.quiet{color:light-dark(#5b6166,#a3a9ad)}"
    ".unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"
    "table+p{margin-top:.75rem}td{white-space:pre-line}.mark-books{fill:light-dark(#0a5a70,#7cc4d6)}.mark-last{fill:light-dark(#8a5a00,#e0b35a)}"
    ".mark-board{stroke:currentColor;stroke-width:1.4;fill:none}"
    # Words of heads stay whole; where there is no room for columns each row stands below the one before.
    "th{overflow-wrap:break-word}@media(max-width:40rem){main{padding:0 1rem}"
    ".rows,.rows thead,.rows tbody,.rows tbody tr,.rows td{display:block}"
    ".rows thead tr{display:flex;flex-wrap:wrap;gap:0 1rem}.rows thead th{border:0;padding:0}"
    ".rows tbody tr{padding:.5rem 0;border-bottom:1px solid light-dark(#e3dfd4,#2f353b)}"
    ".rows td{border:0;padding:.1rem 0}"
    '.rows td[data-label]::before{content:attr(data-label) ": ";color:light-dark(#5b6166,#a3a9ad)}}'
)
STYLE_PATH = "/said.css"
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action "
LONGEST_NAME = 2_000
INDEX = "/ServeContent"


@dataclass(frozen=True, slots=True)
class Row:
    """A version of a page, with its address."""

    name: str
    starts: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A page of our own; with ``plain`` a line of text for programs, with ``sheet`` the pages' style."""

    status: int
    title: str
    text: str = ""
    name: str = ""
    link: Link | None = None
    better: Link | None = None
    further: Link | None = None
    more: tuple[tuple[str, str], ...] = ()
    plain: bool = False
    sheet: bool = False
    # The link saves what it leads to.
    saves: bool = False
    versions: tuple[Row, ...] = ()
    # What was asked or decided, and what is told for it.
    facts: tuple[tuple[str, str], ...] = ()
    facts_title: str = ""
    tables: tuple[Table, ...] = ()
    # Below all else.
    last_text: str = ""
    last: Link | None = None

    def fields(self, size: int) -> Fields:
        kind = "text/css" if self.sheet else "text/plain" if self.plain else "text/html"
        own = [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(size))]
        policy = POLICY + ("'self'" if self.tables else "'none'")
        fields = [*ALWAYS, ("Content-Security-Policy", policy), *own, *self.more]
        return fields if self.sheet or self.plain else varying(fields, "Accept-Language")

    def body(self) -> bytes:
        if self.sheet:
            return STYLE.encode()
        if self.plain:
            return f"{self.title}\n".encode()
        context = {
            "title": self.title,
            "text": self.text,
            "name": self.name[:LONGEST_NAME],
            "links": [one for one in (self.better, self.link, self.further) if one],
            "node_name": settings.NODE.name,
            "style_path": STYLE_PATH,
            "saves": self.saves,
            "versions": self.versions,
            "facts": self.facts,
            "facts_title": self.facts_title or gettext("What was asked"),
            "tables": self.tables,
            "last_text": self.last_text,
            "last": self.last,
        }
        return render_to_string("delivery/said.html", context).encode()


def start() -> Said:
    return Said(
        200,
        gettext("Preserved pages"),
        gettext(
            "This host shows what a library has preserved, page by page. Its list names what may be read from here."
        ),
        better=Link(gettext("Preserved content"), INDEX),
        link=Link(gettext("Content given to everybody"), "/triggered"),
        further=Link(gettext("To the portal"), settings.NODE.public_url + "/"),
    )


def style_sheet() -> Said:
    return Said(200, "", sheet=True)


def go(before: str) -> Said:
    """``/go`` alone: what such a link is made of. ``before``: what this reader's links begin with."""
    return Said(
        400,
        gettext("Which page is meant?"),
        gettext(
            "Behind /go stands the address of a page, as in /go?url=https://…, or a DOI, as in /go/doi:10.…. The link then "
            "leads to the publisher while it delivers, and to the preserved copy when it fails."
        ),
        better=Link(gettext("Preserved content"), before + INDEX),
    )


def no_address(before: str = "") -> Said:
    return Said(
        404,
        gettext("Nothing is kept here"),
        gettext(
            "No preserved page has this address. If you came from a page that is shown as it was collected, byte for byte: "
            "its links do not lead on. Opened from the list, the same page has links that do."
        ),
        better=Link(gettext("Preserved content"), before + INDEX),
        link=Link(gettext("To the portal"), settings.NODE.public_url + "/"),
    )


def moved(to: str, *more: tuple[str, str]) -> Said:
    return Said(302, "The page is at another address.", plain=True, more=(("Location", to), *more))


def bad_request(about: str, found: str) -> Said:
    """A request that cannot be understood: which part, and what stood there."""
    return Said(
        400,
        gettext("This address cannot be read"),
        gettext("What is wrong with it: %(about)s.") % {"about": about},
        found,
    )


def versions(url: str, rows: tuple[Row, ...], count: int, timemap: str) -> Said:
    """The list of versions, newest first, for people."""
    text = ngettext("%d version is preserved.", "%d versions are preserved.", count) % count
    link = Link(gettext("All of them, for programs (TimeMap)"), timemap)
    return Said(200, gettext("Versions of a page"), text, url, link, versions=rows)


def not_held(url: str, *, at: str) -> Said:
    """Nothing more is said, whether it is not held or not for this reader."""
    return Said(
        404,
        gettext("Not held here"),
        gettext(
            "This library holds no such page, or not for who asks from here. Who has an account can sign in first."
        ),
        url,
        Link(gettext("Sign in at the portal"), sign_in_way(at)),
    )


def unrewritable(url: str, original: str = "") -> Said:
    """Fail closed: what may be read in two ways is not shown with half its links exchanged (ruling C15)."""
    link = Link(gettext("Download the original"), original) if original else None
    return Said(
        501,
        gettext("This page cannot be shown with its links"),
        gettext(
            "Its markup can be read in more than one way, so nobody could say that all its links stay inside the "
            "library. It is preserved as it was collected."
        ),
        url,
        link,
        saves=True,
    )


def absent(slug: str, url: str, *, signed_in: bool) -> Said:
    return Said(
        404,
        gettext("Not held here"),
        gettext("This library holds no such page in this archival unit, or not in this version."),
        url,
        Link(gettext("What the archival unit holds"), f"{settings.NODE.public_url}/aus/{slug}/content/")
        if signed_in
        else None,
    )


def broken(asked: Asked, found: Broken, key: str = "", story: str = "") -> Said:
    """``story``: where it is told, empty where this reader may not see that."""
    titles = {
        ArtifactState.DAMAGED: gettext("This copy is damaged"),
        ArtifactState.MISSING: gettext("This copy is missing"),
        ArtifactState.UNREADABLE: gettext("This copy cannot be read just now"),
    }
    texts = {
        ArtifactState.DAMAGED: gettext(
            "Its bytes are no longer those that were collected, so they are not shown. The next poll compares it with "
            "the copies of other libraries, and repairs it from them or from the publisher."
        ),
        ArtifactState.MISSING: gettext(
            "The file that held it is gone. The next poll finds what is lost, and has it repaired from another "
            "library or from the publisher."
        ),
        ArtifactState.UNREADABLE: gettext(
            "The disk or the folder that holds it does not answer. That says nothing about the copy itself; try again later."
        ),
    }
    replaced = {
        ArtifactState.DAMAGED: gettext(
            "Its bytes are no longer those that were collected, so they are not shown; they are kept as evidence. It has "
            "been replaced: version %(number)d is good."
        ),
        ArtifactState.MISSING: gettext(
            "The file that held it is gone. It has been replaced: version %(number)d is good."
        ),
    }
    state = found.state if found.state in titles else ArtifactState.DAMAGED
    away = state == ArtifactState.UNREADABLE
    text, better = texts[state], None
    if found.newer and not away:
        text = replaced[state] % {"number": found.newer}
        page = path_of(asked.slug, found.newer, spell(found.url), key=key)
        better = Link(gettext("Version %d, which is good") % found.newer, page)
    return Said(
        503 if away else 502,
        titles[state],
        text,
        found.url,
        Link(gettext("What is known of it"), story) if story else None,
        better=better,
        more=(("Retry-After", "300"),) if away else (),
    )


def unavailable() -> Said:
    return Said(
        503,
        gettext("The index does not answer"),
        gettext(
            "The database of this node is away just now. What is preserved is not affected; try again soon."
        ),
        more=(("Retry-After", "30"),),
    )


def busy() -> Said:
    return Said(
        503,
        gettext("Too many requests are on their way"),
        gettext("The publisher cannot be asked just now, and no copy is held here. Try again soon."),
    )


def failed() -> Said:
    return Said(
        500,
        gettext("Something went wrong here"),
        gettext("The page could not be shown. What is preserved is not affected."),
    )
