"""What jobs, findings and audit events are about, as a name with a link, for a whole page at once."""

import re
from collections.abc import Callable, Iterable

from django.utils.translation import gettext

from apps.aus.models import Au, CollectionRecord
from apps.common.pages import Link
from apps.crawls.models import Crawl
from apps.peers.models import Peer
from apps.plugins.models import PluginJar, PluginRegistry, Trial
from apps.polls.models import Poll, Repair, Vote
from apps.titles.models import ListAddress, Publisher, TitleSet

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


def _jars(rests: set[str]) -> Found:
    rows = PluginJar.objects.filter(sha256__in=rests).values_list("sha256", "pk", "name")
    return {digest: Link(name, f"/plugins/jars/{pk}/") for digest, pk, name in rows}


def _plugin_trials(rests: set[str]) -> Found:
    rows = Trial.objects.filter(pk__in=_numbers(rests)).values_list("pk", "plugin__name")
    return {str(pk): Link(name, f"/plugins/trials/{pk}/") for pk, name in rows}


def _named(model, address: str) -> Callable[[set[str]], Found]:
    def look(rests: set[str]) -> Found:
        rows = model.objects.filter(pk__in=_numbers(rests)).values_list("pk", "name")
        return {str(pk): Link(name, f"{address}{pk}/") for pk, name in rows}

    return look


def _tried_pages(rests: set[str]) -> Found:
    """A stranger's page is reached by its own secret address, so it has no link here."""
    return {rest: Link(gettext("a page that somebody tried"), "") for rest in rests}


def _holdings(rests: set[str]) -> Found:
    """An upload, or one line of it: ``number`` or ``number:line``."""
    found = {}
    for rest in rests:
        number, _colon, line = rest.partition(":")
        if not _numbers([number]):
            continue
        said = gettext("holdings file %s") % number
        if line:
            said = gettext("line %(line)s of holdings file %(number)s") % {"line": line, "number": number}
        found[rest] = Link(said, f"/holdings/{number}/")
    return found


def _addresses(rests: set[str]) -> Found:
    rows = ListAddress.objects.filter(pk__in=_numbers(rests)).values_list(
        "pk", "title_list", "title_list__name"
    )
    return {str(pk): Link(name, f"/lists/{title_list}/") for pk, title_list, name in rows}


_KINDS: dict[str, Callable[[set[str]], Found]] = {
    "au": _aus,
    "kbart": lambda rests: {rest: Link(f"/kbart/{rest}/", "/reports/kbart/series/") for rest in rests},
    "kbart-key": lambda rests: {rest: Link(rest, "/reports/kbart/keys/") for rest in rests},
    "kbart-edition": _numbered("edition %d", "/reports/kbart/editions/"),
    "kbart-check": _numbered("judged file %d", "/reports/kbart/check/"),
    "crawl": _of_au(Crawl, "/crawls/"),
    "poll": _of_au(Poll, "/polls/"),
    "vote": _of_au(Vote, "/polls/votes/"),
    "repair": _of_au(Repair, "/repairs/"),
    "peer": _peers,
    "alert": _numbered("alert %d", "/alerts/"),
    "job": _numbered("job %d", "/jobs/"),
    "agreement": _numbered("agreement %d", "/permissions/agreements/"),
    "list-import": _numbered("import %d", "/lists/imports/"),
    "list-address": _addresses,
    "holdings": _holdings,
    "holdings-decision": _numbered("holdings decision %d", "/holdings/decisions/"),
    "subscription": _numbered("subscription %d", "/subscriptions/"),
    "collection": _named(CollectionRecord, "/collections/"),
    "title-set": _named(TitleSet, "/sets/"),
    "publisher": _named(Publisher, "/publishers/"),
    "registry": _named(PluginRegistry, "/plugins/registries/"),
    "plugin-registry": _named(PluginRegistry, "/plugins/registries/"),
    "plugin-trial": _plugin_trials,
    "plugin-jars": lambda rests: {rest: Link(gettext("all plugin JARs"), "/plugins/jars/") for rest in rests},
    "jar": _jars,
    "trial": _tried_pages,
    "store": lambda rests: {rest: Link(gettext("the store"), "/node/") for rest in rests},
    "address": lambda rests: {rest: Link(rest, "") for rest in rests},
    "title-list": lambda rests: {rest: Link(gettext("title list %s") % rest, "/lists/") for rest in rests},
    "signer": lambda rests: {
        rest: Link(gettext("signer %s") % rest[:16], "/plugins/signers/") for rest in rests
    },
    "user": lambda rests: {rest: Link(gettext("person %s") % rest, "") for rest in rests},
    "polls": lambda rests: {rest: Link(gettext("polls"), "/polls/") for rest in rests},
    "findings": lambda rests: {rest: Link(gettext("findings"), "/findings/") for rest in rests},
    "selection": _numbered("act %d", "/selections/"),
    "member": _numbered("member %d", "/network/members/"),
    "decision": _numbered("decision %d", "/network/decisions/"),
    "year": _numbered("report of %d", "/report/"),
    "step": lambda rests: {
        rest: Link(gettext("a step of the first visit"), "/first-steps/") for rest in rests
    },
    "oidc": lambda rests: {rest: Link(gettext("single sign-on"), "") for rest in rests},
    "plugin": lambda rests: {rest: Link(rest, f"/plugins/{rest}/") for rest in rests},
}
