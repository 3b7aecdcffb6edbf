"""The node itself: overview, platform, configuration, and the list of all tables."""

import dataclasses
import datetime as dt
import os

from django.conf import settings

from apps.accounts.choices import Role
from apps.api.choices import Kind
from apps.api.table import Column, Reference, StatusTable, Summary
from apps.api.tables.registry import TABLES, Asked, status_table
from apps.common.clock import now
from apps.crawls.choices import CrawlState
from apps.crawls.models import Crawl
from apps.nodes import machine
from apps.nodes.choices import Tally
from apps.nodes.services.counting import number
from apps.peers.models import Peer
from apps.polls.facts import groups
from apps.polls.models import Poll, Vote

# What programs of 1.x look for under these names; everything else stands under its own.
NAMES = {
    "lcap_identity": "org.lockss.localV3Identity",
    "name": "org.lockss.platform.fqdn",
    "lcap_groups": "org.lockss.daemonGroup",
}
OWN = "portal."


@status_table("OverviewStatus", "Overview")
def overview(asked: Asked) -> StatusTable:
    """What is asked for when no table is named."""
    crawls = Crawl.objects.filter(state=CrawlState.RUNNING).count()
    polls = Poll.objects.filter(ended_at__isnull=True).count()
    votes = Vote.objects.filter(ended_at__isnull=True).count()
    lines = (
        ("Archival Units", "ArchivalUnitStatusTable", f"{number(Tally.AUS)} active AUs"),
        ("Repository Space", "RepositorySpace", f"{number(Tally.SIZE)} bytes of content"),
        ("Crawls", "crawl_status_table", f"{crawls} active crawls"),
        ("Polls", "V3PollerTable", f"{polls} active polls"),
        ("Votes", "V3VoterTable", f"{votes} active votes"),
        ("Peers", "Identities", f"{Peer.objects.filter(enabled=True).count()} peers"),
    )
    return StatusTable(
        "OverviewStatus",
        "Overview",
        summary=[Summary(title, Kind.STRING, Reference(table, None, said)) for title, table, said in lines],
    )


@status_table("PlatformStatus", "Platform Status")
def platform(asked: Asked) -> StatusTable:
    node = settings.NODE
    return StatusTable(
        "PlatformStatus",
        "Platform Status",
        summary=(
            Summary("System Time", Kind.DATE, now()),
            Summary("Uptime", Kind.INTERVAL, dt.timedelta(seconds=machine.up_seconds())),
            Summary("Daemon Version", Kind.STRING, version()),
            Summary("Platform", Kind.STRING, machine.system()),
            Summary("Host", Kind.STRING, node.name),
            Summary("Group", Kind.STRING, ";".join(groups())),
            Summary("V3 Identity", Kind.STRING, node.lcap_identity),
            Summary("UI Port", Kind.INT, node.web_port),
            Summary("Cwd", Kind.STRING, str(node.home)),
        ),
    )


def version() -> str:
    return f"LOCKSS Portal {machine.versions()['LOCKSS Portal']}"


@status_table("ConfigStatus", "Configuration", roles=(Role.NETWORK,))
def configuration(asked: Asked) -> StatusTable:
    """Every setting that is no secret; for administrators, because paths and addresses stand in it."""
    rows = [
        (NAMES.get(field.name, OWN + field.name), _text(getattr(settings.NODE, field.name)))
        for field in dataclasses.fields(settings.NODE)
        if "key" not in field.metadata or not field.metadata["key"].secret
    ]
    return StatusTable(
        "ConfigStatus",
        "Configuration",
        (
            Column("name", "Name", Kind.STRING, lambda row: row[0]),
            Column("value", "Value", Kind.STRING, lambda row: row[1]),
        ),
        sorted(rows),
        summary=[Summary("Working directory", Kind.STRING, os.fspath(settings.NODE.home))],
    )


def _text(value: object) -> str:
    if isinstance(value, tuple | list):
        return ";".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


@status_table("table_of_all_tables", "All Tables")
def all_tables(asked: Asked) -> StatusTable:
    """Those that need no key and that the reader may open."""
    rows = [one for one in TABLES.values() if not one.needs_key and one.name not in asked.shut]
    return StatusTable(
        "table_of_all_tables",
        "All Tables",
        (Column("table", "Tables", Kind.STRING, lambda one: Reference(one.name, None, one.title)),),
        sorted(rows, key=lambda one: one.title),
    )
