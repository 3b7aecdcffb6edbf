"""Sessions as rows that their person can see and end (``settings.SESSION_ENGINE``).

Ending one is deleting its row: the next request finds none. What a row tells about itself comes from the session's own
data, because Django writes the whole row anew with each change.
"""

import datetime as dt
import uuid

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DjangoStore
from django.http import HttpRequest

from apps.accounts.addresses import client_address
from apps.accounts.choices import Door
from apps.accounts.models import PortalSession
from apps.common.clock import now
from apps.common.text import storable

ABOUT = "_about"
SEEN_EVERY = dt.timedelta(minutes=5)
LONGEST_AGENT = 300


class SessionStore(DjangoStore):
    # The row that was loaded, if any.
    row: PortalSession | None = None

    @classmethod
    def get_model_class(cls):
        return PortalSession

    def _get_session_from_db(self):
        self.row = super()._get_session_from_db()
        return self.row

    def cycle_key(self) -> None:
        """The row under the new key stands beside the old one for a moment, so it needs another number."""
        if ABOUT in self:
            self[ABOUT] = {**self[ABOUT], "number": uuid.uuid4().hex}
        super().cycle_key()

    def create_model_instance(self, data: dict) -> PortalSession:
        row = super().create_model_instance(data)
        about = data.get(ABOUT) or {}
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.number = uuid.UUID(about["number"]) if about else uuid.uuid4()
        row.began_at = dt.datetime.fromisoformat(about["began"]) if about else None
        row.door, row.address, row.agent = (about.get(name, "") for name in ("door", "address", "agent"))
        row.seen_at = now()
        return row


def describe(request: HttpRequest, door: Door | str = "") -> None:
    """Writes into the session that begins whose browser it is and by which door it came in."""
    request.session[ABOUT] = {
        "number": uuid.uuid4().hex,
        "began": now().isoformat(),
        "door": str(door),
        "address": client_address(request),
        "agent": storable(request.headers.get("User-Agent", ""), LONGEST_AGENT),
    }


def note_seen(request: HttpRequest) -> None:
    """Every five minutes; only the row, so that no two requests of one browser overwrite each other's session."""
    row = getattr(request.session, "row", None)
    at = now()
    lately = (at - SEEN_EVERY, at + SEEN_EVERY)
    # Also where a clock that was ahead noted it.
    if row is not None and row.user_id and not lately[0] <= row.seen_at <= lately[1]:
        PortalSession.objects.filter(pk=row.pk).exclude(seen_at__range=lately).update(seen_at=at)
