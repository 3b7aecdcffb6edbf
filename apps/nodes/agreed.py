"""How many units of a collection have copies that agree: what the list of collections asks of this room."""

from django.db import connection

from apps.aus.services.collection_counts import OWN

_AGREED = f"""
SELECT m.record, count(*) FROM ({OWN}) m JOIN nodes_austatus st ON st.au_id = m.id
WHERE st.agreeing > 1 GROUP BY m.record
"""  # noqa: S608 - our own names


def agreed_by_record(ids: list[int]) -> dict[int, int]:
    """Ours included, at least two."""
    with connection.cursor() as cursor:
        cursor.execute(_AGREED, {"ids": ids})
        return dict(cursor.fetchall())
