"""The line at the end of a page that is shown with its links exchanged: whose page it is, and of which day."""

from html import escape
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import get_language, gettext

from apps.common.display import day_text
from apps.delivery.values import Copy
from apps.repository.values import StoredArtifact

# All of it in place: no sheet of the page's or of ours reaches it. It takes its own room, so it hides nothing.
_STYLE = (
    "all:initial;display:block;position:sticky;bottom:0;z-index:2147483647;box-sizing:border-box;width:100%;"
    "padding:6px 16px;border-top:2px solid #0a5a70;background:#fff;color:#1d2327;"
    "font:14px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif"
)
_LINK = "all:revert;color:#0a5a70;font:inherit"


def copy_line(name: str, slug: str, artifact: StoredArtifact, why: str = "") -> bytes:
    """Of a preserved copy, with the way to what is known of it. ``why``: a sentence that says why it is shown."""
    text = gettext("Preserved copy of %(day)s from %(au)s.") % {
        "day": day_text(artifact.collected_at),
        "au": name,
    }
    about = f"{settings.NODE.public_url}/aus/{slug}/url/?url={quote(artifact.url, safe='')}"
    return _markup(f"{text} {why}".strip(), about)


def publishers_line(copy: Copy) -> bytes:
    """Of the publisher's own page."""
    text = gettext("The publisher's own page, as it is now. This library preserves it in %(au)s.") % {
        "au": copy.name
    }
    return _markup(text, f"{settings.NODE.public_url}/aus/{copy.slug}/")


def _markup(text: str, about: str) -> bytes:
    known = escape(gettext("What is known of it"))
    link = f'<a style="{_LINK}" target="_blank" rel="noreferrer" href="{escape(about)}">{known}</a>'
    line = f'<div role="note" lang="{get_language()}" dir="auto" style="{_STYLE}">{escape(text)} {link}</div>'
    return line.encode("ascii", "xmlcharrefreplace")
