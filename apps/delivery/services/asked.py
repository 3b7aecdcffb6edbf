"""From what the look-up found to a question for the decision tables."""

import datetime as dt

from apps.delivery.values import Asker, Found
from apps.lockss.delivery import (
    Access,
    Asked,
    Conditions,
    DeliverySettings,
    PublisherFlag,
    Source,
    Subscription,
)

_NO_CONDITIONS = Conditions()
_AT_FIRST = DeliverySettings()


def asked_of(
    found: Found,
    asker: Asker,
    *,
    now: dt.datetime,
    method: str = "GET",
    version: bool = False,
    never: bool = False,
    host_down: bool = False,
    recent: bool = False,
    subscription: Subscription | None = None,
    source: Source = Source.EITHER,
    peer_agreed: bool = False,
    candidates: bool = False,
    ready: bool = True,
    loop: bool = False,
    service_worker: bool = False,
    rewriting: bool = False,
    conditions: Conditions = _NO_CONDITIONS,
    last_modified: str | None = None,
    settings: DeliverySettings = _AT_FIRST,
) -> Asked:
    """What was found and the facts of the request (``Asked`` names them).

    Held is what there are good bytes of; ``found.best.good`` False with an artifact is a copy that is damaged or
    missing, of which the answer may tell.
    """
    best = found.best
    return Asked(
        surface=asker.surface,
        now=now,
        method=method,
        access=Access.GRAY if best is None else best.verdict.access,
        free=best is not None and best.verdict.free,
        named=found.named,
        in_au=found.in_au,
        has=best is not None and best.good,
        stem_held=found.stem_held,
        version=version,
        never=never,
        publisher=PublisherFlag.UP if best is None else best.publisher,
        host_down=host_down,
        recent=recent,
        subscription=subscription,
        source=source,
        peer_agreed=peer_agreed,
        candidates=candidates,
        ready=ready,
        loop=loop,
        service_worker=service_worker,
        rewriting=rewriting,
        conditions=conditions,
        last_modified=last_modified,
        settings=settings,
    )
