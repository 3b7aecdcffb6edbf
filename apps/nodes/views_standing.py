"""Status of the node and of each publisher, title and title set, at addresses that stay."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common.lists import show_list
from apps.common.pages import Action, Empty, Head, Link
from apps.common.parts import status_word
from apps.nodes import standing_page as parts
from apps.nodes.choices import ScopeKind
from apps.nodes.lists_standing import CAPTIONS, PLACES, TABLES
from apps.nodes.models import StandingCount
from apps.nodes.words import PRESERVED
from apps.titles.models import Publisher, Title, TitleSet


def _context(row: StandingCount, head: Head) -> dict[str, object]:
    return {
        "head": head,
        "row": row,
        "vitals": parts.vitals(row),
        "picture": parts.picture(row),
        "words": parts.words_list(row),
        "proof": parts.proof_facts(row),
        "preserved_word": status_word(PRESERVED),
    }


@require_safe
@role_required()
def node(request: HttpRequest) -> HttpResponse:
    row = parts.row_of(ScopeKind.NODE)
    head = Head(
        gettext("Status"),
        gettext("From what was chosen to what is preserved; each number of archival units leads to them."),
        actions=[
            *(Action(str(CAPTIONS[kind]), f"/status/{place}/") for kind, place in PLACES.items()),
            Action(gettext("Preservation reports"), "/report/"),
        ],
    )
    context = _context(row, head) if row else {"head": head, "row": None}
    return TemplateResponse(request, "nodes/standing.html", context)


def _list(request: HttpRequest, kind: ScopeKind) -> HttpResponse:
    head = Head(
        str(CAPTIONS[kind]),
        gettext("Counted by the scan; each number of archival units leads to them."),
        trail=[Link(gettext("Status"), "/status/")],
    )
    rows, table = StandingCount.objects.filter(kind=kind), TABLES[kind]
    if kind == ScopeKind.SET and not TitleSet.objects.exists():
        table = replace(table, empty=_no_set(request))
    return show_list(request, table=table, rows=rows, template="nodes/list_page.html", context={"head": head})


def _no_set(request: HttpRequest) -> Empty:
    """No scan counts what nobody made."""
    if request.user.has_role(Role.LIBRARIAN):
        said = gettext("A title set holds titles that are meant together. Make one, and the scan counts it.")
        return Empty(gettext("There is no title set"), said, Action(gettext("New title set"), "/sets/new/"))
    said = gettext("A title set holds titles that are meant together. A collection librarian can make one.")
    return Empty(gettext("There is no title set"), said)


def _one(request: HttpRequest, kind: ScopeKind, thing: Publisher | Title | TitleSet) -> HttpResponse:
    """Of what the scan has not counted yet, or of which nothing is selected, the page says so."""
    head = Head(
        thing.name,
        gettext("How what is selected of it stands."),
        trail=[Link(gettext("Status"), "/status/"), Link(str(CAPTIONS[kind]), f"/status/{PLACES[kind]}/")],
        actions=[Action(gettext("Its own page"), f"/{PLACES[kind]}/{thing.pk}/")],
    )
    row = parts.row_of(kind, thing.pk)
    context = _context(row, head) if row else {"head": head, "row": None}
    return TemplateResponse(request, "nodes/standing.html", context)


@require_safe
@role_required()
def publishers(request: HttpRequest) -> HttpResponse:
    return _list(request, ScopeKind.PUBLISHER)


@require_safe
@role_required()
def titles(request: HttpRequest) -> HttpResponse:
    return _list(request, ScopeKind.TITLE)


@require_safe
@role_required()
def sets(request: HttpRequest) -> HttpResponse:
    return _list(request, ScopeKind.SET)


@require_safe
@role_required()
def publisher(request: HttpRequest, pk: int) -> HttpResponse:
    return _one(request, ScopeKind.PUBLISHER, get_object_or_404(Publisher, pk=pk))


@require_safe
@role_required()
def title(request: HttpRequest, pk: int) -> HttpResponse:
    return _one(request, ScopeKind.TITLE, get_object_or_404(Title, pk=pk))


@require_safe
@role_required()
def title_set(request: HttpRequest, pk: int) -> HttpResponse:
    return _one(request, ScopeKind.SET, get_object_or_404(TitleSet, pk=pk))
