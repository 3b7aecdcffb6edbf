"""Matched lines of a library's list that select nothing, each with why."""

from collections import defaultdict

from django.db import connection
from django.utils.translation import gettext

from apps.aus.models import HoldingsUpload
from apps.aus.services.proposals import MEANS, OF_LINES
from apps.common.display import count_text
from apps.titles.choices import RELEASED, Availability, availability
from apps.titles.models import ListedAu

_BARREN = f"""
SELECT l.id, l.title_id FROM aus_holdingsline l
WHERE l.upload_id = %s AND l.state = 'matched' AND NOT l.struck AND NOT EXISTS (
    SELECT 1 FROM titles_listedau a WHERE a.title_id = l.title_id AND a.status = ANY(%s) AND {MEANS})
"""  # noqa: S608 - our own names
_BY_STATUS = f"SELECT l.id, a.status, count(*) {OF_LINES} AND l.id = ANY(%s) GROUP BY l.id, a.status"


def barren_lines(upload: HoldingsUpload) -> dict[int, str]:
    """By the number of its row: why a matched line selects nothing; lines that select something are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_BARREN, [upload.pk, list(RELEASED)])
        titles = dict(cursor.fetchall())
        cursor.execute(_BY_STATUS, [upload.pk, list(titles)])
        found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for line, status, number in cursor.fetchall():
            found[line][availability(status)] += number
    listed = set(
        ListedAu.objects.filter(title__in=set(titles.values()))
        .order_by()
        .values_list("title", flat=True)
        .distinct()
    )
    return {line: _why(found.get(line), is_listed=title in listed) for line, title in titles.items()}


def _why(found: dict[str, int] | None, *, is_listed: bool) -> str:
    if found:
        how = ", ".join(
            f"{count_text(number)} {Availability(one).label}" for one, number in sorted(found.items())
        )
        return gettext("Selects nothing: no archival unit that it means is on offer (%s).") % how
    if is_listed:
        return gettext("Selects nothing: the lists name no archival unit of these years.")
    return gettext("Selects nothing: the lists name no archival unit of this title.")
