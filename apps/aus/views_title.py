"""A title's page: what it is and was, its years in one picture, the sets it is in, and its archival units."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus import lists
from apps.aus.forms_sets import PutForm
from apps.aus.lists import issns, kind_said, unnamed
from apps.aus.looking import look_at
from apps.aus.models import Au
from apps.aus.services.collections import collections_of
from apps.aus.views import (
    Chosen,
    acts_where,
    may_select,
    reactivate_all,
    select_all,
    to_status,
    vitals,
    with_acts,
)
from apps.aus.years import drawn, years_of_title
from apps.common.lists import show_list
from apps.common.pages import Action, Fact, Head, Link
from apps.common.text import shortened
from apps.titles.choices import RELEASED, SetKind
from apps.titles.identifiers import isbn_fault, issn_digit_is_wrong
from apps.titles.lists import span_of
from apps.titles.models import ListedAu, Title, TitleList, TitleSet
from apps.titles.related import PRECEDING, are_two, now_at, related_to

MOST_ISBNS = 12
MOST_SETS = 50
MOST_LINES = 50


@require_safe
@role_required()
def title(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Title.objects.select_related("publisher"), pk=pk)
    rows = ListedAu.objects.filter(title=row)
    later = now_at(row)
    if len(later) == 1 and not are_two(row, later[0]) and not row.is_known and not rows.exists():
        # The same title under another name: undone, the address may lead here again.
        return redirect("aus:title", pk=later[0].pk)
    offered = rows.filter(status__in=RELEASED).count()
    chosen = Chosen.of(Au.objects.filter(title=row))
    here = chosen.here
    own = f"/titles/{pk}/"
    looked = look_at(rows.filter(status__in=RELEASED), offers_url=own)
    said = (kind_said(row).capitalize(), issns(row), unnamed([row]).get(pk, ""))
    identity = " · ".join(part for part in said if part)
    context = {
        "head": Head(
            row.name,
            identity,
            trail=[
                Link(gettext("Publishers"), "/publishers/"),
                Link(row.publisher.name, f"/publishers/{row.publisher_id}/"),
            ],
            actions=[
                to_status("title", pk),
                Action(gettext("Manifest page"), f"/permissions/manifest/?title={pk}"),
                *_export(request, pk, here),
                *reactivate_all(request, f"{own}choose/", chosen),
                *select_all(request, f"{own}select-all/", offered, chosen, looked.selectable),
            ],
        ),
        "title": row,
        "now_at": later,
        "vitals": vitals(row.au_count, rows, offered, here, own),
        "years": drawn(years_of_title(row)),
        "collections": collections_of(row),
        "looked": looked,
        "facts": _identity(row),
        "coverage": _coverage(row),
        "besides": [Fact(key, value) for key, value in sorted(row.attributes.items()) if key != PRECEDING],
        **_sets(request, row),
    }
    acts = acts_where(looked.selectable > 0)
    table = with_acts(request, lists.AUS_OF_TITLE, f"{own}choose/", acts)
    return show_list(request, table=table, rows=rows, template="aus/title.html", context=context)


def _export(request: HttpRequest, pk: int, here: int) -> list[Action]:
    """Offered where something of it is held, to who may have it (apps.exports.allowed)."""
    if not here or not request.user.has_role(Role.LIBRARIAN, Role.NETWORK):
        return []
    return [Action(gettext("Export"), f"/exports/new/?title={pk}")]


def _identity(row: Title) -> list[Fact]:
    """What a librarian knows a title by; a number that cannot be right says so."""
    publisher = format_html(
        '<a href="/publishers/{}/">{}</a>', row.publisher_id, shortened(row.publisher.name)
    )
    facts = [Fact(gettext("Publisher"), publisher)]
    pairs = (("ISSN", row.issn), (gettext("eISSN"), row.eissn), (gettext("ISSN-L"), row.issn_l))
    for term, number in pairs:
        if number:
            wrong = gettext("Its check digit is wrong.") if issn_digit_is_wrong(number) else ""
            facts.append(Fact(term, number, help=wrong))
    if row.isbn_keys:
        shown = ", ".join(row.isbn_keys[:MOST_ISBNS])
        more = len(row.isbn_keys) - MOST_ISBNS
        wrong = [number for number in row.isbn_keys[:MOST_ISBNS] if isbn_fault(number)]
        text = f"{shown} …" if more > 0 else shown
        said = gettext("The check digit is wrong: %s") % ", ".join(wrong) if wrong else ""
        facts.append(Fact("ISBN", text, help=said))
    related = related_to(row)
    facts += [
        Fact(term, _links(titles))
        for term, titles in (
            (ngettext("Former title", "Former titles", len(related.former)), related.former),
            (ngettext("Later title", "Later titles", len(related.later)), related.later),
        )
        if titles
    ]
    return facts


def _coverage(row: Title) -> list[Fact]:
    """What each KBART list says is provided, line by line, with the way to all that it says."""
    lines = row.coverages.filter(retired_at=None).select_related("title_list")
    told: dict[TitleList, list[SafeString]] = {}
    for line in lines.order_by("title_list__name", "title_list", "first_date", "pk")[:MOST_LINES]:
        told.setdefault(line.title_list, []).append(span_of(line).html)
    return [
        Fact(
            format_html(
                '<a href="{}">{}</a>', resolve_url("titles:list-coverage", pk=one.pk), shortened(one.name)
            ),
            format_html_join(mark_safe("<br>"), "{}", ((span,) for span in spans)),
        )
        for one, spans in told.items()
    ]


def _links(titles: tuple[Title, ...]):
    return format_html_join(
        ", ", '<a href="/titles/{}/">{}</a>', ((one.pk, shortened(one.name)) for one in titles)
    )


def _sets(request: HttpRequest, row: Title) -> dict[str, object]:
    """The sets that name it, and the way into another. Searches and tags are asked on the sets' own pages."""
    hand, of_publisher = Q(kind=SetKind.HAND), Q(kind=SetKind.PUBLISHER, publisher=row.publisher)
    named = TitleSet.objects.filter(hand & Q(members__title=row) | of_publisher)
    acting = may_select(request)
    return {
        "sets": list(named.order_by("name_key", "pk")[:MOST_SETS]),
        "acting": acting,
        "form": PutForm() if acting and row.is_known else None,
    }
