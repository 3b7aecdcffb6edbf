"""What is wrong with the node: one rule for each kind of alert. A rule only reads, and costs a few queries at most.

A rule gives what is wrong just now, or None where it cannot tell: then open alerts of its kind stay as they are.
"""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db.models import Count as CountOf
from django.db.models import Max, Min

from apps.accounts.services import lost_head
from apps.accounts.services.verifying import verify_part
from apps.common.choices import JobState
from apps.common.clock import node_day, now
from apps.common.disks import DiskLevel, content_held, level_of
from apps.common.models import Finding, Job
from apps.nodes import alert_rules_content as content
from apps.nodes import clocks, machine
from apps.nodes.alert_condition import Condition
from apps.nodes.choices import Tally
from apps.nodes.choices_alerts import AlertKind, Weight
from apps.nodes.models import Alert, Count
from apps.nodes.services import counting
from apps.peers import certificates
from apps.peers.models import Peer

Rule = Callable[[], list[Condition] | None]
MOST_PEERS = 50
CLOCK_WARNS_S, CLOCK_HARMS_S = 5.0, 60.0
NEAR = dt.timedelta(days=7)

SCHEDULER = "beat"
# It shows life every few seconds; so many looks without a sign are no accident.
LATE, SILENT_S = 5, 30.0
# The subject of this node's own certificate.
OWN = "certificate:own"


def processes() -> list[Condition] | None:
    """What the supervisor wrote down, and the scheduler by its own sign: nobody else sees that it hangs."""
    found, silent = machine.processes(), scheduler_silence()
    if not found and silent is None:
        # Run by something else, which watches them itself.
        return None
    wrong = [
        Condition(f"process:{one.name}", Weight.CRITICAL, _trouble(one))
        for one in found
        if (one.stopped or not one.alive) and one.name != "migrate"
    ]
    if silent and not any(one.subject == f"process:{SCHEDULER}" for one in wrong):
        params = {"name": SCHEDULER, "age": int(silent)}
        wrong.append(Condition(f"process:{SCHEDULER}", Weight.CRITICAL, params))
    return wrong


def _trouble(one: machine.Process) -> dict[str, object]:
    return {"name": one.name, "stopped": True} if one.stopped else {"name": one.name}


def scheduler_silence() -> float | None:
    """Seconds since beat last showed life if that is too long ago, else 0; None where it never has."""
    last = Count.objects.filter(pk=Tally.BEAT).values_list("at", flat=True).first()
    if last is None:
        return None
    age = (now() - last).total_seconds()
    return age if age > max(SILENT_S, LATE * settings.NODE.scan_alerts) else 0.0


def broker() -> list[Condition]:
    return [] if machine.broker().works else [Condition("broker", Weight.CRITICAL, {})]


def disks() -> list[Condition]:
    before = dict(Alert.objects.filter(kind=AlertKind.DISK, cleared_at=None).values_list("subject", "params"))
    found = [_held(held)] if (held := content_held()) else []
    for name, space in machine.volumes():
        if held and name == "content":
            continue
        was = DiskLevel(before.get(f"disk:{name}", {}).get("level", 0))
        level = level_of(space.free_percent, was)
        if level > DiskLevel.FREE:
            weight = Weight.WARNING if level == DiskLevel.LOW else Weight.CRITICAL
            params = {"what": name, "free": space.free, "total": space.total, "level": int(level)}
            found.append(Condition(f"disk:{name}", weight, params))
    return found


def _held(finding: Finding) -> Condition:
    """The store refused a write: as bad as a full disk, whatever is free."""
    params = {"what": "content", "cause": finding.params.get("cause", ""), "level": int(DiskLevel.NO_WRITES)}
    return Condition("disk:content", Weight.CRITICAL, params)


def queues() -> list[Condition] | None:
    """Work that is due for long while nothing of its queue was begun. A node that was off has old work and no fault."""
    at, longest = now(), dt.timedelta(seconds=settings.NODE.alert_queue_age)
    looked = Count.objects.filter(pk=Tally.ALERTS).values_list("at", flat=True).first()
    if looked is None or at - looked > longest:
        return None
    due = Job.objects.filter(state=JobState.WAITING, run_after__lte=at - longest, paused_at=None)
    stuck = due.order_by().values("queue").annotate(n=CountOf("pk"), oldest=Min("run_after"))
    begun = dict(
        Job.objects.filter(queue__in=[row["queue"] for row in stuck], started_at__gt=at - longest)
        .order_by()
        .values_list("queue")
        .annotate(last=Max("started_at"))
    )
    return [
        Condition(
            f"queue:{row['queue']}",
            Weight.CRITICAL,
            {"name": row["queue"], "n": row["n"], "age": int((at - row["oldest"]).total_seconds())},
        )
        for row in stuck
        if row["queue"] not in begun
    ]


def certificate_ends() -> list[tuple[str, str, dt.datetime]]:
    """Subject, name and end of each certificate that this node depends on: its own first."""
    found = []
    own = settings.NODE.keys_dir / "lcap.crt"
    if settings.NODE.lcap_tls and own.exists():
        found.append((OWN, settings.NODE.name, certificates.expires_at(own.read_text("ascii"))))
    for peer in Peer.objects.filter(enabled=True).exclude(certificate="").order_by("pk"):
        try:
            found.append((f"peer:{peer.identity}", str(peer), certificates.expires_at(peer.certificate)))
        except ValueError:
            # Its entry was checked when it was made; what has become of it since is said on the peer's page.
            continue
    return found


def lapsing() -> list[Condition]:
    at, soon = now(), dt.timedelta(days=settings.NODE.alert_certificate_days)
    return [
        Condition(
            subject,
            Weight.CRITICAL if ends - at < NEAR else Weight.WARNING,
            {"name": name, "day": node_day(ends).isoformat()},
        )
        for subject, name, ends in certificate_ends()
        if ends - at < soon
    ]


def peers() -> list[Condition]:
    at, longest = now(), dt.timedelta(seconds=settings.NODE.alert_peer_silent)
    gone = Peer.objects.filter(enabled=True, last_message_at__lt=at - longest).order_by("pk")
    return [
        Condition(
            f"peer:{peer.identity}",
            Weight.WARNING,
            {"name": str(peer), "age": int((at - peer.last_message_at).total_seconds())},
        )
        for peer in gone[:MOST_PEERS]
    ]


def backup_age() -> float | None:
    """Seconds since the last backup; None where none is watched, or there was none yet."""
    stamp = settings.NODE.backup_stamp
    if not stamp:
        return None
    try:
        return now().timestamp() - backup_path().stat().st_mtime
    except OSError:
        return None


def backup_path() -> Path:
    return settings.NODE.home / Path(settings.NODE.backup_stamp).expanduser()


def backup() -> list[Condition]:
    if not settings.NODE.backup_stamp:
        return []
    age = backup_age()
    if age is None:
        return [Condition("backup", Weight.CRITICAL, {"name": str(backup_path())})]
    late = age > settings.NODE.backup_max_age
    return [Condition("backup", Weight.CRITICAL, {"age": int(age)})] if late else []


def clock() -> list[Condition] | None:
    found = clocks.offset()
    if found is None:
        return None if settings.NODE.clock_server else []
    name, seconds = found
    if abs(seconds) <= CLOCK_WARNS_S:
        return []
    weight = Weight.CRITICAL if abs(seconds) > CLOCK_HARMS_S else Weight.WARNING
    return [Condition("clock", weight, {"name": name, "offset": round(abs(seconds), 1)})]


def audit() -> list[Condition]:
    """The head that was noted last, and a part of the chain at each look, one after the other; a break is not left
    behind, so that it stays found.
    """
    if lost := lost_head():
        return [Condition("audit", Weight.CRITICAL, {"name": lost})]
    key = Tally.AUDIT_CHECKED
    after = Count.objects.filter(pk=key).values_list("value", flat=True).first() or 0
    faults, checked = verify_part(after=after)
    if faults:
        return [Condition("audit", Weight.CRITICAL, {"name": faults[0].text})]
    counting.write({str(key): checked})
    return []


# By kind, in the order in which they are asked.
RULES: dict[AlertKind, Rule] = {
    AlertKind.PROCESS: processes,
    AlertKind.BROKER: broker,
    AlertKind.DISK: disks,
    AlertKind.QUEUE: queues,
    AlertKind.CERTIFICATE: lapsing,
    AlertKind.PEER: peers,
    AlertKind.UNPROVED: content.unproved,
    AlertKind.BACKUP: backup,
    AlertKind.CLOCK: clock,
    AlertKind.AUDIT: audit,
    AlertKind.DAMAGE: content.damaged,
}
