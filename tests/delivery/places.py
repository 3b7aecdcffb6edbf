"""AUs, rules and readers for tests of serving."""

import datetime as dt

from apps.common.clock import now
from apps.delivery.models import ServingRule
from apps.delivery.services.readers import asker_of
from apps.delivery.services.sites import read_sites_of
from apps.delivery.values import Asker
from apps.lockss.delivery import Surface
from apps.repository import services as repository
from tests.factories import make_au
from tests.repository.factories import capture

URL = "http://pub.example/a"
MOMENT = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


def rule(**given: object) -> ServingRule:
    """A rule of the network, or of the publisher, title or AU that is given."""
    return ServingRule.objects.create(said_at=now(), **given)


def held(*urls: str, au=None, **more: object):
    """An AU that holds these URLs and lies on its site."""
    found = au or make_au(**more)
    repository.add_captures(auid=found.auid, captures=[capture(url) for url in urls])
    read_sites_of([found])
    return found


def ours(surface: Surface = Surface.CONTENT) -> Asker:
    return asker_of(surface, "192.0.2.9", roles=["reader"])


def anybody(surface: Surface = Surface.CONTENT) -> Asker:
    return asker_of(surface, "192.0.2.9")
