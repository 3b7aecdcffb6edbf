"""One AU: ``ArchivalUnitTable`` with its URLs, and ``AuConfiguration``."""

from collections.abc import Iterator
from itertools import islice

from apps.api.choices import Kind
from apps.api.table import Column, Reference, StatusTable, Summary
from apps.api.tables import words
from apps.api.tables.registry import Asked, au_of, status_table
from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.crawls.choices import CrawlState
from apps.crawls.models import Crawl
from apps.polls.models import Poll
from apps.repository import queries
from apps.repository.choices import Order
from apps.repository.models import AuSummary
from apps.repository.values import StoredArtifact

NODES = (
    Column("NodeName", "Node Url", Kind.STRING, lambda one: one.url),
    Column(
        "NodeVersion",
        "Version",
        Kind.INT,
        lambda one: Reference(
            "FileVersions", one.auid, one.version, properties={"auid": one.auid, "url": one.url}
        ),
    ),
    Column("NodeContentSize", "Size", Kind.INT, lambda one: one.size),
)


@status_table("ArchivalUnitTable", "Archival Unit", needs_key=True)
def one_au(asked: Asked) -> StatusTable:
    au = au_of(asked.key)
    return StatusTable(
        "ArchivalUnitTable",
        au.name,
        NODES,
        _urls(au, asked),
        key=au.auid,
        summary=[*_identity(au), *_content(au), *_collected(au), *_proved(au), *_now(au), *_more(au)],
    )


def _urls(au: Au, asked: Asked) -> Iterator[StoredArtifact]:
    """Read only when they are sent."""
    if asked.number:
        rows = queries.stream_newest(au.key, Order.NAME, None)
        yield from islice(rows, asked.skip, asked.skip + asked.number)


def _identity(au: Au) -> list[Summary]:
    listed = au.listed
    attributes = listed.attributes if listed is not None else {}
    return [
        Summary("Volume", Kind.STRING, au.name),
        Summary("Journal Title", Kind.STRING, au.title and au.title.name),
        Summary("Plugin", Kind.STRING, Reference("PluginDetail", au.plugin_id, au.plugin_id)),
        Summary("Year", Kind.STRING, (listed and listed.year) or None),
        Summary("Access Type", Kind.STRING, attributes.get("rights")),
        Summary("Publisher", Kind.STRING, au.publisher and au.publisher.name),
    ]


def _content(au: Au) -> list[Summary]:
    summary = AuSummary.objects.filter(pk=au.pk).first() or AuSummary()
    crawled = getattr(au, "crawl_status", None)
    return [
        Summary("Content Size", Kind.INT, summary.current_size),
        Summary("Disk Usage (MB)", Kind.FLOAT, round(summary.disk_size / words.MB, 1)),
        Summary("Status", Kind.STRING, words.standing(au)),
        Summary("Available From Publisher", Kind.STRING, words.available(au)),
        Summary("Has Substance", Kind.STRING, words.substance(crawled.substance if crawled else "")),
        Summary("Created", Kind.DATE, au.selected_at),
        Summary("Crawl Pool", Kind.STRING, au.plugin_id),
    ]


def _collected(au: Au) -> list[Summary]:
    row = getattr(au, "crawl_status", None)
    if row is None:
        return [Summary("Last Completed Crawl", Kind.DATE, -1)]
    return [
        Summary("Last Completed Crawl", Kind.DATE, row.last_success_at or -1),
        Summary("Last Crawl", Kind.DATE, row.last_start_at or -1),
        Summary("Last Crawl Result", Kind.STRING, words.crawl_result(row.last_outcome)),
    ]


def _proved(au: Au) -> list[Summary]:
    row = getattr(au, "poll_status", None)
    if row is None:
        return [Summary("Last Completed Poll", Kind.DATE, -1)]
    return [
        Summary("Last Completed Poll", Kind.DATE, row.last_complete_at or -1),
        Summary("Last Poll", Kind.DATE, row.last_start_at or -1),
        Summary("Last Poll Result", Kind.STRING, words.poll_word(row.last_status)),
        Summary("Most recent poll", Kind.AGREEMENT, row.agreement),
    ]


def _now(au: Au) -> list[Summary]:
    """What is being done with it at this moment, as 1.x calls it."""
    doing = []
    if au.state == AuState.DEACTIVATED:
        doing.append("Inactive")
    if Crawl.objects.filter(au=au, state=CrawlState.RUNNING).exists():
        doing.append("Crawling")
    if Poll.objects.filter(au=au, ended_at__isnull=True).exists():
        doing.append("Polling")
    return [Summary("Current Activity", Kind.STRING, ", ".join(doing) or None)]


def _more(au: Au) -> list[Summary]:
    """The tables that tell more of it."""
    links = (
        ("AU configuration", "AuConfiguration"),
        ("Repair candidates", "PeerRepair"),
        ("Peer agreements", "PeerAgreement"),
        ("Suspect versions", "SuspectVersions"),
    )
    return [Summary(words_, Kind.STRING, Reference(table, au.auid, words_)) for words_, table in links]


@status_table("AuConfiguration", "AU Configuration", needs_key=True)
def configuration(asked: Asked) -> StatusTable:
    au = au_of(asked.key)
    rows = [("Def", key, value) for key, value in sorted(au.params.items())]
    rows += [("NonDef", key, value) for key, value in sorted(au.other_params.items())]
    return StatusTable(
        "AuConfiguration",
        f"Configuration of {au.name}",
        (
            Column("type", "Type", Kind.STRING, lambda row: row[0]),
            Column("key", "Key", Kind.STRING, lambda row: row[1]),
            Column("val", "Value", Kind.STRING, lambda row: str(row[2])),
        ),
        rows,
        key=au.auid,
        summary=[
            Summary("Volume", Kind.STRING, words.au_link(au)),
            Summary("Plugin", Kind.STRING, au.plugin_id),
        ],
    )
