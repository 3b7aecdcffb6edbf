"""Which sites the lines for proxies and browsers name: those of AUs that may be shown to who asks for the lines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from apps.aus.models import Au
from apps.delivery.models import AuStem
from apps.delivery.services.lookup import verdicts
from apps.delivery.values import Asker
from apps.lockss.proxylines import Proxy, Stem, stem
from apps.titles.models_sets import TitleSet
from apps.titles.services import titles_in

# Sites that are looked at together, and AUs of one site: two of them are named, and whether there is one at all matters.
TOGETHER = 100
MOST_AUS = 20
_FIRST = """
SELECT stem, au_id FROM (
    SELECT s.stem, s.au_id, row_number() OVER (PARTITION BY s.stem ORDER BY s.name_key, s.au_id) AS place
    FROM delivery_austem s WHERE s.stem = ANY(%s) AND (%s::bigint[] IS NULL OR s.au_id = ANY(%s))
) one WHERE place <= %s ORDER BY stem, place
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the lines are for: everything, a title set, or one AU. ``aus`` None: all."""

    aus: QuerySet[Au] | None = None
    about: str = ""


def of_set(found: TitleSet) -> Scope:
    return Scope(Au.objects.filter(title__in=titles_in(found).values("pk")), found.name)


def of_au(found: Au) -> Scope:
    return Scope(Au.objects.filter(pk=found.pk), found.name)


def place(text: str) -> Proxy | None:
    """``host:port`` of a setting as the lines name it; None where there is none, or one that no file can name."""
    host, _, port = text.rpartition(":")
    try:
        return Proxy(host.lower(), int(port))
    except ValueError:
        return None


def stems(scope: Scope, asker: Asker, moment) -> Iterator[Stem]:
    """In the order of the sites, as they are found: lists are never held as a whole. Of each at most ``MOST_AUS`` AUs are
    looked at by name; where all of these are hidden the others are asked for one by one."""
    only = None if scope.aus is None else list(scope.aus.values_list("pk", flat=True))
    last = ""
    while chunk := _next(last, only):
        last = chunk[-1]
        for text, keys in _first(chunk, only):
            shown = _shown(keys, asker, moment)
            if not shown and len(keys) == MOST_AUS:
                shown = _shown_of_all(text, only, asker, moment)
            if shown and isinstance(found := _stem(text, shown), Stem):
                yield found


def _next(last: str, only: list[int] | None) -> list[str]:
    rows = AuStem.objects.filter(stem__gt=last)
    if only is not None:
        rows = rows.filter(au__in=only)
    return list(rows.order_by("stem").values_list("stem", flat=True).distinct()[:TOGETHER])


def _first(chunk: list[str], only: list[int] | None) -> Iterator[tuple[str, list[int]]]:
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, [chunk, only, only, MOST_AUS])
        rows = cursor.fetchall()
    found: dict[str, list[int]] = {}
    for text, key in rows:
        found.setdefault(text, []).append(key)
    yield from found.items()


def _shown(keys: Iterable[int], asker: Asker, moment) -> list[int]:
    keys = list(keys)
    found = verdicts(asker, keys, moment)
    return [key for key in keys if key in found and found[key].listed]


def _shown_of_all(text: str, only: list[int] | None, asker: Asker, moment) -> list[int]:
    rows = AuStem.objects.filter(stem=text).order_by("name_key", "au")
    if only is not None:
        rows = rows.filter(au__in=only)
    keys = list(rows.values_list("au", flat=True))
    for start in range(MOST_AUS, len(keys), 500):
        shown = _shown(keys[start : start + 500], asker, moment)
        if shown:
            return shown
    return []


def _stem(text: str, shown: list[int]):
    names = dict(Au.objects.filter(pk__in=shown[:2]).values_list("pk", "name"))
    return stem(f"{text}/", tuple(names[key] for key in shown[:2] if key in names), len(shown))


def about(scope: Scope) -> list[str]:
    """Lines for the head of a file."""
    node = settings.NODE
    whose = f"{node.name}, {node.public_url}/proxies/"
    return [whose, scope.about] if scope.about else [whose]
