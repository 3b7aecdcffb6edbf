"""Readings of stored bytes, of all AUs."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.common.lists import show_list
from apps.common.pages import Head, Link
from apps.nodes.lists_checks import CHECKS
from apps.nodes.lists_checks import checks as rows_of_checks


@require_safe
@role_required()
def checks(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Readings of stored bytes"),
        gettext(
            "Every version that is stored is read again and compared with its digest. Numbers are versions."
        ),
        trail=[Link(gettext("Node"), "/node/")],
    )
    rows = rows_of_checks()
    return show_list(
        request, table=CHECKS, rows=rows, template="nodes/list_page.html", context={"head": head}
    )
