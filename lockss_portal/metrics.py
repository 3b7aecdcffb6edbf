"""``/metrics``: what monitoring reads, in Prometheus' text format. Numbers were counted before: two queries a scrape."""

import hmac
import ipaddress
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from apps.accounts.addresses import exact_address
from apps.common import meters
from apps.common.clock import now
from apps.nodes import machine
from apps.nodes.choices import AuWord, Tally, word_key
from apps.nodes.models import Count
from apps.nodes.services.measuring import PREFIX, QUEUES

# Name, help, key of the number, and what the number is divided by.
PLAIN = (
    ("lockss_aus_selected", "Archival units that are selected", Tally.AUS, 1),
    ("lockss_aus_preserved", "Archival units that a quorum of copies agrees on", Tally.PRESERVED, 1),
    (
        "lockss_aus_few_copies",
        "Collected archival units with fewer copies than a quorum",
        Tally.FEW_COPIES,
        1,
    ),
    ("lockss_aus_care", "Archival units that need a person", Tally.CARE, 1),
    ("lockss_content_bytes", "Bytes of content, newest versions", Tally.SIZE, 1),
    ("lockss_content_urls", "URLs of content", Tally.URLS, 1),
    ("lockss_crawls_open", "Crawls that wait or run", PREFIX + "crawls", 1),
    ("lockss_polls_open", "Polls of this node that are open", PREFIX + "polls", 1),
    ("lockss_votes_open", "Polls of others that this node votes in", PREFIX + "votes", 1),
    ("lockss_repairs_open", "Repairs that are open", PREFIX + "repairs", 1),
    ("lockss_findings_open", "Findings that are open", PREFIX + "findings", 1),
    ("lockss_peers", "Peers that are enabled", PREFIX + "peers", 1),
    ("lockss_peers_heard", "Of these, heard from within a day", PREFIX + "peers-heard", 1),
    (
        "lockss_certificate_end_seconds",
        "When the first certificate ends, since 1970",
        PREFIX + "certificate",
        1,
    ),
    ("lockss_clock_offset_seconds", "By how much this computer's clock is behind", PREFIX + "clock-ms", 1000),
    ("lockss_backup_age_seconds", "Age of the last backup", PREFIX + "backup-age", 1),
)
# Moments are read as ages: a zero means that there is none yet.
AGES = (
    ("lockss_proof_age_median_seconds", "Age of the median proof by a poll", Tally.MEDIAN_PROOF),
    ("lockss_proof_age_max_seconds", "Age of the oldest proof by a poll", PREFIX + "proof-oldest"),
)
BY_QUEUE = (
    ("lockss_jobs_waiting", "Jobs that are due and wait", "waiting"),
    ("lockss_jobs_running", "Jobs that run", "running"),
    ("lockss_jobs_oldest_seconds", "How long the oldest waiting job has been due", "oldest"),
)


@csrf_exempt
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not may_read(request):
        return _answer(b"Measurements are not for this address.\n", 403)
    registry = CollectorRegistry()
    registry.register(Gauges())
    meters.register(registry)
    try:
        return _answer(generate_latest(registry), 200, CONTENT_TYPE_LATEST)
    except DatabaseError:
        return _answer(b"The database does not answer.\n", 503)


def _answer(body: bytes, status: int, kind: str = "text/plain; charset=utf-8") -> HttpResponse:
    answer = HttpResponse(body, status=status, content_type=kind)
    answer["Cache-Control"] = "no-store"
    return answer


def may_read(request: HttpRequest) -> bool:
    """By token; by address: this computer where no proxy stands in front, and those that the settings name."""
    node = settings.NODE
    scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
    if node.metrics_token and scheme.lower() == "bearer":
        return hmac.compare_digest(token.strip().encode(), node.metrics_token.encode())
    address = exact_address(request)
    if address is None:
        return False
    if address.is_loopback and not node.behind_proxy:
        return True
    networks = [ipaddress.ip_network(one, strict=False) for one in node.metrics_hosts]
    return any(address in one for one in networks)


class Gauges:
    """One query for all numbers, and the free room of the node's disks."""

    def describe(self) -> list:
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        rows = {row.key: row for row in Count.objects.all()}
        values = {key: row.value for key, row in rows.items()}
        at = now()
        for name, text, key, part in PLAIN:
            if key in values:
                yield GaugeMetricFamily(name, text, values[key] / part)
        for name, text, key in AGES:
            if values.get(key):
                yield GaugeMetricFamily(name, text, at.timestamp() - values[key])
        for name, text, key in (
            ("lockss_status_age_seconds", "Age of the status counts", Tally.SCANNED),
            ("lockss_look_age_seconds", "Age of the last look for alerts", Tally.ALERTS),
        ):
            if key in rows:
                yield GaugeMetricFamily(name, text, (at - rows[key].at).total_seconds())
        yield from self._labelled(values)
        yield from self._disks()

    def _labelled(self, values: dict[str, int]) -> Iterator[GaugeMetricFamily]:
        words = GaugeMetricFamily("lockss_aus", "Archival units by status", labels=["state"])
        for word in AuWord:
            words.add_metric([word.value], values.get(word_key(word), 0))
        yield words
        alerts = GaugeMetricFamily("lockss_alerts_open", "Open alerts by weight", labels=["severity"])
        for key, value in values.items():
            if key.startswith(PREFIX + "alerts."):
                alerts.add_metric([key.rpartition(".")[2]], value)
        yield alerts
        for name, text, what in BY_QUEUE:
            family = GaugeMetricFamily(name, text, labels=["queue"])
            for queue in QUEUES:
                family.add_metric([queue], values.get(f"{PREFIX}{what}.{queue}", 0))
            yield family

    def _disks(self) -> Iterator[GaugeMetricFamily]:
        free = GaugeMetricFamily("lockss_disk_free_bytes", "Free bytes of a disk", labels=["disk"])
        total = GaugeMetricFamily("lockss_disk_bytes", "Bytes of a disk", labels=["disk"])
        for name, space in machine.volumes():
            free.add_metric([name], space.free)
            total.add_metric([name], space.total)
        yield free
        yield total
