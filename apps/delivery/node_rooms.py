"""The look-ups of the node itself, and the content host with all that it takes."""

import time
from functools import cache, lru_cache

from django.conf import settings

from apps.aus.models import Au
from apps.common.http_guard import Guard
from apps.common.search import fold
from apps.common.text import is_storable
from apps.delivery.models import AuStem, StemReading
from apps.delivery.publisher import GuardedPublisher, HostRecord
from apps.delivery.resolving import answer
from apps.delivery.rooms import Host, InThread, Rooms
from apps.delivery.services import lookup, readers
from apps.lockss.delivery import DeliverySettings, FollowRedirects, HostDownAction, MissingAction
from apps.titles.models import TitleSet

# Which links of a page lead here may be a minute old: they give no right.
KEPT_S = 60


class NodeRooms:
    """See ``Rooms``."""

    asker_of = staticmethod(readers.asker_of)
    find = staticmethod(lookup.find)
    versions = staticmethod(lookup.versions)
    candidates = staticmethod(lookup.candidates)
    verdicts = staticmethod(lookup.verdicts)
    resolve = staticmethod(answer)

    def stems_of(self, au_pk: int) -> tuple[str, ...]:
        return _stems(au_pk, int(time.monotonic() // KEPT_S))

    def starts_of(self, auid: str) -> tuple[str, ...]:
        if not is_storable(auid):
            return ()
        reading = StemReading.objects.filter(au__in=Au.objects.filter(auid=auid)).first()
        return tuple(reading.start_urls) if reading else ()

    def is_group(self, name: str) -> bool:
        return TitleSet.objects.filter(name_key=fold(name)).exists()


@lru_cache(maxsize=1_000)
def _stems(au_pk: int, _minute: int) -> tuple[str, ...]:
    return tuple(AuStem.objects.filter(au=au_pk).order_by("stem").values_list("stem", flat=True))


@cache
def node_rooms() -> Rooms:
    return NodeRooms()


def node_host(in_thread: InThread) -> Host:
    node, record = settings.NODE, HostRecord()
    return Host(
        node_rooms(),
        in_thread,
        GuardedPublisher(Guard.of(node.allowed_private_hosts), record=record),
        record,
        DeliverySettings(
            missing_action=MissingAction(node.missing_action),
            host_down_action=HostDownAction(node.host_down_action),
            follow_redirects=FollowRedirects(node.follow_redirects),
        ),
    )
