"""Which units of the lists a report is about: a scope, narrowed by publisher, title set, kind and day."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common.clock import node_zone, now
from apps.crawls.choices import CrawlKind
from apps.crawls.models import Crawl
from apps.kbart.asking import Order
from apps.kbart.choices import Kind
from apps.lockss.kbart import Scope
from apps.nodes import copies, replicas
from apps.nodes.services import standing
from apps.peers.proof_age import oldest_proof
from apps.polls.models import Poll
from apps.polls.proof import proved
from apps.titles.choices import TitleKind
from apps.titles.models import ListedAu, ListEntry, TitleSet
from apps.titles.services import narrow

# What a network offers or once offered and preserves (ruling 6); other states are never available.
AVAILABLE = ("released", "down", "finished", "superseded")


def units(order: Order) -> QuerySet[ListedAu]:
    """In no order yet."""
    rows = ListedAu.objects.order_by()
    if order.scope is Scope.AVAILABLE:
        rows = rows.filter(status__in=AVAILABLE)
        if order.since is not None:
            before = Q(added_by__isnull=True) | Q(added_by__finished_at__lt=_beginning(order.since))
            rows = rows.exclude(Exists(ListEntry.objects.filter(before, listed_au=OuterRef("pk"))))
    else:
        rows = rows.filter(pk__in=own_aus(order).values("listed_id"))
    if order.publisher is not None:
        # The one that the line names: a unit that no list names any more keeps the publisher that its title had.
        rows = rows.filter(title__publisher_id=order.publisher)
    if order.kind == Kind.SERIALS:
        rows = rows.exclude(title__kind=TitleKind.BOOK)
    elif order.kind == Kind.MONOGRAPHS:
        rows = rows.filter(Q(title__kind=TitleKind.BOOK) | ~Q(isbn="") | ~Q(eisbn=""))
    if order.institution is not None and order.scope is Scope.AVAILABLE:
        rows = rows.filter(pk__in=_held_by(order.institution, Au.objects.order_by()).values("listed_id"))
    if order.set is not None:
        rows = narrow(rows, TitleSet.objects.get(pk=order.set))
    return rows


def preserved() -> Q:
    """Filter of AUs: what the pages call preserved, and whose proof has not grown old since the scan looked."""
    return standing.preserved("standing__") & proved()


def own_aus(order: Order) -> QuerySet[Au]:
    """The AUs of this library in a scope, read off the rows that sum up their crawls and polls."""
    chosen = Au.objects.filter(state=AuState.SELECTED, listed__isnull=False).order_by()
    if order.institution is not None:
        chosen = _held_by(order.institution, chosen)
    since = None if order.since is None else _beginning(order.since)
    if order.scope is Scope.SELECTED:
        return chosen if since is None else chosen.filter(selected_at__gte=since)
    if order.scope is Scope.COLLECTED:
        chosen = chosen.filter(crawl_status__last_success_at__isnull=False)
        return chosen if since is None else chosen.exclude(_collected_before(since))
    chosen = chosen.filter(preserved())
    return chosen if since is None else chosen.exclude(_proved_before(since))


def _held_by(institution: int, aus: QuerySet[Au]) -> QuerySet[Au]:
    """Of which one of its nodes held the same as we, in all URLs, when last compared, not too long ago to prove it."""
    nodes = replicas.nodes_of(institution)
    if replicas.OURS in nodes:
        # This node is one of its own: what is here, it holds.
        return aus.filter(standing__urls__gt=0)
    alike = copies.held_alike(nodes, since=oldest_proof(now()))
    return aus.filter(Exists(alike.filter(au_key=OuterRef("pk"))))


def _beginning(day: dt.date) -> dt.datetime:
    """In the node's zone, as the days that reports name."""
    return dt.datetime.combine(day, dt.time(), node_zone())


def _collected_before(since: dt.datetime) -> Exists:
    rows = Crawl.objects.filter(kind=CrawlKind.NEW_CONTENT, outcome="complete", finished_at__lt=since)
    return Exists(rows.filter(au=OuterRef("pk")))


def _proved_before(since: dt.datetime) -> Exists:
    rows = Poll.objects.filter(quorate=True, agreement=1.0, ended_at__lt=since)
    return Exists(rows.filter(au=OuterRef("pk")))
