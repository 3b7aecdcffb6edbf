"""How large things are and how full the store is: told to the room of selection, which cannot see crawls or disks."""

from django.conf import settings
from django.db.models import Exists, OuterRef

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.aus.services.rooming import judge_store
from apps.aus.services.weighing import measure, weigh
from apps.crawls.models import CrawlStatus
from apps.nodes.machine import disk
from apps.titles.models import ListedAu


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
