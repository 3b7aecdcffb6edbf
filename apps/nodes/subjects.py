"""What jobs, findings and audit events are about, as a name with a link, for a whole page at once."""

import re
from collections.abc import Callable, Iterable

from django.utils.translation import gettext

from apps.aus.models import Au
from apps.common.pages import Link
from apps.crawls.models import Crawl
from apps.peers.models import Peer
from apps.polls.models import Poll, Repair, Vote

_SLUG = re.compile(r"[0-9a-f]{20}", re.ASCII)
Found = dict[str, Link]


def links(subjects: Iterable[str]) -> Found:
    """By subject; one that names nothing known keeps its own text and has no link."""
    by_kind: dict[str, set[str]] = {}
    for subject in subjects:
        kind, _colon, rest = subject.partition(":")
        by_kind.setdefault(kind, set()).add(rest)
    found: Found = {}
    for kind, rests in by_kind.items():
        known = _KINDS[kind](rests) if kind in _KINDS else {}
        for rest in rests:
            subject = f"{kind}:{rest}" if rest else kind
            found[subject] = known.get(rest) or Link(subject, "")
    return found


def _numbers(rests: Iterable[str]) -> list[int]:
    return [int(rest) for rest in rests if rest.isascii() and rest.isdigit() and len(rest) < 19]


def _aus(rests: set[str]) -> Found:
    """By slug, or by number where the store speaks of it."""
    slugs = {rest for rest in rests if _SLUG.fullmatch(rest)}
    numbers = _numbers(rests - slugs)
    found = {}
    for slug, name in Au.objects.filter(slug__in=slugs).values_list("slug", "name"):
        found[slug] = Link(name, f"/aus/{slug}/")
    for pk, slug, name in Au.objects.filter(pk__in=numbers).values_list("pk", "slug", "name"):
        found[str(pk)] = Link(name, f"/aus/{slug}/")
    return found


def _of_au(model, address: str) -> Callable[[set[str]], Found]:
    def look(rests: set[str]) -> Found:
        rows = model.objects.filter(pk__in=_numbers(rests)).values_list("pk", "au__name")
        return {str(pk): Link(name, f"{address}{pk}/") for pk, name in rows}

    return look


def _peers(rests: set[str]) -> Found:
    rows = Peer.objects.filter(identity__in=rests).only("identity", "name")
    return {peer.identity: Link(str(peer), f"/peers/{peer.pk}/") for peer in rows}


def _numbered(label: str, address: str) -> Callable[[set[str]], Found]:
    def look(rests: set[str]) -> Found:
        return {str(n): Link(gettext(label) % n, f"{address}{n}/") for n in _numbers(rests)}

    return look


_KINDS: dict[str, Callable[[set[str]], Found]] = {
    "au": _aus,
    "crawl": _of_au(Crawl, "/crawls/"),
    "poll": _of_au(Poll, "/polls/"),
    "vote": _of_au(Vote, "/polls/votes/"),
    "repair": _of_au(Repair, "/repairs/"),
    "peer": _peers,
    "alert": _numbered("alert %d", "/alerts/"),
    "job": _numbered("job %d", "/jobs/"),
    "agreement": _numbered("agreement %d", "/permissions/agreements/"),
    "list-import": _numbered("import %d", "/lists/imports/"),
    "selection": _numbered("act %d", "/selections/"),
    "plugin": lambda rests: {rest: Link(rest, f"/plugins/{rest}/") for rest in rests},
}
