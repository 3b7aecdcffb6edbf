"""Where a URL is held that an auditor's choice of AU or day missed, as far as this auditor may know."""

import datetime as dt

from apps.aus.models import Au
from apps.common.clock import node_zone
from apps.delivery.proxy.values import Elsewhere, Place, Who
from apps.delivery.services import lookup
from apps.delivery.values import Asker, Copy
from apps.lockss.delivery.verdict import Access
from apps.repository.values import StoredArtifact

# AUs that a page names; a style sheet of a platform may lie in ten thousand.
MOST_PLACES = 10


def told(url: str, who: Who, asker: Asker, moment: dt.datetime) -> Elsewhere:
    """Asks the database."""
    by_au: dict[str, list[tuple[Copy, StoredArtifact]]] = {}
    for copy, artifact in lookup.versions(url, asker, moment):
        by_au.setdefault(copy.slug, []).append((copy, artifact))
    # The chosen AU first: another day of it is nearer than another AU.
    order = sorted(by_au, key=lambda slug: (slug != who.slug, by_au[slug][0][0].name, slug))
    places = tuple(_place(by_au[slug], who) for slug in order[:MOST_PLACES])
    return Elsewhere(_name(who, asker, moment), places)


def _name(who: Who, asker: Asker, moment: dt.datetime) -> str:
    row = Au.objects.filter(slug=who.slug).values_list("pk", "name").first() if who.slug else None
    if row is None:
        return ""
    verdict = lookup.verdicts(asker, [row[0]], moment).get(row[0])
    # What is hidden from the auditor is not named either.
    return row[1] if verdict is not None and verdict.access is not Access.HIDDEN else ""


def _place(versions: list[tuple[Copy, StoredArtifact]], who: Who) -> Place:
    """The newest copy up to the chosen day; where all are younger, the first of them."""
    copy = versions[0][0]
    days = [artifact.collected_at.astimezone(node_zone()).date() for _copy, artifact in versions]
    if who.day is None:
        return Place(copy.slug, copy.name, days[-1])
    until = [day for day in days if day <= who.day]
    return (
        Place(copy.slug, copy.name, until[-1], who.day)
        if until
        else Place(copy.slug, copy.name, days[0], days[0])
    )
