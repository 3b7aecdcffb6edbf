"""Who asks a proxy: an institution's proxy by its address or its password, an auditor by address or token.

Asks the database; runs in a thread.
"""

import datetime as dt
import hmac
import math
import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address

from django.db import transaction

from apps.accounts import services as accounts
from apps.accounts.choices import Door, Role, Scope
from apps.accounts.doors import Access
from apps.accounts.factors import needs_second_factor
from apps.accounts.models import AuditEvent
from apps.common.clock import now
from apps.delivery.proxy.values import Credentials, Unknown, Who
from apps.delivery.services import readers
from apps.delivery.services.kept import Kept, fresh, kept
from apps.lockss.delivery import Surface, standing

# Who may see what is dark, because they look after it.
AUDITORS = (Role.SYSTEM, Role.NETWORK, Role.LIBRARIAN)
_NAME = re.compile(r"([0-9a-f]{20})?(?:@(\d{4}-\d{2}-\d{2}))?", re.ASCII)
# Wrong tokens and passwords of proxies are counted under names that nobody can sign in with.
_TOKENS, _PROXIES = ":token", ":proxy"


class Clients:
    """``passwords`` by the names of institutions' proxies; ``auditors``: networks that need no token."""

    def __init__(
        self,
        surface: Surface,
        *,
        passwords: Mapping[str, str] | None = None,
        auditors: tuple[IPv4Network | IPv6Network, ...] = (),
    ) -> None:
        self.surface, self._passwords, self._auditors = surface, passwords or {}, auditors

    def who(self, address: str, told: Credentials | None) -> Who | Unknown:
        if self.surface is Surface.AUDIT:
            return self._auditor(address, told)
        return self._reader(address, told)

    def _reader(self, address: str, told: Credentials | None) -> Who | Unknown:
        """Whoever says nothing is known by the address; a wrong password is not passed over in silence."""
        held = kept(now())
        name = readers.proxy_at(address, held)
        if told is not None and self._passwords:
            known = self._passwords.get(told.name, "")
            if not (known and hmac.compare_digest(known.encode(), told.password.encode("utf-8", "replace"))):
                return _wrong(_PROXIES, address)
            name = told.name
        return self._known(address, held, name)

    def at_once(self, address: str, told: Credentials | None) -> Who | None:
        """The same without a question to the database, where nothing has to be proven and what was said about serving
        was looked at a moment ago; else None."""
        held = fresh(now())
        if self.surface is Surface.AUDIT or held is None or not held.whole or (told and self._passwords):
            return None
        return self._known(address, held, readers.proxy_at(address, held))

    def _known(self, address: str, held: Kept, proxy: str | None) -> Who:
        asker = readers.asker_of(self.surface, address, proxy=proxy)
        own = standing(asker.reader, readers.own_readers(held)).own
        return Who(surface=self.surface, reader=asker.reader, address=address, own=own)

    def _auditor(self, address: str, told: Credentials | None) -> Who | Unknown:
        """By the token of somebody who may, else by the address. The name says which AU, and of which day."""
        by_address = any(ip_address(address) in one for one in self._auditors) if address else False
        if told is None:
            return self._let_in(address) if by_address else Unknown()
        found = _NAME.fullmatch(told.name)
        if found is None:
            return Unknown()
        try:
            day = dt.date.fromisoformat(found[2]) if found[2] else None
        except ValueError:
            return Unknown()
        if by_address and not told.password:
            return self._let_in(address, found[1], day)
        token = accounts.find_token(told.password)
        if token is None or needs_second_factor(token.user):
            return _wrong(_TOKENS, address)
        if not Access(token.user, Door.TOKEN, token).may(Scope.CONTENT, *AUDITORS):
            return Unknown()
        accounts.note_use(token=token, address=address)
        return self._let_in(address, found[1], day, token.user.username)

    def _let_in(self, address: str, slug: str | None = None, day: dt.date | None = None, by: str = "") -> Who:
        asker = readers.asker_of(self.surface, address, auditor=True)
        return Who(
            surface=self.surface, reader=asker.reader, address=address, slug=slug, day=day, pinned_by=by
        )


def note_certificate(host: str, who: Who) -> None:
    """A row of the audit record, once for each host (rulings §2, "CA")."""
    action, subject = "delivery.proxy-certificate", f"host:{host}"
    if not AuditEvent.objects.filter(action=action, subject=subject).exists():
        with transaction.atomic():
            accounts.audit(
                action=action, subject=subject, after={"for": str(who.surface), "by": who.pinned_by}
            )


def _wrong(name: str, address: str) -> Unknown:
    wait = accounts.begin_attempt(username=name, address=address)
    return Unknown(max(1, math.ceil(wait.total_seconds())) if wait else 0)
