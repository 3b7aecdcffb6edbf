"""How large things are and how full the store is: told to the room of selection, which cannot see crawls or disks."""

import datetime as dt

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.aus.services.rooming import judge_store
from apps.aus.services.weighing import measure, weigh
from apps.common.clock import now
from apps.crawls.models import CrawlStatus
from apps.nodes import machine
from apps.nodes.machine import disk
from apps.nodes.models import DiskDay
from apps.titles.models import ListedAu

# Days of which it is kept how full the disks were.
KEPT = dt.timedelta(days=400)
# And from which the present growth is reckoned.
PACE = dt.timedelta(days=90)


def scan() -> None:
    """Sum up sizes, measure the store, and note where its room is not enough."""
    done = CrawlStatus.objects.filter(au=OuterRef("pk"), last_success_at__isnull=False)
    weigh(whole=Au.objects.filter(Exists(done)))
    own = Au.objects.filter(listed=OuterRef("pk"), state=AuState.SELECTED)
    waiting = ListedAu.objects.filter(Exists(own.filter(~Exists(done))))
    space = disk(settings.NODE.content_dir)
    measure(
        path=settings.NODE.content_dir,
        total=space.total if space else None,
        free=space.free if space else None,
        waiting=waiting,
    )
    judge_store()
    note_disks()


def note_disks() -> None:
    """How full the disks are today: the last look of a day stays."""
    day = timezone.localdate(now())
    DiskDay.objects.bulk_create(
        [
            DiskDay(name=name, day=day, total=space.total, free=space.free)
            for name, space in machine.volumes()
        ],
        update_conflicts=True,
        unique_fields=["name", "day"],
        update_fields=["total", "free"],
    )
    DiskDay.objects.filter(day__lt=day - KEPT).delete()
