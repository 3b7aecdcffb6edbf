"""Pages tried on the open page: counted before anything is asked, judged by a worker, forgotten after some days.

The portal's few threads never wait for a publisher. Clients are kept as keyed digests.
"""

import ipaddress
import math
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from apps.common import jobs
from apps.common.clock import now
from apps.common.models import Job
from apps.common.text import storable, storable_json
from apps.lockss.fetch import Fault, parse_target
from apps.lockss.permission import Network, try_page
from apps.permissions.models import PageTrial
from apps.permissions.trying import FAULTS, NOT_ASKED, PUBLIC_FAULTS, Tried, as_json, try_url

KIND = "permission-test"
# With a worker of its own: slow sites hold nothing up but each other.
QUEUE = "public"
FORGET_AFTER = timedelta(days=7)
LOCK = 0x50455254
LONGEST_PAGE = 2 << 20
LONGEST_RESULT = 4_000
FIELDS = ("key", "asked_by", "open_door", "asked_at", "network", "url", "name", "page")


@dataclass(frozen=True, slots=True)
class Limit:
    most: int
    within: timedelta


# An address may be a publisher's whole house behind one proxy.
EACH = (Limit(12, timedelta(minutes=10)), Limit(100, timedelta(days=1)))
# All who are not signed in, together: what the workers can do beside their work.
ALL = (Limit(60, timedelta(minutes=10)), Limit(1_500, timedelta(days=1)))
# So many wait at once; each takes the fetch's time at most.
MOST_OPEN = 6
SOON = timedelta(seconds=20)


class TooManyTrialsError(Exception):
    """``wait``: how long until one more is taken."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"wait {wait}")
        self.wait = wait

    @property
    def seconds(self) -> int:
        return max(1, math.ceil(self.wait.total_seconds()))


def asker(*, address: str = "", user_id: int | None = None) -> str:
    what = f"user:{user_id}" if user_id is not None else f"address:{address}"
    return salted_hmac("permissions.testing", what, algorithm="sha256").hexdigest()


def begin_trial(
    *,
    key: uuid.UUID,
    asked_by: str,
    open_door: bool,
    network: Network,
    url: str = "",
    name: str = "",
    page: bytes | None = None,
) -> tuple[PageTrial, Job | None]:
    """Count it and open its job, which the caller wakes; the same key again is the same trial.

    TooManyTrialsError when this client, or all of them, have asked enough.
    """
    at = now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Counting and adding are one step, or many at once would all be the last that is allowed.
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 1)", [LOCK])
        if (before := PageTrial.objects.filter(pk=key).first()) is not None:
            return before, None
        PageTrial.objects.filter(asked_at__lt=at - FORGET_AFTER).delete()
        if wait := _wait(asked_by, open_door, at):
            raise TooManyTrialsError(wait)
        values = (key, asked_by, open_door, at, str(network), url, storable(name, 255), page)
        row = PageTrial.objects.create(**dict(zip(FIELDS, values, strict=True)))
        job = jobs.open_job(kind=KIND, subject=f"trial:{row.pk}", queue=QUEUE, max_attempts=3, priority=1)
    return row, job


def _wait(asked_by: str, open_door: bool, at: datetime) -> timedelta:
    waits = [_until(PageTrial.objects.filter(asked_by=asked_by), limit, at) for limit in EACH]
    if open_door:
        strangers = PageTrial.objects.filter(open_door=True)
        waits += [_until(strangers, limit, at) for limit in ALL]
        waiting = strangers.filter(ended_at=None, asked_at__gt=at - timedelta(minutes=10))
        if waiting.count() >= MOST_OPEN:
            waits.append(SOON)
    return max(waits)


def _until(rows: QuerySet[PageTrial], limit: Limit, at: datetime) -> timedelta:
    """How long until fewer than ``most`` lie within the time; zero: now."""
    newest = rows.filter(asked_at__gt=at - limit.within).order_by("-asked_at")
    edge = newest.values_list("asked_at", flat=True)[limit.most - 1 : limit.most].first()
    return timedelta(0) if edge is None else edge + limit.within - at


def run_trial(*, key: uuid.UUID) -> PageTrial | None:
    """Judge it, once; None when it was forgotten meanwhile."""
    row = PageTrial.objects.filter(pk=key).first()
    if row is None or row.result is not None:
        return row
    network = Network(row.network)
    if row.page is not None:
        tried = Tried(row.name, try_page(bytes(row.page), network))
    else:
        tried = try_url(row.url, network)
    found = as_json(tried, network)
    if tried.fault is not None:
        found["error"] = PUBLIC_FAULTS.get(tried.fault, tried.error)
        if tried.fault == Fault.REFUSED_ADDRESS and is_number(row.url):
            # Whoever writes numbers asks for no name: it is told that this address is not public.
            found["error"] = FAULTS[tried.fault]
    # A fault is no reading: nobody has seen what stands on the page.
    found["read"] = tried.trial is not None
    found["for_publisher"] = not tried.granted and tried.fault not in NOT_ASKED
    row.result, row.ended_at, row.page = storable_json(found, LONGEST_RESULT), now(), None
    row.save(update_fields=["result", "ended_at", "page"])
    return row


def is_number(url: str) -> bool:
    """Whether the host of an address is an IP address and not a name."""
    target = parse_target(url)
    try:
        ipaddress.ip_address((target.host if target else "").strip("[]"))
    except ValueError:
        return False
    return True


def fail_trial(*, key: uuid.UUID, error: str) -> None:
    """For what must not happen: the page says so instead of waiting for ever."""
    PageTrial.objects.filter(pk=key, result__isnull=True).update(
        result={"granted": False, "near": [], "error": error, "read": False, "for_publisher": False},
        ended_at=now(),
        page=None,
    )
