"""Keeps AUs in step with what title lists say of them: name, title, publisher; and finds the list's row of an AU."""

import datetime as dt

from django.db import connection

from apps.common.clock import now
from apps.titles.models import ListImport
from apps.titles.services import know_held

# What was selected before a list named it (a rebuilt node) gets its row here; names follow the list.
_LINK = """
UPDATE aus_au a SET listed_id = l.id FROM titles_listedau l WHERE a.listed_id IS NULL AND l.auid = a.auid
"""
_FOLLOW = """
UPDATE aus_au a SET title_id = l.title_id, publisher_id = l.publisher_id, name = l.name, name_key = l.name_key,
    updated_at = %(now)s
FROM titles_listedau l
WHERE a.listed_id = l.id AND
    (a.title_id, a.publisher_id, a.name) IS DISTINCT FROM (l.title_id, l.publisher_id, l.name)
"""


def follow_lists(*, recent: dt.timedelta | None = dt.timedelta(days=1)) -> int:
    """How many AUs were brought in step. Does nothing where no list was read within ``recent``; None: always."""
    if recent is not None and not ListImport.objects.filter(finished_at__gt=now() - recent).exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_LINK)
        cursor.execute(_FOLLOW, {"now": now()})
        followed = cursor.rowcount
    know_held(at=now())
    return followed
