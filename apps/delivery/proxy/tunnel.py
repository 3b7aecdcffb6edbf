"""CONNECT: where TLS ends here, for one held host, and what may be asked inside (delivery §4.5, rulings C3, C21)."""

import ipaddress
import ssl
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from apps.delivery.proxy.authority import Authority
from apps.delivery.proxy.threads import in_thread
from apps.delivery.proxy.values import Credentials, Library, Who
from apps.lockss.http1 import RequestHead, TargetForm

MOST_CONTEXTS = 1_000
NEW_A_MINUTE = 60


@dataclass(slots=True)
class TunnelHost:
    """The host that CONNECT named. What stands inside must name the very same: in TLS, and in every Host."""

    host: str
    port: int
    told: Credentials | None
    server_name: str | None = None

    def misled(self, head: RequestHead, given: Mapping[str, str]) -> int | None:
        """The status of a request that is none for this connection."""
        if head.target.form is not TargetForm.ORIGIN:
            return 400
        wanted = self.server_name if self.server_name is not None or not _is_name(self.host) else ""
        if wanted is not None and wanted != self.host:
            return 421
        told = given.get("host", "").strip().lower()
        return None if told.removesuffix(":443").removesuffix(".") == self.host else 421

    def url(self, head: RequestHead) -> str:
        return f"https://{self.host}{head.target.path}"


class Tunnel:
    """TLS contexts by host: made once, and not faster than a client may want."""

    def __init__(
        self, authority: Authority, library: Library, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._authority, self._library, self._clock = authority, library, clock
        self._contexts: OrderedDict[str, tuple[float, ssl.SSLContext]] = OrderedDict()
        self._made: deque[float] = deque()
        self._names: WeakKeyDictionary[ssl.SSLObject, str] = WeakKeyDictionary()

    async def context(self, host: str, who: Who) -> ssl.SSLContext | None:
        """For a host of which the library said that it is held; None: too many new ones just now."""
        at = self._clock()
        kept = self._contexts.get(host)
        if kept is not None and at < kept[0]:
            self._contexts.move_to_end(host)
            return kept[1]
        while self._made and self._made[0] <= at - 60:
            self._made.popleft()
        if len(self._made) >= NEW_A_MINUTE:
            return None
        self._made.append(at)
        await self._library.note_certificate(host, who)
        context = await in_thread(lambda: self._authority.context(host))
        context.sni_callback = self._asked_for
        self._contexts[host] = (at + self._authority.good_for, context)
        while len(self._contexts) > MOST_CONTEXTS:
            self._contexts.popitem(last=False)
        return context

    def asked_name(self, ssl_object: ssl.SSLObject | None) -> str | None:
        """Which host the client named in TLS; None: none."""
        return None if ssl_object is None else self._names.get(ssl_object)

    def _asked_for(self, ssl_object: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        if name is not None:
            self._names[ssl_object] = name.lower().removesuffix(".")


def _is_name(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return True
    return False
