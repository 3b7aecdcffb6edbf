"""The newest versions of one AU as a tree by host and path: one level at a time, by the index of names alone.

A level is walked from name to name: what lies in a folder is stepped over by one look-up, never read. Names are what
the index holds of a URL, its first 200 characters; a folder whose mark lies behind them is shown as a cut name.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.db import connection

# Rows of a level at once, and how many URLs of a folder are counted before it is said that there are more.
ROWS = 50
COUNTED = 1_000
NAMED = 200
_NAME = 'left(a.url, 200) COLLATE "C"'
_FROM = "FROM repository_artifact a WHERE a.au_key_id = %s AND a.is_current"
_WALK = f"SELECT left(a.url, 200), a.url, a.size, a.state {_FROM} AND {_NAME} >= %s"
_TALLY = f"""
SELECT f.n, count(x.size), coalesce(sum(x.size), 0)
FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY f(low, high, n)
CROSS JOIN LATERAL (SELECT a.size {_FROM} AND {_NAME} >= f.low AND {_NAME} < f.high LIMIT {COUNTED + 1}) x
GROUP BY f.n
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Branch:
    """A folder that can be gone into, a URL, or several URLs that begin alike for longer than the index holds (``cut``).

    ``name``: where it begins; ``url``: its first URL. ``urls``, ``size`` (bytes): of ``COUNTED`` where there are
    ``more``. ``state``: of a URL alone.
    """

    name: str
    url: str
    label: str
    size: int
    state: str
    folder: bool = False
    cut: bool = False
    urls: int = 1
    more: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """``after``: where the next page of this level begins; empty: this is the last."""

    branches: tuple[Branch, ...]
    after: str = ""


def level(au_key: int, inside: str = "", after: str = "") -> Level:
    """What lies directly in the folder ``inside`` ("" is the root, with its hosts), in byte order of the names.

    At most ``2 × ROWS`` look-ups, and ``COUNTED`` rows for each folder of the page.
    """
    found: list[Branch] = []
    for branch in _walk(au_key, inside, max(inside, after)):
        if len(found) == ROWS:
            return Level(_counted(au_key, found), branch.name)
        found.append(branch)
    return Level(_counted(au_key, found))


def is_folder(name: str) -> bool:
    """Whether ``name`` is spelt as the folders here are; "" is the root."""
    return not name or (name.endswith("/") and len(name) <= NAMED and not {"?", "\0"} & set(name))


def folder_of(name: str, inside: str) -> str:
    """The folder directly in ``inside`` in which ``name`` lies; empty: none. A query is no path."""
    start = len(inside)
    if not inside:
        scheme = name.find("://")
        start = scheme + 3 if scheme >= 0 else 0
    slash, query = name.find("/", start), name.find("?", start)
    return name[: slash + 1] if slash >= 0 and (query < 0 or slash < query) else ""


def folders_to(inside: str) -> list[str]:
    """The folders around ``inside``, the host first, itself last."""
    found: list[str] = []
    while inside and (folder := folder_of(inside, found[-1] if found else "")):
        found.append(folder)
    return found


def _behind(name: str, *, folder: bool) -> str:
    """Before every name that follows it in byte order, and behind all that lie in it."""
    return name[:-1] + chr(ord("/") + 1) if folder else name + "\1"


def _walk(au_key: int, inside: str, begin: str) -> Iterator[Branch]:
    """What lies in a level from ``begin`` on; folders and cut names are not counted yet."""
    while True:
        rows, last, folder = _names(au_key, inside, begin), "", ""
        for name, url, size, state in rows:
            folder = folder_of(name, inside)
            if (folder or name) == last:
                continue
            last = folder or name
            label = (last if folder else url)[len(inside) :] or url
            yield Branch(last, url, label, size, state, bool(folder), not folder and len(name) == NAMED)
        if len(rows) <= ROWS:
            return
        begin = _behind(last, folder=bool(folder))


def _names(au_key: int, inside: str, begin: str) -> list[tuple]:
    sql, params = _WALK, [au_key, begin]
    if inside:
        sql, params = f"{sql} AND {_NAME} < %s", [*params, _behind(inside, folder=True)]
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY {_NAME} LIMIT {ROWS + 1}", params)
        return cursor.fetchall()


def _counted(au_key: int, branches: list[Branch]) -> tuple[Branch, ...]:
    """With how many URLs and bytes are in each, all asked at once."""
    many = [n for n, branch in enumerate(branches) if branch.folder or branch.cut]
    low = [branches[n].name for n in many]
    high = [_behind(branches[n].name, folder=branches[n].folder) for n in many]
    with connection.cursor() as cursor:
        cursor.execute(_TALLY, [low, high, au_key])
        for number, urls, size in cursor.fetchall():
            place = many[number - 1]
            more = urls > COUNTED
            branches[place] = replace(
                branches[place],
                urls=min(urls, COUNTED),
                size=int(size),
                more=more,
                cut=branches[place].cut and urls > 1,
            )
    return tuple(branches)
