"""The portal's page about OpenURLs: a question tried, and this node described to link resolvers."""

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.accounts.addresses import exact_address
from apps.common.clock import now
from apps.common.errors import BadQuery
from apps.common.pages import Fact, Head, Link
from apps.delivery.forms_openurl import FIELDS, AskForm
from apps.delivery.node_rooms import node_rooms
from apps.delivery.openurl_words import (
    asked_facts,
    by_text,
    finding_text,
    fit_text,
    found_text,
    is_choice,
    level_name,
    name_of,
    ways_of,
)
from apps.delivery.public_tables import (
    FORMATS,
    Cell,
    Column,
    Row,
    Wish,
    arranged,
    arranged_file,
    wish_of,
)
from apps.delivery.resolving import Answered
from apps.delivery.sharing import lasting_fact
from apps.delivery.targets import TARGETS, base, described
from apps.lockss.delivery import Surface
from apps.lockss.openurl import Candidate, OpenUrl, OpenUrlFinding, parse_openurl
from apps.lockss.replay import lasting_path, lasting_path_of_doi


@require_safe
@role_required()
def openurl(request: HttpRequest) -> HttpResponse:
    """``?q=…`` or the fields: what this person is led to, and how it was found."""
    asked = any(request.GET.get(key, "").strip() for key in ("q", *FIELDS))
    form = AskForm(request.GET) if asked else AskForm()
    context = {
        "head": Head(
            gettext("Questions by OpenURL"),
            gettext("Links of a library's resolver lead to what is preserved here."),
            trail=[Link(gettext("Node"), "/node/")],
        ),
        "form": form,
        "base": base(),
        "targets": [
            (gettext(one.label), gettext(one.help), one.lines(base()), f"/openurl/target/?for={key}")
            for key, one in TARGETS.items()
        ],
    }
    if asked and form.is_valid():
        question = parse_openurl(form.query())
        if isinstance(question, OpenUrlFinding):
            context |= {"answered": True, "refused": finding_text(question)}
        else:
            found = _found(request, question)
            wish = wish_of(request.path, request.META["QUERY_STRING"])
            if wish.format:
                return _file(arranged_file(_columns(), _rows(question, found), wish), wish.format)
            context |= _answer(question, found, wish)
    return TemplateResponse(request, "delivery/openurl.html", context)


@require_safe
@role_required()
def target(request: HttpRequest) -> HttpResponse:
    """The description for one resolver (``?for=alma`` …) as a file."""
    name = request.GET.get("for", "")
    if name not in TARGETS:
        raise BadQuery(gettext("Say which resolver: for=%s.") % ", ".join(TARGETS))
    answer = HttpResponse(described(TARGETS[name]), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="openurl-{name}.txt"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _found(request: HttpRequest, asked: OpenUrl) -> Answered:
    rooms = node_rooms()
    address = exact_address(request)
    asker = rooms.asker_of(Surface.CONTENT, str(address) if address else None, roles=request.user.roles)
    return rooms.resolve(asked, asker, now())


def _answer(asked: OpenUrl, found: Answered, wish: Wish) -> dict[str, object]:
    facts = [Fact(gettext("What was found"), level_name(found.level), found_text(asked, found))]
    if found.by is not None:
        facts.append(Fact(gettext("How it was found"), by_text(found.by)))
    if found.chosen is not None:
        by_doi = found.chosen.doi and found.chosen.doi in asked.dois
        doi_path = lasting_path_of_doi(found.chosen.doi)
        facts.append(lasting_fact(doi_path if by_doi else lasting_path(found.chosen.url)))
    rows = _rows(asked, found)
    return {
        "answered": True,
        "facts": facts,
        "understood": [Fact(label, value) for label, value in asked_facts(asked)],
        "findings": [(finding_text(one), one.field, one.found) for one in asked.findings],
        "choices": arranged(gettext("What can be chosen"), _columns(), rows, wish) if rows else None,
    }


def _columns() -> tuple[Column, ...]:
    return (
        Column("name", gettext("Article, issue or volume")),
        Column("publisher", gettext("Publisher")),
        Column("fits", gettext("How it fits")),
        Column("where", gettext("Where it can be read"), sorts=False),
    )


def _rows(asked: OpenUrl, found: Answered) -> list[Row]:
    return [
        _row(one, found, fit_text(asked, one, found))
        for one in (*found.fits, *found.others)
        if is_choice(one)
    ]


def _row(one: Candidate, found: Answered, fits: str) -> Row:
    ways, copy = ways_of(one, found.shown), found.shown.get(one.au)
    links = []
    if ways.here and copy is not None:
        at = f"/aus/{copy.slug}/open/?at={quote(_served(one.url, copy.auid), safe='')}"
        links.append(Link(gettext("Open through this library"), at))
    if ways.live:
        links.append(Link(gettext("Open at the publisher: this leaves the library"), ways.live))
    page = f"/aus/{copy.slug}/" if copy is not None else f"/titles/au/{one.au}/"
    name = name_of(one)
    return (
        Cell(name, (Link(name, page),)),
        Cell(one.publisher),
        Cell(fits),
        Cell(" ".join(link.url for link in links), tuple(links), ways.text),
    )


def _served(url: str, auid: str) -> str:
    return f"/ServeContent?url={quote(url, safe=':/')}&auid={quote(auid, safe='')}"


def _file(body: bytes, kind: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=f"{FORMATS[kind]}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="choices.{kind}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
