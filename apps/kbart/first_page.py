"""What the first page says of reports: editions that were not made, and the last ones that were."""

from django.db.models import OuterRef, Subquery
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from apps.accounts.choices import Role
from apps.common.display import count_text
from apps.common.pages import Action, Event, Need
from apps.common.parts import status_word
from apps.common.stored import retold
from apps.common.words import Tone
from apps.kbart.choices import EditionState
from apps.kbart.models import Edition
from apps.kbart.words import EDITIONS

MOST = 3
# Who tells the world what is kept here.
READERS = (Role.REPORTS,)


def needs(user) -> list[Need]:
    """Series whose newest edition was not made, for those who may open their pages."""
    if not user.has_role(Role.REPORTS, Role.LIBRARIAN, Role.NETWORK):
        return []
    newest = Edition.objects.filter(series=OuterRef("series")).order_by("-id").values("pk")[:1]
    failed = Edition.objects.filter(state=EditionState.FAILED, pk=Subquery(newest)).select_related("series")
    return [
        Need(
            status_word(EDITIONS[EditionState.FAILED]),
            row.series.label,
            page,
            retold(row.error)
            or gettext("Its newest edition was not made. The one before is still given out."),
            Action(gettext("Look"), page),
            READERS,
        )
        for row in failed.order_by("-id")[:MOST]
        for page in [f"/reports/kbart/series/{row.series_id}/"]
    ]


def events(user) -> list[Event]:
    """The last editions, for who makes reports."""
    if Role.REPORTS not in user.roles:
        return []
    rows = Edition.objects.filter(state=EditionState.DONE, made_at__isnull=False).select_related("series")
    return [
        Event(
            row.made_at,
            Tone.SAFE,
            format_html(
                gettext("{} was made."),
                format_html('<a href="/reports/kbart/editions/{}/">{}</a>', row.pk, row.series.label),
            ),
            ngettext("%s line", "%s lines", row.rows) % count_text(row.rows),
        )
        for row in rows.order_by("-id")[:MOST]
    ]
