"""Whether a page that came with 200 is what was asked for: signs of a page to sign in, and of one that is not there.

No definition in use brings a checker that runs here (the classes named by ``au_login_page_checker`` are refused), so
the signs are general ones, and few: a field for a password, a title that says it. Many publishers have the field on
every page; so whoever holds a copy looks for the same sign there (``differs``), and what both have means nothing.
"""

import re

from apps.lockss.delivery.asking import PageKind

LOOKED_AT = 65_536
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_PASSWORD = re.compile(rb"<input\b[^<>]{0,2000}?\btype\s{0,9}=\s{0,9}[\"']?\s{0,9}password\b", re.IGNORECASE)
_TITLE = re.compile(rb"<title\b[^<>]{0,200}>([^<]{0,500})", re.IGNORECASE)
_GONE = re.compile(
    r"\b404\b|\bnot found\b|\bno longer available\b|\bno encontrad[ao]\b|\bnicht gefunden\b|\bintrouvable\b",
    re.IGNORECASE,
)
_SIGN_IN = re.compile(
    r"\b(?:sign|log)[ -]?in\b|\blogin\b|\biniciar sesi[oó]n\b|\banmeld(?:en|ung)\b|\bconnexion\b",
    re.IGNORECASE,
)


def is_html(content_type: str | None) -> bool:
    return (content_type or "").partition(";")[0].strip().lower() in _HTML


def page_kind(content_type: str | None, beginning: bytes) -> PageKind:
    """What the decoded beginning of a body shows; only the first ``LOOKED_AT`` bytes count."""
    if not is_html(content_type):
        return PageKind.SOUND
    text = beginning[:LOOKED_AT]
    found = _TITLE.search(text)
    title = found[1].decode("utf-8", "replace") if found else ""
    if _PASSWORD.search(text) is not None or _SIGN_IN.search(title) is not None:
        return PageKind.LOGIN
    return PageKind.SOFT_404 if _GONE.search(title) is not None else PageKind.SOUND


def differs(answer: PageKind, kept: PageKind) -> PageKind:
    """The answer's kind where our copy does not look alike, else sound."""
    return PageKind.SOUND if answer is kept else answer
