"""How the collections of one page stand, in a few queries for all of them; whether copies agree a room above knows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import connection

from apps.aus.models import CollectionRecord

# Publishers, titles and single units of a record are joined by the keys of three tables.
_MEMBERS = """
SELECT p.collectionrecord_id AS record, {alias}.{key} AS id FROM aus_collectionrecord_publishers p
JOIN {table} {alias} ON {alias}.publisher_id = p.publisher_id WHERE p.collectionrecord_id = ANY(%(ids)s)
UNION SELECT t.collectionrecord_id, {alias}.{key} FROM aus_collectionrecord_titles t
JOIN {table} {alias} ON {alias}.title_id = t.title_id WHERE t.collectionrecord_id = ANY(%(ids)s)
UNION SELECT u.collectionrecord_id, {alias}.{key} FROM aus_collectionrecord_listed_aus u
JOIN {table} {alias} ON {alias}.{listed} = u.listedau_id WHERE u.collectionrecord_id = ANY(%(ids)s)
"""
_LISTED = f"""
SELECT m.record, count(*) FROM ({_MEMBERS.format(table="titles_listedau", alias="l", key="id", listed="id")}) m
JOIN titles_listedau l ON l.id = m.id WHERE l.status <> '' GROUP BY m.record
"""  # noqa: S608 - our own names
OWN = _MEMBERS.format(table="aus_au", alias="a", key="key_id", listed="listed_id")
_OWN = f"""
SELECT m.record, count(*) FILTER (WHERE a.state = 'selected'),
    count(*) FILTER (WHERE s.urls > 0 AND a.state = 'selected')
FROM ({OWN}) m JOIN aus_au a ON a.key_id = m.id LEFT JOIN repository_ausummary s ON s.au_key_id = m.id
GROUP BY m.record
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Counts:
    """Units of a record. ``agreed`` None: nobody here knows."""

    listed: int = 0
    selected: int = 0
    collected: int = 0
    agreed: int | None = None


# By numbers of records: how many of their units have copies that agree.
Agreed = Callable[[list[int]], dict[int, int]]
_agreed: list[Agreed] = []


def tells_agreed(ask: Agreed) -> None:
    """A room above says of which units copies agree."""
    _agreed[:] = [ask]


def counts_of(rows: Iterable[CollectionRecord]) -> dict[int, Counts]:
    ids = [row.pk for row in rows]
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LISTED, {"ids": ids})
        listed = dict(cursor.fetchall())
        cursor.execute(_OWN, {"ids": ids})
        own = {record: (selected, collected) for record, selected, collected in cursor.fetchall()}
    agreed = _agreed[0](ids) if _agreed else None
    return {
        pk: Counts(
            listed.get(pk, 0),
            *own.get(pk, (0, 0)),
            agreed=None if agreed is None else agreed.get(pk, 0),
        )
        for pk in ids
    }
