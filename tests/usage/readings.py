"""Deliveries for tests of counting, as the content host tells them."""

import datetime as dt

from apps.delivery.counting import Delivered
from apps.lockss.delivery import Access, Reader, Reason, Verdict

AT = dt.datetime(2026, 11, 21, 13, 0, tzinfo=dt.UTC)
SITE = "http://pub.example"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
OURS = Verdict(Access.GRAY, Reason.GRAY)
OPENLY = Verdict(Access.OPEN, Reason.OPEN_ACCESS, free=True)
TRIGGERED = Verdict(Access.OPEN, Reason.TRIGGERED, free=True)
LIBRARIAN = frozenset({"reader"})


def delivered(
    au,
    path: str = "/a/1.pdf",
    *,
    after: float = 0,
    address: str = "192.0.2.1",
    roles: frozenset[str] = LIBRARIAN,
    **more,
) -> Delivered:
    """A PDF that somebody who is signed in reads with Firefox, so many seconds after ``AT``."""
    given = {
        "moment": AT + dt.timedelta(seconds=after),
        "au": au.pk,
        "url": SITE + path,
        "content_type": "application/pdf",
        "verdict": OURS,
        "reader": Reader(address=address, roles=roles),
        "agent": FIREFOX,
        "destination": "",
        **more,
    }
    return Delivered(**given)
