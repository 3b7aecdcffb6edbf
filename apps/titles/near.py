"""What is nearly called like something that nobody is called: publishers and tags of the lists."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext
from rapidfuzz import fuzz, process

from apps.common.search import fold, matching
from apps.titles.models import ListedAu, Publisher, Title

# What a misspelt word is compared with, and how like (of 100) it has to be.
MOST_COMPARED = 20_000
NEARLY = 80
NAMED = 4
_BORNE = ~Q(attributes={})
# Keys are few and recur: those of so many rows are as good as all.
_KEYS = """
SELECT DISTINCT key FROM (
    (SELECT attributes FROM titles_title WHERE attributes <> '{}' LIMIT %(most)s)
    UNION ALL (SELECT attributes FROM titles_listedau WHERE attributes <> '{}' LIMIT %(most)s)
) AS borne, jsonb_object_keys(borne.attributes) AS key LIMIT %(most)s
"""


def near_publishers(text: str) -> list[str]:
    """Names that hold the words, else those that are nearly the same; no more than ``NAMED``."""
    # No row holds a NUL, and none may be asked for one.
    if not fold(text) or "\0" in text:
        return []
    like = Publisher.objects.filter(matching(text), title_count__gt=0).order_by("name_key")
    found = list(like.values_list("name", flat=True)[:NAMED])
    return found or _near(text, Publisher.objects.values_list("name", flat=True)[:MOST_COMPARED], fuzz.ratio)


def near_tags(key: str) -> list[str]:
    """Keys of the lists that are nearly this one, or hold it."""
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, {"most": MOST_COMPARED})
        return _near(key, [row[0] for row in cursor.fetchall()], fuzz.WRatio)


def near_values(key: str, value: str) -> list[str]:
    """Values of a key that are nearly this one."""
    found: set[str] = set()
    for model in (Title, ListedAu):
        rows = model.objects.filter(_BORNE, attributes__has_key=key)
        values = rows.order_by().values_list(KeyTextTransform(key, "attributes"), flat=True)
        found.update(one for one in values.distinct()[:MOST_COMPARED] if one)
    return _near(value, found, fuzz.WRatio)


def is_borne(key: str, value: str) -> bool:
    """Whether a title or a unit that some list names bears this tag."""
    tag = {"attributes__contains": {key: value}} if value else {"attributes__has_key": key}
    units = ListedAu.objects.filter(_BORNE, **tag).exclude(status="")
    return Title.objects.filter(_BORNE, **tag).exists() or units.exists()


def _near(text: str, names: Iterable[str], scorer) -> list[str]:
    folded = {name: fold(name) for name in names}
    ranked = process.extract(fold(text), folded, scorer=scorer, limit=NAMED, score_cutoff=NEARLY)
    return [name for _folded, _score, name in ranked]


def or_near(said: str, names: list[str]) -> str:
    """The sentence, and what may have been meant."""
    if not names:
        return said
    named = ", ".join(gettext("“%s”") % name[:200] for name in names)
    return gettext("%(said)s Did you mean %(names)s?") % {"said": said, "names": named}
