"""Asking the publisher for a reader: every hop behind the guard, bounded in time, connections and memory.

``GuardedPublisher`` is the real one; ``tests/simulators/asked_publisher.py`` has one without a network, and
``tests/contracts/asked_publisher.py`` what both must do.
"""

from apps.delivery.publisher.asking import GuardedPublisher, PublisherLimits
from apps.delivery.publisher.fields import is_loop, own_name, reader_fields
from apps.delivery.publisher.judging import Judged, judged
from apps.delivery.publisher.record import HostRecord
from apps.delivery.publisher.values import CutOffError, Publisher, Reply

__all__ = [
    "CutOffError",
    "GuardedPublisher",
    "HostRecord",
    "Judged",
    "Publisher",
    "PublisherLimits",
    "Reply",
    "is_loop",
    "judged",
    "own_name",
    "reader_fields",
]
