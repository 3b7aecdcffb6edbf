"""Numbers for /metrics, counted by the scan of alerts, so that who reads them asks one table only."""

from django.db.models import Count as CountOf
from django.db.models import Min

from apps.common.choices import OPEN, JobState
from apps.common.clock import now
from apps.common.models import Finding, Job
from apps.crawls.choices import CrawlState
from apps.crawls.models import Crawl
from apps.nodes import alert_rules, clocks
from apps.nodes.choices import AuWord
from apps.nodes.choices_alerts import Weight
from apps.nodes.models import Alert, AuStatus
from apps.nodes.services.counting import write
from apps.peers.models import Peer
from apps.peers.words import LATELY
from apps.polls.models import Poll, Repair, Vote

QUEUES = ("default", "crawl", "poll", "repair", "public")
PREFIX = "m."


def measure() -> None:
    found = {**_jobs(), **_work(), **_trust(), **_alerts()}
    write({PREFIX + key: int(value) for key, value in found.items()})


def _jobs() -> dict[str, int]:
    at = now()
    found = {f"{what}.{queue}": 0 for queue in QUEUES for what in ("waiting", "running", "oldest")}
    due = Job.objects.filter(state__in=OPEN, run_after__lte=at, paused_at=None)
    rows = due.order_by().values_list("queue", "state")
    for queue, state, n, first in rows.annotate(n=CountOf("pk"), first=Min("run_after")):
        if queue in QUEUES:
            found[f"{state}.{queue}"] = n
            if state == JobState.WAITING:
                found[f"oldest.{queue}"] = int((at - first).total_seconds())
    return found


def _work() -> dict[str, int]:
    oldest = AuStatus.objects.filter(last_proof_at__isnull=False).exclude(word=AuWord.DEACTIVATED)
    proof = oldest.order_by("last_proof_at").values_list("last_proof_at", flat=True).first()
    return {
        "crawls": Crawl.objects.exclude(state=CrawlState.DONE).count(),
        "polls": Poll.objects.filter(ended_at__isnull=True).count(),
        "votes": Vote.objects.filter(next_tick_at__isnull=False).count(),
        "repairs": Repair.objects.filter(ended_at__isnull=True).count(),
        "findings": Finding.objects.filter(resolved_at=None).count(),
        "proof-oldest": proof.timestamp() if proof else 0,
    }


def _trust() -> dict[str, int]:
    """Ends of certificates, the clock, the backup, the peers; what is not known is left out."""
    known = Peer.objects.filter(enabled=True)
    found = {
        "peers": known.count(),
        "peers-heard": known.filter(last_message_at__gte=now() - LATELY).count(),
    }
    ends = alert_rules.certificate_ends()
    if ends:
        found["certificate"] = min(end for _subject, _name, end in ends).timestamp()
    offset = clocks.offset()
    if offset is not None:
        found["clock-ms"] = offset[1] * 1000
    age = alert_rules.backup_age()
    if age is not None:
        found["backup-age"] = age
    return found


def _alerts() -> dict[str, int]:
    found = {f"alerts.{weight}": 0 for weight in Weight}
    rows = Alert.objects.filter(cleared_at=None).order_by().values_list("severity").annotate(n=CountOf("pk"))
    return found | {f"alerts.{weight}": n for weight, n in rows}
