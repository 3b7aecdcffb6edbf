"""Written agreements, and the evidence of what publishers' pages said."""

from email.message import Message
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common import notices
from apps.common.display import count_text, day_text, moment, moment_text
from apps.common.pages import Action, Fact, Head, Link
from apps.common.parts import status_word
from apps.lockss.coding import decoder_for
from apps.permissions import services
from apps.permissions.choices import AgreementState, ScopeKind
from apps.permissions.forms import AgreementForm, initial_of
from apps.permissions.models import Evidence, PublisherAgreement
from apps.permissions.source import marked_source
from apps.permissions.words import AGREEMENTS, FOUND, NOT_FOUND

FORM = "nodes/form_page.html"
# Of a page, what somebody reads; all of it is in the row.
LONGEST_SHOWN = 200_000
MOST_LINES = 2_000


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def agreement_new(request: HttpRequest) -> HttpResponse:
    publisher = request.GET.get("publisher", "")
    initial = {"publisher": publisher} if publisher.isascii() and publisher.isdigit() else None
    form = AgreementForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid() and (row := _registered(request, form, None)):
        notices.leave(request, gettext("“%s” is entered.") % row.name)
        return HttpResponseRedirect(f"/permissions/agreements/{row.pk}/")
    head = Head(
        gettext("Enter an agreement"),
        gettext("What a publisher has signed, so that anybody can see later why something was collected."),
        trail=[Link(gettext("Permissions"), "/permissions/")],
    )
    return _form_page(request, form, head, gettext("Enter it"))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def agreement_change(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(PublisherAgreement, pk=pk)
    form = AgreementForm(request.POST or None, request.FILES or None, initial=initial_of(row))
    if request.method == "POST" and form.is_valid() and _registered(request, form, row):
        notices.leave(request, gettext("“%s” is changed.") % form.cleaned_data["name"])
        return HttpResponseRedirect(f"/permissions/agreements/{pk}/")
    trail = [Link(gettext("Permissions"), "/permissions/"), Link(row.name, f"/permissions/agreements/{pk}/")]
    return _form_page(request, form, Head(gettext("Change an agreement"), trail=trail), gettext("Save"))


def _form_page(request: HttpRequest, form: AgreementForm, head: Head, button: str) -> HttpResponse:
    context = {"form": form, "head": head, "button": button}
    return TemplateResponse(request, FORM, context, status=422 if form.is_bound else 200)


def _registered(
    request: HttpRequest, form: AgreementForm, row: PublisherAgreement | None
) -> PublisherAgreement | None:
    """The agreement as entered; None: the form says why not."""
    data = form.cleaned_data
    file = data["document"]
    try:
        return services.register_agreement(
            user=request.user,
            publisher=data["publisher"],
            name=data["name"],
            starts=data["starts"],
            ends=data["ends"],
            state=AgreementState(data["state"]),
            scope=ScopeKind(data["scope"]),
            titles=data["title_rows"],
            listed_aus=data["au_rows"],
            document_name=file.name if file else "",
            document=file.read() if file else b"",
            notes=data["notes"],
            agreement=row,
        )
    except ValidationError as error:
        for field, said in error.message_dict.items():
            form.add_error(field if field in form.fields else None, said)
        return None


@require_safe
@role_required()
def agreement(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(PublisherAgreement.objects.select_related("publisher"), pk=pk)
    facts = [
        Fact(gettext("State"), status_word(AGREEMENTS[AgreementState(row.state)])),
        Fact(gettext("Publisher"), row.publisher.name),
        Fact(gettext("Covers"), _scope(row)),
        Fact(gettext("From"), day_text(row.starts)),
        Fact(gettext("To"), day_text(row.ends) if row.ends else gettext("no end")),
        Fact(gettext("Document"), _document(request, row), _digest(row)),
        Fact(gettext("Notes"), row.notes or "–"),
        Fact(gettext("Entered"), moment(row.created_at)),
        Fact(gettext("Last changed"), moment(row.updated_at)),
    ]
    may = request.user.has_role(Role.NETWORK)
    head = Head(
        row.name,
        row.publisher.name,
        trail=[Link(gettext("Permissions"), "/permissions/")],
        actions=[Action(gettext("Change"), f"/permissions/agreements/{pk}/change/")] if may else [],
    )
    return TemplateResponse(request, "nodes/facts_page.html", {"head": head, "facts": facts})


def _scope(row: PublisherAgreement):
    chosen = Au.objects.filter(publisher=row.publisher_id, state=AuState.SELECTED)
    if row.scope == ScopeKind.TITLES:
        chosen = chosen.filter(title__in=row.titles.all())
    elif row.scope == ScopeKind.AUS:
        chosen = chosen.filter(listed__in=row.listed_aus.all())
    n = chosen.count()
    said = ngettext("%s selected archival unit", "%s selected archival units", n) % count_text(n)
    return format_html(
        '{}; <a href="/aus/?publisher={}">{}</a>', row.get_scope_display(), row.publisher_id, said
    )


def _may_read_document(request: HttpRequest) -> bool:
    return request.user.has_role(Role.NETWORK, Role.LIBRARIAN)


def _document(request: HttpRequest, row: PublisherAgreement):
    if not row.document_path:
        return gettext("none")
    if not _may_read_document(request):
        return row.document_name
    return format_html('<a href="/permissions/agreements/{}/document/">{}</a>', row.pk, row.document_name)


def _digest(row: PublisherAgreement) -> str:
    return f"SHA-256 {row.document_sha256}" if row.document_sha256 else ""


@require_safe
@role_required(Role.NETWORK, Role.LIBRARIAN)
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """Never shown inside the portal: a document is an upload, and could be a page."""
    row = get_object_or_404(PublisherAgreement, pk=pk)
    try:
        file = services.document_path(row).open("rb")
    except (ValueError, OSError):
        raise Http404 from None
    return FileResponse(
        file, as_attachment=True, filename=row.document_name, content_type="application/octet-stream"
    )


@require_safe
@role_required()
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Evidence.objects.select_related("au"), pk=pk)
    text = _page_text(row)
    shown = text[:LONGEST_SHOWN]
    source = marked_source(shown, row.statement if row.granted else "", MOST_LINES)
    head = Head(
        gettext("Permission page as it stood on %s") % moment_text(row.read_at),
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
        "has_page": row.page is not None,
    }
    return TemplateResponse(request, "permissions/evidence.html", context)


def _evidence_facts(row: Evidence) -> list[Fact]:
    facts = [
        Fact(gettext("Found"), status_word(FOUND if row.granted else NOT_FOUND)),
        Fact(gettext("Statement"), row.statement or "–"),
        Fact(gettext("Recognised as"), row.checker or "–"),
        Fact(gettext("Read"), moment(row.read_at)),
        Fact(gettext("Answer"), f"HTTP {row.status}" if row.status else gettext("none")),
        Fact(gettext("SHA-256 of the page"), format_html("<code>{}</code>", row.page_sha256 or "–")),
    ]
    if row.access_type:
        facts.append(Fact(gettext("Access"), row.access_type))
    if row.final_url and row.final_url != row.url:
        facts.append(Fact(gettext("Led to"), format_html("<code>{}</code>", row.final_url)))
    if row.message:
        facts.insert(1, Fact(gettext("Why"), row.message))
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
