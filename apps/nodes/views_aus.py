"""The AUs of this node: all of them, and one with its whole story and what may be done with it."""

import datetime as dt
from dataclasses import replace

from django.db.models import OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus.models import Au
from apps.aus.services import reactivate_aus
from apps.common import notices
from apps.common.errors import BadQuery
from apps.common.htmx import for_htmx, wanted_part
from apps.common.lists import show_list
from apps.common.pages import Action, Event, Head, Link
from apps.common.stored import retold
from apps.common.words import Tone
from apps.delivery.services.told import with_said
from apps.exports.allowed import EXPORTERS
from apps.nodes import au_facts, au_page, au_panels
from apps.nodes.au_wanted import wanted
from apps.nodes.choices import AuWord
from apps.nodes.errors import ActRefused
from apps.nodes.last_polls import last_polls
from apps.nodes.lists import AUS, SHOWN, WRITTEN
from apps.nodes.models import AuStatus
from apps.nodes.services import acts, refreshing
from apps.nodes.story import older_address, story
from apps.permissions.services import agreed_terms, agreements_of
from apps.polls.filtered import filtered_sentence
from apps.polls.words import TERMS
from apps.repository.models import AuSummary

# What only searches and imports need of a title and its publisher.
SEARCHED = ("name_key", "trigrams", "created_at", "updated_at", "made_by")
UNSHOWN = (
    *(f"title__{name}" for name in (*SEARCHED, "signatures", "isbn_keys", "identity", "known_as")),
    *(f"publisher__{name}" for name in SEARCHED),
    *(f"listed__{name}" for name in ("name_key", "isbn_keys", "auid")),
)


@require_safe
@role_required()
def aus(request: HttpRequest) -> HttpResponse:
    refreshing.catch_up_permissions()
    may = request.user.has_role(Role.LIBRARIAN)
    moving = (Action(gettext("Exports"), "/exports/"), Action(gettext("Imports"), "/imports/"))
    exports = moving if request.user.has_role(*EXPORTERS) else ()
    head = Head(
        gettext("Archival units"),
        gettext("What this library has chosen, and how safe each of it is."),
        actions=[*exports, *([Action(gettext("Choose content"), "/titles/", primary=True)] if may else [])],
    )
    rows = AuStatus.objects.select_related("au__publisher").only(*SHOWN)
    if "format" in request.GET:
        rows = rows.select_related("au__publisher", "au__title", "au__listed").only(*WRITTEN)
    return show_list(request, table=AUS, rows=rows, template="nodes/list_page.html", context={"head": head})


def the_au(slug: str) -> Au:
    """With what its page asks of it; Http404."""
    # Two tables more and the planner thinks for longer than it takes to ask for them.
    rows = Au.objects.select_related("title", "publisher", "listed")
    return get_object_or_404(rows.defer(*UNSHOWN), slug=slug)


@require_safe
@role_required()
@for_htmx({"au-now": "nodes/au_now.html"})
def au(request: HttpRequest, slug: str) -> HttpResponse:
    row = with_said(the_au(slug))
    agreements = agreements_of(row)
    status = refreshing.current(row)
    summary = AuSummary.objects.annotate(files=au_page.files_of(OuterRef("pk"))).filter(pk=row.pk).first()
    damaged = au_page.is_damaged(summary)
    told = story(row, before=_before(request), imports_linked=request.user.has_role(*EXPORTERS))
    polls = last_polls(row, told.polls, more=told.more_polls)
    going = au_page.going_on(row, busy=status.busy)
    agrees = au_panels.agrees(
        row,
        damaged=damaged,
        damage_at=summary.last_damage_at if summary is not None else None,
        wrong=status.word == AuWord.DIFFERS,
    )
    busy, waits = status.busy or bool(going), wanted(row, block=status.block, damaged=damaged)
    live = busy or bool(waits)
    context = {
        "au": row,
        "head": au_page.head(request, row, block=status.block, damaged=damaged),
        "state": au_page.state_line(status),
        "busy": busy,
        "live": live,
        # Only a part that was live asks for itself: it says that the story below is older than what it shows.
        "over": not live and wanted_part(request) == "au-now",
        "vitals": au_page.vitals(row, status, summary, polls),
        "going": going,
        "terms": () if status.agreement is None else TERMS,
        "wanted": waits,
        "agrees": agrees,
        "filtered": filtered_sentence(row) if agrees.items else "",
        "dispute": au_panels.dispute(row, polls.quorate),
        # Why it is blocked stands at the top: what tried it since says only that.
        "events": _without(told.events, retold(status.block_reason)),
        "older": older_address(told.older) if told.older else "",
        "is_older": "before" in request.GET,
        "permission": au_panels.permission(
            row, status, agreements=agreements, enters=request.user.has_role(Role.NETWORK)
        ),
        "facts": au_facts.about(row, summary, block=status.block, terms=agreed_terms(agreements)),
    }
    return TemplateResponse(request, "nodes/au.html", context)


def _without(events: list[Event], said: str) -> list[Event]:
    return [replace(one, detail="") if said and one.detail == said else one for one in events]


def _before(request: HttpRequest) -> dt.datetime | None:
    text = request.GET.get("before", "")
    if not text:
        return None
    try:
        found = parse_datetime(text)
        # The database knows no zones beyond 15:59, and no year before the first.
        found = found.astimezone(dt.UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise BadQuery(gettext("“before” is a moment with its zone, such as 2026-11-21T06:12:00+00:00."))
    return found


@require_POST
@role_required(Role.LIBRARIAN)
def crawl_now(request: HttpRequest, slug: str) -> HttpResponse:
    row = the_au(slug)
    status = refreshing.current(row)
    if status.block:
        said = gettext(
            "The publisher's permission page of %s is read again at the next scan, in its turn. If it permits, the "
            "archival unit is collected."
        )
    else:
        said = gettext("%s is collected at the next scan, in its turn and at the publisher's pace.")
    said %= row.name
    return _acted(request, row, acts.crawl_now, said)


@require_POST
@role_required(Role.LIBRARIAN)
def poll_now(request: HttpRequest, slug: str) -> HttpResponse:
    row = the_au(slug)
    return _acted(request, row, acts.poll_now, gettext("A poll on %s is called at the next scan.") % row.name)


def _acted(request: HttpRequest, row: Au, act, said: str) -> HttpResponse:
    try:
        act(au=row, by=request.user)
    except ActRefused as error:
        notices.leave(request, error.message, tone=Tone.CARE)
    else:
        notices.leave(request, said)
    return HttpResponseRedirect(f"/aus/{row.slug}/")


@require_POST
@role_required(Role.LIBRARIAN)
def reactivate(request: HttpRequest, slug: str) -> HttpResponse:
    row = the_au(slug)
    reactivate_aus(user=request.user, au_keys=[row.pk])
    refreshing.refresh(keys=[row.pk])
    status = refreshing.current(row)
    if status.block:
        said = gettext("%(name)s is active again, but is not collected: %(reason)s")
        told = said % {"name": row.name, "reason": retold(status.block_reason)}
        notices.leave(request, told, tone=Tone.CARE)
    else:
        notices.leave(request, gettext("%s is collected and proved again.") % row.name)
    return HttpResponseRedirect(f"/aus/{slug}/")


def trail_of(row: Au) -> list[Link]:
    return [Link(gettext("Archival units"), "/aus/"), Link(row.name, f"/aus/{row.slug}/")]
