"""The evidence of what publishers' pages said, shown and never run."""

from email.message import Message
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.common.display import moment, moment_text
from apps.common.pages import Action, Fact, Head, Link
from apps.common.parts import status_word
from apps.common.stored import retold
from apps.common.words import Word
from apps.lockss.coding import decoder_for
from apps.permissions.choices import Verdict
from apps.permissions.models import Evidence
from apps.permissions.nearest import nearest_of
from apps.permissions.source import marked_source
from apps.permissions.words import reading_word

# Of a page, what somebody reads; all of it is in the row.
LONGEST_SHOWN = 200_000
MOST_LINES = 2_000


@require_safe
@role_required()
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Evidence.objects.select_related("au"), pk=pk)
    text = _page_text(row)
    shown = text[:LONGEST_SHOWN]
    source = marked_source(shown, row.statement if row.granted else "", MOST_LINES)
    head = Head(
        (
            gettext("Permission page as it stood on %s")
            if has_page(row)
            else gettext("Permission page asked for on %s")
        )
        % moment_text(row.read_at),
        row.url,
        code=True,
        trail=[Link(gettext("Permissions"), "/permissions/"), Link(row.au.name, f"/aus/{row.au.slug}/")],
        actions=[Action(gettext("Try the page now"), f"/permissions/test/?{urlencode({'url': row.url})}")],
    )
    context = {
        "head": head,
        "facts": _evidence_facts(row),
        "sent": [Fact(name, value) for name, value in _pairs(row.request_headers)],
        "answered": [Fact(name, value) for name, value in _pairs(row.response_headers)],
        "pk": pk,
        "source": source,
        "cut": row.page_truncated or len(text) > LONGEST_SHOWN or len(shown.splitlines()) > MOST_LINES,
        "has_page": has_page(row),
    }
    return TemplateResponse(request, "permissions/evidence.html", context)


@require_safe
@role_required()
def evidence_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Its bytes, for who wants to compute the digest again; never a page of this site, for it would run with its name."""
    row = get_object_or_404(Evidence, pk=pk)
    if not has_page(row):
        raise Http404
    response = HttpResponse(bytes(row.page), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="permission-page-{pk}.bin"'
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def has_page(row: Evidence) -> bool:
    """Rows of before hold nothing as a page where nothing answered."""
    return row.page is not None and row.status is not None


def _word(row: Evidence) -> Word:
    return reading_word(Verdict.GRANTED if row.granted else Verdict.REFUSED, row.reason)


def _evidence_facts(row: Evidence) -> list[Fact]:
    facts = [
        Fact(gettext("Found"), status_word(_word(row))),
        Fact(gettext("Statement"), row.statement or "–"),
        Fact(gettext("Recognised as"), row.checker or "–"),
        Fact(gettext("Read"), moment(row.read_at)),
        Fact(gettext("Answer"), f"HTTP {row.status}" if row.status else gettext("none")),
    ]
    if has_page(row):
        facts.append(Fact(gettext("SHA-256 of the page"), format_html("<code>{}</code>", row.page_sha256)))
    if row.access_type:
        facts.append(Fact(gettext("Access"), row.access_type))
    if row.final_url and row.final_url != row.url:
        facts.append(Fact(gettext("Led to"), format_html("<code>{}</code>", row.final_url)))
    if near := nearest_of(row.pk):
        facts.insert(1, Fact(gettext("Nearly right"), near))
    if row.message:
        facts.insert(1, Fact(gettext("Why"), retold(row.message)))
    return facts


def _pairs(headers: object) -> list[tuple[str, str]]:
    """As stored: lists of name and value, or whole lines."""
    found = []
    for one in headers if isinstance(headers, list) else []:
        if isinstance(one, list) and len(one) == 2:
            found.append((str(one[0]), str(one[1])))
        else:
            name, _colon, value = str(one).partition(":")
            found.append((name, value.strip()))
    return found


def _header(row: Evidence, wanted: str) -> str:
    return next((value for name, value in _pairs(row.response_headers) if name.lower() == wanted), "")


def _page_text(row: Evidence) -> str:
    """The page as text: its codings undone, as far as it is shown, by the character set it was sent with."""
    if row.page is None:
        return ""
    decoder = decoder_for(_header(row, "content-encoding"))
    page = b""
    for piece in decoder.feed(bytes(row.page)) if decoder else [bytes(row.page)]:
        page += piece
        if len(page) > LONGEST_SHOWN:
            break
    head = Message()
    head["Content-Type"] = _header(row, "content-type") or "text/html"
    try:
        return page.decode(head.get_content_charset("utf-8"), "replace")
    except (LookupError, UnicodeError):
        return page.decode("utf-8", "replace")
