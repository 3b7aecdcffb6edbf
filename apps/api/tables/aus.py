"""The AUs of this node: ``AuIds`` and ``ArchivalUnitStatusTable``."""

from django.db.models import Count, QuerySet

from apps.api.choices import Kind
from apps.api.table import Column, Reference, StatusTable, Summary
from apps.api.tables import words
from apps.api.tables.registry import Asked, status_table
from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.nodes.choices import Tally
from apps.nodes.services.counting import number
from apps.polls.models import Poll


def selected() -> QuerySet:
    """1.x lists what is active; what somebody took out of use is found by its AUID alone."""
    return Au.objects.filter(state=AuState.SELECTED)


@status_table("AuIds", "AU Ids")
def au_ids(asked: Asked) -> StatusTable:
    return StatusTable(
        "AuIds",
        "AU Ids",
        (
            Column("AuName", "AU Name", Kind.STRING, words.au_link, order="name_key"),
            Column("AuId", "AU Id", Kind.STRING, lambda au: au.auid, order="auid"),
            Column("CrawlPool", "Crawl Pool", Kind.STRING, lambda au: au.plugin_id),
            Column("Publisher", "Publisher", Kind.STRING, lambda au: au.publisher and au.publisher.name),
            Column("Year", "Year", Kind.STRING, lambda au: (au.listed and au.listed.year) or None),
        ),
        selected().select_related("publisher", "listed"),
        order="name_key",
    )


def _with_polls(rows: list[Au]) -> list[Au]:
    polls = Poll.objects.filter(au__in=[au.pk for au in rows]).order_by()
    counted = dict(polls.values_list("au_id").annotate(n=Count("pk")))
    for au in rows:
        au.poll_count = counted.get(au.pk, 0)
    return rows


@status_table("ArchivalUnitStatusTable", "Archival Units")
def all_aus(asked: Asked) -> StatusTable:
    rows = selected().select_related("listed", "standing", "crawl_status", "poll_status", "key__summary")
    return StatusTable(
        "ArchivalUnitStatusTable",
        "Archival Units",
        COLUMNS,
        rows,
        order="name_key",
        prepare=_with_polls,
        summary=(Summary("Archival Units", Kind.INT, number(Tally.AUS)),),
    )


def _standing(au: Au, name: str) -> object:
    row = getattr(au, "standing", None)
    return getattr(row, name) if row is not None else None


def _crawl(au: Au, name: str) -> object:
    row = getattr(au, "crawl_status", None)
    return getattr(row, name) if row is not None else None


def _proof(au: Au) -> object:
    row = getattr(au, "poll_status", None)
    return row.last_complete_at if row is not None else None


def _peers(au: Au) -> Reference | None:
    """Copies of other nodes that we were compared with."""
    known = _standing(au, "known")
    return Reference("PeerVoteSummary", au.auid, known - 1) if known else None


COLUMNS = (
    Column("AuName", "Volume", Kind.STRING, words.au_link, order="name_key"),
    Column("AuSize", "Content Size", Kind.INT, lambda au: _standing(au, "size"), order="standing__size"),
    Column("DiskUsage", "Disk Usage (MB)", Kind.FLOAT, words.disk_mb),
    Column("Peers", "Peers", Kind.INT, _peers, order="standing__known"),
    Column(
        "AuPolls", "Recent Polls", Kind.INT, lambda au: Reference("V3PollerTable", au.auid, au.poll_count)
    ),
    Column("Damaged", "Status", Kind.STRING, words.standing),
    Column("AuLastPoll", "Last Poll", Kind.DATE, _proof, order="poll_status__last_complete_at"),
    Column(
        "AuLastCrawlAttempt",
        "Last Crawl Start",
        Kind.DATE,
        lambda au: _crawl(au, "last_start_at"),
        order="crawl_status__last_start_at",
    ),
    Column(
        "AuLastCrawlResultMsg",
        "Last Crawl Result",
        Kind.STRING,
        lambda au: words.crawl_result(_crawl(au, "last_outcome") or ""),
    ),
    Column(
        "AuLastCrawl",
        "Last Successful Crawl",
        Kind.DATE,
        lambda au: _crawl(au, "last_success_at"),
        order="crawl_status__last_success_at",
    ),
)
