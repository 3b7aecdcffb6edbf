"""The line at the end of a page that is shown with its links exchanged: whose page it is, and of which day."""

from html import escape

from django.utils.translation import get_language, gettext

from apps.common.display import day_text
from apps.delivery.about import about
from apps.delivery.request import Request
from apps.delivery.values import Copy
from apps.repository.values import StoredArtifact

# All of it in place: no sheet of the page's or of ours reaches it. It takes its own room, so it hides nothing.
_STYLE = (
    "all:initial;display:block;position:sticky;bottom:0;z-index:2147483647;box-sizing:border-box;width:100%;"
    "padding:6px 16px;border-top:2px solid #0a5a70;background:#fff;color:#1d2327;"
    "font:14px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif"
)
_LINK = "all:revert;color:#0a5a70;font:inherit"


def copy_line(request: Request, copy: Copy, artifact: StoredArtifact, why: str = "") -> bytes:
    """Of a preserved copy, with the way to what is known of it. ``why``: sentences that say why it is shown."""
    text = gettext("Preserved copy of %(day)s from %(au)s.") % {
        "day": day_text(artifact.collected_at),
        "au": copy.name,
    }
    return _markup(f"{text} {why}".strip(), about(request, copy.au_pk, copy.slug, artifact.url))


def publishers_line(request: Request, copy: Copy, led: str = "") -> bytes:
    """Of the publisher's own page. ``copy``: the AU in which it lies, or on whose site; what that holds of it is said.
    ``led``: a sentence of the OpenURL that led to it."""
    said = " ".join(filter(None, (gettext("The publisher's own page, as it is now."), led)))
    if copy.artifact is None:
        # An AU of the same site is all that is known: nothing says that the page is one of its.
        none = gettext("No copy of it is held here.")
        return _markup(f"{said} {none}")
    held = (
        gettext("This library preserves it in %(au)s.")
        if copy.good
        else gettext("The copy of it in %(au)s is damaged or missing.")
    )
    return _markup(f"{said} {held % {'au': copy.name}}", about(request, copy.au_pk, copy.slug))


def _markup(text: str, more: str = "") -> bytes:
    known = escape(gettext("What is known of it"))
    link = (
        f' <a style="{_LINK}" target="_blank" rel="noreferrer" href="{escape(more)}">{known}</a>'
        if more
        else ""
    )
    line = f'<div role="note" lang="{get_language()}" dir="auto" style="{_STYLE}">{escape(text)}{link}</div>'
    return line.encode("ascii", "xmlcharrefreplace")
