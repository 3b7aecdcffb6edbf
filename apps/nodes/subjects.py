"""The kinds of subject whose rows lie in this room or below it, for ``common.subjects``."""

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.aus.models import (
    Au,
    CollectionRecord,
    HoldingsDecision,
    HoldingsUpload,
    Selection,
    Subscription,
)
from apps.common.models import Job
from apps.common.pages import Link
from apps.common.subjects import Found, Kind, Look, fixed, named, numbered, numbers
from apps.crawls.models import Crawl
from apps.nodes.models import Alert, YearReport
from apps.peers.models import Peer
from apps.plugins.models import PluginJar, PluginRegistry, Trial
from apps.polls.models import Poll, Repair, Vote
from apps.titles.models import ListAddress, ListImport, Publisher, TitleList, TitleSet

_SLUG = re.compile(r"[0-9a-f]{20}", re.ASCII)


def _aus(rests: set[str]) -> Found:
    """By slug, or by number where the store speaks of it."""
    slugs = {rest for rest in rests if _SLUG.fullmatch(rest)}
    pks = numbers(rests - slugs)
    found = {}
    for slug, name in Au.objects.filter(slug__in=slugs).values_list("slug", "name"):
        found[slug] = Link(name, f"/aus/{slug}/")
    for pk, slug, name in Au.objects.filter(pk__in=pks).values_list("pk", "slug", "name"):
        found[str(pk)] = Link(name, f"/aus/{slug}/")
    return found


def _peers(rests: set[str]) -> Found:
    rows = Peer.objects.filter(identity__in=rests).only("identity", "name")
    return {peer.identity: Link(str(peer), f"/peers/{peer.pk}/") for peer in rows}


def _jars(rests: set[str]) -> Found:
    rows = PluginJar.objects.filter(sha256__in=rests).values_list("sha256", "pk", "name")
    return {digest: Link(name, f"/plugins/jars/{pk}/") for digest, pk, name in rows}


def _signers(rests: set[str]) -> Found:
    return {rest: Link(gettext("signer %s") % rest[:16], "/plugins/signers/") for rest in rests}


def _holdings(rests: set[str]) -> Found:
    """An upload, or one line of it: ``number`` or ``number:line``."""
    found = {}
    uploads = numbers(rest.partition(":")[0] for rest in rests)
    there = set(HoldingsUpload.objects.filter(pk__in=uploads).values_list("pk", flat=True))
    for rest in rests:
        number, _colon, line = rest.partition(":")
        if not numbers([number]):
            continue
        said = gettext("holdings file %s") % number
        if line:
            said = gettext("line %(line)s of holdings file %(number)s") % {"line": line, "number": number}
        found[rest] = Link(said, f"/holdings/{number}/" if int(number) in there else "")
    return found


def _addresses(rests: set[str]) -> Found:
    rows = ListAddress.objects.filter(pk__in=numbers(rests)).values_list(
        "pk", "title_list", "title_list__name"
    )
    return {str(pk): Link(name, f"/lists/{title_list}/") for pk, title_list, name in rows}


def _title_lists(rests: set[str]) -> Found:
    """By name."""
    rows = TitleList.objects.filter(name__in=rests).values_list("pk", "name")
    return {name: Link(name, f"/lists/{pk}/") for pk, name in rows}


def _people(rests: set[str]) -> Found:
    """By name or, in what was recorded of somebody's own rules, by number."""
    names = dict(User.objects.filter(pk__in=numbers(rests)).values_list("pk", "username"))
    return {
        rest: Link(gettext("person %s") % (names.get(int(rest), rest) if rest.isdecimal() else rest), "")
        for rest in rests
    }


KINDS: dict[str, Look] = {
    "au": Kind(_aus, rows=Au.objects.all, names=("name",), code="slug"),
    "crawl": named(Crawl, "/crawls/", "au__name"),
    "poll": named(Poll, "/polls/", "au__name"),
    "vote": named(Vote, "/polls/votes/", "au__name"),
    "repair": named(Repair, "/repairs/", "au__name"),
    "peer": Kind(_peers, rows=Peer.objects.all, names=("name",), code="identity", number=False),
    "alert": numbered(_("alert %d"), "/alerts/", Alert),
    "job": numbered(_("job %d"), "/jobs/", Job),
    "list-import": numbered(_("import %d"), "/lists/imports/", ListImport),
    "list-address": Kind(_addresses, rows=ListAddress.objects.all, names=("title_list__name",)),
    "holdings": Kind(_holdings, said=_("holdings file %s")),
    "holdings-decision": numbered(_("holdings decision %d"), "/holdings/decisions/", HoldingsDecision),
    "subscription": numbered(_("subscription %d"), "/subscriptions/", Subscription),
    "collection": named(CollectionRecord, "/collections/"),
    "title-set": named(TitleSet, "/sets/"),
    "publisher": named(Publisher, "/publishers/"),
    "registry": named(PluginRegistry, "/plugins/registries/"),
    "plugin-registry": named(PluginRegistry, "/plugins/registries/"),
    "plugin-trial": named(Trial, "/plugins/trials/", "plugin__name"),
    "plugin-jars": fixed(_("all plugin JARs"), "/plugins/jars/"),
    "jar": Kind(_jars, rows=PluginJar.objects.all, names=("name",), code="sha256", number=False),
    # A stranger's page is reached by its own secret address, so it has no link here.
    "trial": fixed(_("a page that somebody tried")),
    "store": fixed(_("the store"), "/node/"),
    "address": lambda rests: {rest: Link(rest, "") for rest in rests},
    "title-list": _title_lists,
    "signer": Kind(_signers, said=_("signer %s")),
    "user": Kind(_people, said=_("person %s"), rows=User.objects.all, names=("username",)),
    "polls": fixed(_("polls"), "/polls/"),
    "findings": fixed(_("findings"), "/findings/"),
    "selection": numbered(_("act %d"), "/selections/", Selection),
    "year": numbered(_("report of %d"), "/report/", YearReport, "year"),
    "step": fixed(_("a step of the first visit"), "/first-steps/"),
    "oidc": fixed(_("single sign-on")),
    "plugin": lambda rests: {rest: Link(rest, f"/plugins/{rest}/") for rest in rests},
}
