"""What stands one click behind the page of an AU: comparisons, votes, damaged versions."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.common.display import day_text
from apps.common.lists import show_list
from apps.common.pages import Head
from apps.nodes.lists_au import COMPARISONS, VOTERS, suspect_of, suspects, votes_on
from apps.nodes.views_aus import the_au, trail_of
from apps.peers.models import Agreement
from apps.repository.models import AuSummary

LIST = "nodes/list_page.html"


@require_safe
@role_required()
def agreements(request: HttpRequest, slug: str) -> HttpResponse:
    au = the_au(slug)
    said = gettext("How far each peer's copy agreed, in each kind of poll: last, and at best.")
    summary = AuSummary.objects.filter(pk=au.pk).first()
    if summary is not None and summary.last_damage_at is not None:
        found = gettext(
            "Damage was found here on %s: what was compared before says nothing of the copy of now."
        )
        said = f"{said} {found % day_text(summary.last_damage_at)}"
    head = Head(gettext("Every comparison"), said, trail=trail_of(au))
    rows = Agreement.objects.filter(au_key=au.pk).select_related("peer", "au_key__summary")
    return show_list(request, table=COMPARISONS, rows=rows, template=LIST, context={"head": head})


@require_safe
@role_required()
def votes(request: HttpRequest, slug: str) -> HttpResponse:
    au = the_au(slug)
    head = Head(
        gettext("How each peer voted"),
        gettext("From this node's polls on it that are kept."),
        trail=trail_of(au),
    )
    return show_list(request, table=VOTERS, rows=votes_on(au), template=LIST, context={"head": head})


@require_safe
@role_required()
def suspect(request: HttpRequest, slug: str) -> HttpResponse:
    au = the_au(slug)
    head = Head(
        gettext("Damaged or missing versions"),
        gettext(
            "Of any age. They are kept as evidence and left out of votes; a newer good one takes their place."
        ),
        trail=trail_of(au),
    )
    return show_list(request, table=suspects(au), rows=suspect_of(au), template=LIST, context={"head": head})
