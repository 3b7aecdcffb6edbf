"""The network's page, how many copies there are of what, and what this node could take."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus.choices import SelectionAction
from apps.aus.choosing import ask_first
from apps.aus.looking import LOOK, LOOK_LABEL, look_page
from apps.aus.views import with_acts
from apps.aus.views_acts import begin
from apps.common.display import count_text
from apps.common.errors import BadQuery
from apps.common.lists import Table, chosen_rows, show_list
from apps.common.pages import Action, Head, Link
from apps.network import lists_copies, overview, taking
from apps.network.choices import Difference
from apps.network.lists import different
from apps.network.matrix import grid
from apps.network.models import Member
from apps.network.views import LIST, trail
from apps.nodes.choices import AuWord, word_key
from apps.nodes.home import node_copies
from apps.nodes.services import counting

TAKE_PAGE = "/network/take/"


@require_safe
@role_required()
def network(request: HttpRequest) -> HttpResponse:
    numbers = counting.numbers()
    actions = [
        Action(gettext("Members"), "/network/members/"),
        Action(gettext("Copies"), "/network/copies/"),
        Action(gettext("What we could take"), TAKE_PAGE),
        Action(gettext("Peers"), "/peers/"),
    ]
    if request.user.has_role(Role.NETWORK):
        actions.append(Action(gettext("Enter a member"), "/network/members/new/", primary=True))
    context = {
        "head": Head(
            settings.NODE.network_name or gettext("Network"),
            overview.identity_line(numbers),
            actions=actions,
        ),
        "vitals": overview.vitals(numbers),
        "grid": grid(),
        "copies": node_copies(numbers),
        "left_out": sum(numbers.get(word_key(word), 0) for word in (AuWord.DAMAGED, AuWord.DIFFERS)),
        # What no member has entered yet contradicts nobody.
        "unclaimed": different().filter(difference=Difference.UNCLAIMED).count(),
        "differences": different().exclude(difference=Difference.UNCLAIMED).count(),
        "members": Member.objects.exists(),
        "may_write": request.user.has_role(Role.NETWORK),
    }
    return show_list(
        request,
        table=overview.NODES,
        rows=overview.nodes(),
        template="network/network.html",
        context=context,
    )


def _copies_page(request: HttpRequest, table: Table, rows, title: str, identity: str) -> HttpResponse:
    actions = [
        Action(gettext("By archival unit"), "/network/copies/"),
        Action(gettext("By title"), "/network/copies/titles/?few=yes"),
        Action(gettext("By publisher"), "/network/copies/publishers/?few=yes"),
    ]
    head = Head(
        title,
        identity,
        trail=trail()[:1],
        actions=[one for one in actions if one.url.partition("?")[0] != request.path],
    )
    return show_list(request, table=table, rows=rows, template=LIST, context={"head": head})


@require_safe
@role_required()
def copies(request: HttpRequest) -> HttpResponse:
    said = gettext("How many copies agree, the fewest first. Nodes of one institution are one replica.")
    if lacking := overview.uncollected_line(counting.numbers()):
        said = format_html("{} {}", said, lacking)
    return _copies_page(
        request, lists_copies.COPIES_TABLE, lists_copies.collected(), gettext("Copies in the network"), said
    )


@require_safe
@role_required()
def copies_titles(request: HttpRequest) -> HttpResponse:
    said = gettext("Too few are fewer than %s copies that agree.") % count_text(lists_copies.enough())
    return _copies_page(
        request, lists_copies.TITLES_TABLE, lists_copies.titles(), gettext("Copies by title"), said
    )


@require_safe
@role_required()
def copies_publishers(request: HttpRequest) -> HttpResponse:
    said = gettext("Too few are fewer than %s copies that agree.") % count_text(lists_copies.enough())
    return _copies_page(
        request,
        lists_copies.PUBLISHERS_TABLE,
        lists_copies.publishers(),
        gettext("Copies by publisher"),
        said,
    )


@require_safe
@role_required()
def take(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("What this node could take"),
        taking.sentence(lists_copies.enough()),
        trail=trail()[:1],
    )
    acts = ((SelectionAction.SELECT, _("Select")), (LOOK, LOOK_LABEL))
    table = with_acts(request, taking.TAKE, f"{TAKE_PAGE}choose/", acts)
    return show_list(request, table=table, rows=taking.takeable(), template=LIST, context={"head": head})


@require_POST
@role_required(Role.LIBRARIAN)
def take_choose(request: HttpRequest) -> HttpResponse:
    """The ticked ones, or all that match, into the one act of selecting."""
    rows = chosen_rows(request.POST, taking.TAKE, taking.takeable())
    where = [Link(gettext("What this node could take"), TAKE_PAGE)]
    if request.POST.get("action") == LOOK:
        return look_page(request, rows, back=TAKE_PAGE, trail=where)
    if request.POST.get("action") != SelectionAction.SELECT:
        raise BadQuery(gettext("Which act was meant is not known."))
    action = SelectionAction.SELECT
    page = ask_first(request, shown=rows, units=rows, action=action, back=TAKE_PAGE)
    return page or begin(request, rows, {"kind": "ticked", "of": "network"}, TAKE_PAGE, action)
