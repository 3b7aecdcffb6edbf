"""What may not be collected and why, grouped by cause; beside it the written agreements."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.acts import said as acted
from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.common import notices
from apps.common.clock import now
from apps.common.display import count_text
from apps.common.errors import BadQuery
from apps.common.lists import Column, Page, Table, cells, show_list, small_list
from apps.common.pages import Action, Empty, Head, Link, Vital
from apps.common.words import Tone
from apps.nodes import lists_permissions as lists
from apps.nodes.choices import HOPELESS, Block
from apps.nodes.models import BlockedGroup
from apps.nodes.services import acts, refreshing
from apps.permissions.choices import AgreementState
from apps.permissions.lists import AGREEMENTS, ending_within
from apps.permissions.models import PublisherAgreement
from apps.permissions.services import coming_to_an_end, renewing_themselves, standing_as, today
from apps.permissions.standing import agreement_word, renewal_note

MOST_GROUPS = 50
FEW = 8
WEEK = dt.timedelta(days=7)
# A batch takes about a second.
AGAIN_S = 3


@dataclass(frozen=True, slots=True)
class CauseBar:
    """One bar of the picture, in hundredths of the longest."""

    label: str
    number: str
    width: str
    url: str


def groups() -> list[BlockedGroup]:
    """The largest ones first."""
    return list(lists.blocked_groups().order_by("-number", "block")[:MOST_GROUPS])


def _picture() -> list[CauseBar]:
    """Causes by the archival units they hold back, the worst first."""
    found = list(
        BlockedGroup.objects.order_by().values_list("block").annotate(n=Sum("number")).order_by("-n", "block")
    )
    most = max((number for _block, number in found), default=1)
    return [
        CauseBar(
            lists.cause(block),
            count_text(number),
            f"{max(1, 100 * number / most):.1f}",
            f"/aus/?block={block}",
        )
        for block, number in found
    ]


def _ending() -> Page:
    """Agreements that end soon or ended lately, and those that renew themselves soon; the earliest last day first."""
    day = today()
    rows = (
        PublisherAgreement.objects.filter(
            coming_to_an_end() & Q(ends__lte=day + lists.SOON)
            | renewing_themselves(day + lists.SOON)
            | standing_as(AgreementState.LAPSED) & Q(ends__gte=day - lists.SOON)
        )
        .select_related("publisher")
        .order_by("ends", "pk")[:FEW]
    )
    return small_list(
        "ending",
        gettext("Agreements that end or renew themselves soon, or ended lately"),
        (
            Column(
                "name",
                pgettext_lazy("contract", "Agreement"),
                lambda row: cells.beneath(
                    cells.link(row.name, f"/permissions/agreements/{row.pk}/"), row.publisher.name
                ),
            ),
            Column("publisher", _("Publisher"), lambda row: row.publisher.name, priority=2),
            Column("ends", _("Last day"), lambda row: cells.day(row.ends, renewal_note(row))),
            Column("state", _("State"), lambda row: cells.status(agreement_word(row))),
        ),
        rows,
        empty=Empty(
            gettext("None ends or renews itself within 90 days, or ended in the last 90"),
            gettext("An agreement stands here in time to be renewed."),
        ),
    )


def _acts_of_the_week(request: HttpRequest) -> Page:
    """What was done to agreements; who did it is told to network administrators. The audit record has its own page."""
    names = (Column("who", _("Who"), lambda row: row.username or gettext("the node")),)
    rows = AuditEvent.objects.filter(at__gte=now() - WEEK, action__startswith="permissions.").order_by("-at")
    return small_list(
        "acts",
        gettext("What was done here this week"),
        (
            Column("at", _("When"), lambda row: cells.moment(row.at)),
            *(names if request.user.has_role(Role.NETWORK) else ()),
            Column("what", _("What"), lambda row: acted(row.action)),
        ),
        rows[:FEW],
        empty=Empty(
            gettext("Nothing this week"), gettext("Entering or changing an agreement is noted here.")
        ),
    )


def _vitals(blocked: int) -> list[Vital]:
    at = now()
    ending = ending_within(PublisherAgreement.objects.all(), lists.SOON.days).count()
    week = lists.changes().filter(at__gte=at - WEEK)
    lost = lists.turned(week, lists.LOST)[:1001].count()
    won = lists.turned(week, lists.WON)[:1001].count()
    since = f"{timezone.localtime(at - WEEK):%Y-%m-%d}"
    return [
        Vital(
            count_text(blocked),
            ngettext("archival unit is not collected", "archival units are not collected", blocked),
            "/permissions/blocked/",
        ),
        Vital(
            count_text(ending),
            ngettext("agreement ends within 90 days", "agreements end within 90 days", ending),
            f"/permissions/agreements/?ends={lists.SOON.days}&sort=ends",
        ),
        Vital(
            count_text(lost),
            ngettext(
                "unit of which the permission page ceased to permit this week",
                "units of which the permission page ceased to permit this week",
                lost,
            ),
            f"/permissions/changes/?since={since}&turn=lost",
        ),
        Vital(
            count_text(won),
            ngettext(
                "unit of which the permission page permits again this week",
                "units of which the permission page permits again this week",
                won,
            ),
            f"/permissions/changes/?since={since}&turn=won",
        ),
    ]


@require_safe
@role_required()
def permissions(request: HttpRequest) -> HttpResponse:
    judging = refreshing.catch_up_permissions()
    actions, rows, bars = (
        [Action(gettext("All agreements"), "/permissions/agreements/")],
        groups(),
        _picture(),
    )
    blocked = BlockedGroup.objects.aggregate(n=Sum("number"))["n"] or 0
    if any(one.block not in HOPELESS for one in rows) and request.user.has_role(Role.LIBRARIAN):
        actions.append(Action(gettext("Ask publishers again"), "/permissions/ask/", post=True))
    actions.append(Action(gettext("Serving"), "/serving/"))
    actions.append(Action(gettext("Publishers by state"), "/permissions/publishers/"))
    actions.append(Action(gettext("Try a page"), "/permissions/test/"))
    if request.user.has_role(Role.NETWORK):
        actions.append(Action(gettext("Enter an agreement"), "/permissions/agreements/new/", primary=True))
    head = Head(
        gettext("Permissions"),
        gettext(
            "What publishers permit, on their sites and in writing. Losing permission never deletes anything."
        ),
        actions=actions,
    )
    context = {
        "head": head,
        "vitals": _vitals(blocked),
        "bars": bars,
        "blocked": _worst(rows),
        "more": len(rows) > FEW,
        "ending": _ending(),
        "acts": _acts_of_the_week(request),
        "changes": _changed(),
        **_judged_again(judging),
    }
    agreements = PublisherAgreement.objects.select_related("publisher")
    return show_list(
        request, table=AGREEMENTS, rows=agreements, template="nodes/permissions.html", context=context
    )


def _worst(rows: list[BlockedGroup]) -> Page:
    table = lists.blocked_table()
    return small_list("worst", str(table.caption), table.columns, rows[:FEW], empty=table.empty)


def _changed() -> Page:
    table = lists.CHANGES
    rows = lists.changes().filter(at__gte=now() - WEEK).order_by("-at", "-pk")[:FEW]
    empty = Empty(
        gettext("Nothing has changed this week"),
        gettext(
            "When a page that permitted no longer does, or one begins to, it stands here with its evidence."
        ),
    )
    return small_list("changed", str(table.caption), table.columns, rows, empty=empty)


def _list_page(
    request: HttpRequest, table: Table, rows: QuerySet, said: str, judging: refreshing.Judging | None = None
) -> HttpResponse:
    head = Head(str(table.caption), said, trail=[Link(gettext("Permissions"), "/permissions/")])
    context = {"head": head, **_judged_again(judging)}
    return show_list(request, table=table, rows=rows, template="nodes/list_page.html", context=context)


def _judged_again(judging: refreshing.Judging | None) -> dict:
    """For what more AUs than one look judges are concerned by: the page says so and comes again."""
    if judging is None:
        return {}
    said = gettext(
        "An agreement has changed, and what it may concern is being judged again: %(done)s of %(of)s archival units so far. "
        "This page comes again by itself until all are."
    )
    return {
        "judging": said % {"done": count_text(judging.done), "of": count_text(judging.of)},
        "again": AGAIN_S,
    }


@require_safe
@role_required()
def blocked(request: HttpRequest) -> HttpResponse:
    said = gettext(
        "By publisher and cause, the largest group first. Each number leads to the archival units."
    )
    judging = refreshing.catch_up_permissions()
    return _list_page(request, lists.blocked_table(), lists.blocked_groups(), said, judging)


@require_safe
@role_required()
def publishers(request: HttpRequest) -> HttpResponse:
    said = gettext(
        "What each has agreed to in writing, and what its pages say of the archival units chosen here."
    )
    judging = refreshing.catch_up_permissions()
    return _list_page(request, lists.PUBLISHERS, lists.publishers(), said, judging)


@require_safe
@role_required()
def changes(request: HttpRequest) -> HttpResponse:
    said = gettext(
        "Pages that began or ceased to permit. Each was read at the start of a crawl. What an agreement that ended or came "
        "back changed stands with the agreement."
    )
    return _list_page(request, lists.CHANGES, lists.changes(), said)


@require_POST
@role_required(Role.LIBRARIAN)
def ask_again(request: HttpRequest) -> HttpResponse:
    """For AUs that are blocked: all, or those of one cause and publisher."""
    block, publisher = request.POST.get("block", ""), request.POST.get("publisher", "")
    if block and block not in Block.values:
        raise BadQuery(gettext("There is no such cause."))
    wanted = [
        one
        for one in groups()
        if not block or (one.block == block and str(one.publisher_id or "") == publisher)
    ]
    n = sum(
        acts.crawl_blocked_now(block=one.block, publisher_id=one.publisher_id, by=request.user)
        for one in wanted
    )
    said = ngettext(
        "%s archival unit is tried again, in its turn.",
        "%s archival units are tried again, in their turn.",
        n,
    )
    if n:
        notices.leave(request, said % count_text(n))
    else:
        said = gettext("None of these waits for an answer of a publisher's site, so nobody is asked again.")
        notices.leave(request, said, tone=Tone.CARE)
    return HttpResponseRedirect("/permissions/")
