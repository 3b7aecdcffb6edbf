"""What may not be collected and why, grouped by cause; beside it the written agreements."""

from dataclasses import dataclass

from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import notices
from apps.common.display import count_text
from apps.common.errors import BadQuery
from apps.common.lists import Column, Page, cells, show_list, small_list
from apps.common.pages import Action, Empty, Head
from apps.nodes.choices import Block
from apps.nodes.models import AuStatus
from apps.nodes.services import acts
from apps.permissions.lists import AGREEMENTS
from apps.permissions.models import PublisherAgreement

MOST_GROUPS = 50


@dataclass(frozen=True, slots=True)
class Group:
    """AUs of one publisher that one cause blocks; ``sentence`` is that of one of them."""

    block: str
    publisher_id: int | None
    publisher: str
    number: int
    sentence: str

    @property
    def url(self) -> str:
        publisher = f"&publisher={self.publisher_id}" if self.publisher_id else ""
        return f"/aus/?block={self.block}{publisher}"


def groups() -> list[Group]:
    """The largest ones first."""
    found = list(
        AuStatus.objects.exclude(block="")
        .order_by()
        .values("block", "au__publisher", "au__publisher__name")
        .annotate(n=Count("pk"), example=Max("pk"))
        .order_by("-n", "block")[:MOST_GROUPS]
    )
    sentences = dict(
        AuStatus.objects.filter(pk__in=[one["example"] for one in found]).values_list("pk", "block_reason")
    )
    return [
        Group(
            one["block"],
            one["au__publisher"],
            one["au__publisher__name"] or gettext("an unknown publisher"),
            one["n"],
            sentences.get(one["example"], ""),
        )
        for one in found
    ]


def _groups_list(rows: list[Group]) -> Page:
    return small_list(
        "blocked",
        gettext("Not collected"),
        (
            Column("publisher", _("Publisher"), lambda one: cells.link(one.publisher, one.url)),
            Column("cause", _("Cause"), lambda one: str(Block(one.block).label)),
            Column("number", _("Archival units"), lambda one: cells.count(one.number, one.url), numeric=True),
            Column("sentence", _("For example"), lambda one: one.sentence, priority=2),
        ),
        rows,
        empty=Empty(
            gettext("Everything chosen may be collected"),
            gettext(
                "An archival unit whose publisher does not permit it, or whose platform is unknown, is told here."
            ),
        ),
    )


@require_safe
@role_required()
def permissions(request: HttpRequest) -> HttpResponse:
    actions, rows = [Action(gettext("All agreements"), "/permissions/agreements/")], groups()
    if rows and request.user.has_role(Role.LIBRARIAN):
        actions.append(Action(gettext("Ask all again"), "/permissions/ask/", post=True))
    if request.user.has_role(Role.NETWORK):
        actions.append(Action(gettext("Enter an agreement"), "/permissions/agreements/new/", primary=True))
    head = Head(
        gettext("Permissions"),
        gettext(
            "What publishers permit, on their sites and in writing. Losing permission never deletes anything."
        ),
        actions=actions,
    )
    context = {"head": head, "blocked": _groups_list(rows)}
    agreements = PublisherAgreement.objects.select_related("publisher")
    return show_list(
        request, table=AGREEMENTS, rows=agreements, template="nodes/permissions.html", context=context
    )


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
    notices.leave(request, said % count_text(n))
    return HttpResponseRedirect("/permissions/")
