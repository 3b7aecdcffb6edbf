"""When which scanner is called. One leader: the holder of an advisory lock; a second copy waits for it.

``python -m lockss_portal.beat`` needs neither Django nor the apps: it sends names.
"""

import logging
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from celery import Celery
from celery.beat import ScheduleEntry, Scheduler, Service
from celery.schedules import schedule

from lockss_portal.conf.load import SettingsError, load_node
from lockss_portal.conf.schema import Node
from lockss_portal.locks import Lock, connect, held
from lockss_portal.lookout import Lookout, Pulse
from lockss_portal.queues import celery_configuration

log = logging.getLogger("beat")


@dataclass(frozen=True, slots=True)
class Scan:
    """``every`` is the name of the setting that holds the interval in seconds."""

    task: str
    every: str


TABLE = (
    Scan("apps.common.tasks.scan_jobs", "scan_jobs"),
    Scan("apps.accounts.tasks.seal_audit", "scan_audit"),
    Scan("apps.permissions.tasks.scan_permissions", "scan_permissions"),
    Scan("apps.crawls.tasks.scan_crawls", "scan_crawls"),
    Scan("apps.polls.tasks.scan_polls", "scan_polls"),
    Scan("apps.polls.tasks.scan_poll_steps", "scan_poll_steps"),
    Scan("apps.polls.tasks.read_inbox", "scan_inbox"),
    Scan("apps.polls.tasks.scan_repairs", "scan_repairs"),
    Scan("apps.polls.tasks.clean_votes", "scan_old_votes"),
    Scan("apps.repository.tasks.scan_fixity", "scan_fixity"),
    Scan("apps.repository.tasks.probe_store", "scan_sizes"),
    Scan("apps.titles.tasks.scan_lists", "scan_lists"),
    Scan("apps.nodes.tasks.scan_status", "scan_status"),
    Scan("apps.nodes.tasks.scan_sizes", "scan_sizes"),
    Scan("apps.nodes.tasks.scan_alerts", "scan_alerts"),
    Scan("apps.aus.tasks.follow_lists", "scan_status"),
    Scan("apps.aus.tasks.apply_subscriptions", "scan_subscriptions"),
    Scan("apps.aus.tasks.count_plugin_uses", "scan_plugin_uses"),
    Scan("apps.plugins.tasks.scan_registries", "scan_registries"),
    Scan("apps.exports.tasks.scan_exports", "scan_exports"),
    Scan("apps.delivery.tasks.scan_sites", "scan_sites"),
    Scan("apps.usage.tasks.scan_usage", "scan_usage"),
    Scan("apps.delivery.tasks.scan_articles", "scan_articles"),
    Scan("apps.kbart.tasks.scan_reports", "scan_reports"),
    Scan("apps.kbart.tasks.keep_lines", "scan_reports"),
)
# A scan that found no free worker for this many intervals is dropped: the next one finds the same rows.
STALE_AFTER = 3
CHECK_LEADER_EVERY_S = 5.0
LONGEST_SLEEP_S = 1.0


class LeaderLostError(Exception):
    """The connection that holds the lock is gone; somebody else may lead now."""


def leading(scheduler: type[Scheduler], still_leader: Callable[[], None]) -> type[Scheduler]:
    """A scheduler without a file that looks, now and then, whether it still leads."""

    class Leader(scheduler):
        checked = 0.0

        def tick(self, *args, **kwargs):
            if time.monotonic() - self.checked > CHECK_LEADER_EVERY_S:
                still_leader()
                self.checked = time.monotonic()
            return super().tick(*args, **kwargs)

    return Leader


def entries(app: Celery, node: Node) -> dict[str, ScheduleEntry]:
    """All are due at once: after a restart nothing waits a whole interval for its first look."""
    found = {}
    for scan in TABLE:
        seconds = getattr(node, scan.every)
        found[scan.task] = ScheduleEntry(
            name=scan.task,
            task=scan.task,
            schedule=schedule(timedelta(seconds=seconds), app=app),
            options={"expires": max(5.0, STALE_AFTER * seconds)},
            last_run_at=app.now() - timedelta(seconds=seconds),
            app=app,
        )
    return found


def run(node: Node) -> None:
    app = Celery("beat", set_as_current=True)
    app.conf.update(celery_configuration(node))
    with connect(node) as connection:
        log.info("waiting to lead")
        with held(connection, Lock.BEAT):
            log.info("leading: %d scanners", len(TABLE))
            service = Service(
                app, max_interval=LONGEST_SLEEP_S, scheduler_cls=leading(Scheduler, _check(connection))
            )
            service.scheduler.data.update(entries(app, node))
            signal.signal(signal.SIGTERM, lambda *_: service.stop())
            signal.signal(signal.SIGINT, lambda *_: service.stop())
            lookout, pulse = Lookout(node), Pulse(node)
            lookout.start()
            pulse.start()
            try:
                service.start()
            finally:
                lookout.stop()
                pulse.stop()


def _check(connection: psycopg.Connection) -> Callable[[], None]:
    def still_leader() -> None:
        try:
            connection.execute("SELECT 1")
        except psycopg.Error as error:
            raise LeaderLostError(str(error)) from error

    return still_leader


def main() -> int:
    logging.getLogger("celery").setLevel(logging.WARNING)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        run(load_node())
    except (SettingsError, LeaderLostError, psycopg.Error) as error:
        log.error("%s", str(error).strip())  # noqa: TRY400 - expected ends, no trace needed
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
