"""Looks at a node from outside: its rows by SQL over the node's own socket, patient while anything restarts."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg.rows import namedtuple_row

from lockss_portal.conf.load import load_node
from lockss_portal.demo.layout import DemoNode
from lockss_portal.engines.node import database_settings

LOOK_EVERY_S = 0.5
# Looks at a database that does not answer, before it is given up.
PATIENCE = 120
LONGER = 3


class StepFailed(Exception):  # noqa: N818 - the demonstration's own verdict
    """A step did not come true in its time; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Content:
    """The newest version of a URL on a node."""

    sha256: str
    version: int
    state: str
    file: str
    offset: int
    length: int
    body_offset: int
    body_deflated: int
    size: int


class Eye:
    """Questions to one node."""

    def __init__(self, node: DemoNode) -> None:
        self.node = node
        # Called while the database does not answer; whoever runs the node starts again there what died.
        self.keep: Callable[[], None] = lambda: None
        settings = load_node({**os.environ, "LOCKSS_NODE": str(node.settings_file)})
        self.content_dir = Path(settings.content_dir)
        self.keys_dir = Path(settings.keys_dir)
        self.run_dir = Path(settings.run_dir)
        known = database_settings(settings)
        self._parameters = {
            "host": known["HOST"],
            "port": known.get("PORT") or None,
            "user": known["USER"],
            "dbname": known["NAME"],
            "password": known.get("PASSWORD") or None,
        }

    def rows(self, sql: str, *values: object) -> list:
        """The answer, or the last error as OperationalError when the database is away for long."""
        for attempt in range(PATIENCE):
            try:
                with psycopg.connect(
                    **self._parameters, connect_timeout=2, row_factory=namedtuple_row
                ) as connection:
                    return connection.execute(sql, values).fetchall()
            except psycopg.OperationalError:
                if attempt == PATIENCE - 1:
                    raise
                self.keep()
                time.sleep(LOOK_EVERY_S)
        return []

    def is_up(self) -> bool:
        """Whether the last migration of every app has run."""
        try:
            with psycopg.connect(**self._parameters, connect_timeout=2) as connection:
                found = connection.execute(
                    "SELECT to_regclass('polls_vote'), to_regclass('django_session')"
                ).fetchone()
                return found is not None and all(found)
        except psycopg.Error:
            return False

    def aus(self) -> dict[str, int]:
        """Names of the selected AUs with their keys."""
        return {
            r.name: r.key_id for r in self.rows("SELECT name, key_id FROM aus_au WHERE state = 'selected'")
        }

    def ways_of_selecting(self) -> dict[str, list[str]]:
        """Kind of the act → names of the AUs that it selected."""
        found = self.rows(
            "SELECT s.scope ->> 'kind' AS way, array_agg(a.name) AS names FROM aus_selectionresult r "
            "JOIN aus_selection s ON s.id = r.selection_id JOIN aus_au a ON a.key_id = r.au_id "
            "WHERE r.outcome = 'selected' GROUP BY 1"
        )
        return {row.way: row.names for row in found}

    def pulse(self) -> tuple:
        """Changes whenever the node gets on with its work."""
        return self.rows(
            "SELECT (SELECT count(*) FROM crawls_crawlurl WHERE state <> 'pending') AS urls, "
            "(SELECT max(ended_at) FROM polls_poll) AS ended, (SELECT max(id) FROM polls_poll) AS polls, "
            "(SELECT max(id) FROM polls_vote) AS votes, "
            "(SELECT count(*) FROM polls_repair WHERE ended_at IS NOT NULL) AS repairs"
        )[0]

    def crawls(self) -> list:
        """The AUs with how their last crawl ended."""
        return self.rows(
            "SELECT a.name, a.key_id, s.last_outcome, s.last_reason, s.last_success_at, s.last_end_at "
            "FROM aus_au a LEFT JOIN crawls_crawlstatus s ON s.au_id = a.key_id ORDER BY a.name"
        )

    def permissions(self) -> list:
        return self.rows(
            "SELECT a.name, p.verdict, p.reason, p.message FROM aus_au a "
            "LEFT JOIN permissions_permission p ON p.au_id = a.key_id ORDER BY a.name"
        )

    def refused_pages(self) -> list[bytes]:
        """The permission pages that refused, as they stood."""
        return [
            bytes(row.page)
            for row in self.rows(
                "SELECT e.page FROM permissions_permission p JOIN permissions_evidence e ON e.id = p.evidence_id "
                "WHERE p.verdict = 'refused' AND e.page IS NOT NULL ORDER BY e.id"
            )
        ]

    def polls_since(self, since: datetime) -> list:
        """Polls that began and completed since, newest last."""
        return self.rows(
            "SELECT p.au_id, a.name, p.agreement, p.quorate, p.urls, p.agreed, p.created_at, p.ended_at, p.status "
            "FROM polls_poll p JOIN aus_au a ON a.key_id = p.au_id "
            "WHERE p.created_at >= %s AND p.ended_at IS NOT NULL ORDER BY p.ended_at",
            since,
        )

    def repairs(self) -> list:
        return self.rows(
            "SELECT a.name, r.url, r.phase, r.source, r.result, r.ended_at FROM polls_repair r "
            "JOIN aus_au a ON a.key_id = r.au_id ORDER BY r.id"
        )

    def agreements(self) -> list:
        return self.rows("SELECT au_key_id, peer_id, last, highest FROM peers_agreement WHERE type = 'POR'")

    def contents(self, au_key: int) -> dict[str, Content]:
        """The newest version of every URL of an AU, by URL."""
        found = self.rows(
            "SELECT r.url, encode(r.sha256, 'hex') AS sha256, r.version, r.state, w.name, r.warc_offset, "
            "r.warc_length, r.body_offset, r.body_deflated, r.size FROM repository_artifact r "
            "JOIN repository_warcfile w ON w.id = r.warc_file_id WHERE r.au_key_id = %s AND r.is_current",
            au_key,
        )
        return {
            r.url: Content(
                r.sha256,
                r.version,
                r.state,
                r.name,
                r.warc_offset,
                r.warc_length,
                r.body_offset,
                r.body_deflated,
                r.size,
            )
            for r in found
        }

    def request_polls(self) -> None:
        """Ask for a poll on every collected AU, as the button on an AU's page does."""
        self.rows(
            "INSERT INTO polls_pollstatus (au_id, requested_at, agreeing_peers, last_duration_ms, blocked) "
            "SELECT au_id, now(), 0, 0, '' FROM crawls_crawlstatus WHERE last_success_at IS NOT NULL "
            "ON CONFLICT (au_id) DO UPDATE SET requested_at = now() RETURNING au_id"
        )


def wait_for(
    what: str,
    question: Callable[[], object],
    seconds: float,
    keep: Callable[[], None] = lambda: None,
    pulse: Callable[[], object] = lambda: None,
):
    """Ask until the answer is true and return it; ``keep`` runs between two looks (restarts what was killed).

    A busy machine is slow, not wrong: when the time is over and ``pulse`` is another than at its beginning, it begins
    again, ``LONGER`` times in all.
    """
    begun = time.monotonic()
    for _ in range(LONGER):
        last, end = pulse(), time.monotonic() + seconds
        while time.monotonic() < end:
            if answer := question():
                return answer
            keep()
            time.sleep(LOOK_EVERY_S)
        if pulse() == last:
            break
    raise StepFailed(f"{what}: not within {time.monotonic() - begun:.0f} seconds")
