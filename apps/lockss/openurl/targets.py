"""Where a platform keeps the page of an issue, volume or journal: its definition's ``au_feature_urls`` (metadata §5.4).

Articles are not led to by them: a number that a link resolver sends is not surely the one a platform counts by, and an
article is opened only where a page says that it is that one (docs/openurl.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from apps.lockss.openurl.choose import Level
from apps.lockss.openurl.model import Genre, OpenUrl
from apps.lockss.plugin.au import AuDefinition
from apps.lockss.urls import UrlRefusal, normalize

MOST_TARGETS = 20
"""Pages of one AU that are looked for."""
_PARTS = frozenset({Genre.ARTICLE, Genre.BOOKITEM, Genre.ISSUE})


@dataclass(frozen=True, slots=True)
class Target:
    """A page that may be held. ``manifest``: it is there for the permission statement rather than for readers."""

    url: str
    level: Level
    manifest: bool = False


def unit_targets(query: OpenUrl, made: AuDefinition) -> tuple[Target, ...]:
    """Pages of the issue that is asked for, then of the AU's volume, then where it starts; pages that carry the
    permission statement come after all others."""
    found = [_target(made, url, level) for url, level in _unit(query, made)]
    unique: dict[str, Target] = {}
    for target in found:
        unique.setdefault(target.url, target)
    return tuple(sorted(unique.values(), key=lambda target: target.manifest)[:MOST_TARGETS])


def title_targets(query: OpenUrl, made: AuDefinition) -> tuple[Target, ...]:
    """The page of the whole journal or series, and no permission page."""
    urls = dict.fromkeys(made.feature_urls("au_title", _given(query, made)))
    found = (_target(made, url, Level.TITLE) for url in urls)
    return tuple(target for target in found if not target.manifest)[:MOST_TARGETS]


def _unit(query: OpenUrl, made: AuDefinition) -> Iterator[tuple[str, Level]]:
    given = _given(query, made)
    if query.issue:
        yield from ((url, Level.ISSUE) for url in made.feature_urls("au_issue", given, one="issue"))
    yield from ((url, Level.VOLUME) for url in made.feature_urls("au_volume", given))
    yield from ((url, Level.VOLUME) for url in made.start_urls)


def _given(query: OpenUrl, made: AuDefinition) -> dict[str, str]:
    """What templates may name beside the AU's own parameters: what its title list says, and what is asked for."""
    asked = {"issue": query.issue, "volume": query.volume, "volume_name": query.volume, "year": query.year}
    return {**made.attributes, **{key: value for key, value in asked.items() if value}}


def _target(made: AuDefinition, url: str, level: Level) -> Target:
    name = normalize(url if made.normalizer is None else made.normalizer(url))
    shown = url if isinstance(name, UrlRefusal) else name
    return Target(shown, level, shown in made.permission_urls)


def asks_for_title(query: OpenUrl) -> bool:
    """Whether a whole journal or series is meant: no part of it and nothing that tells an article."""
    part = query.volume or query.issue or query.date
    item = query.article_title or query.start_page or query.item_number or query.authors or query.last_name
    named = query.dois or query.pmids or query.urls or query.isbns
    return not (part or item or named or query.genre in _PARTS)
