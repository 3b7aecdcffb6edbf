"""The TLS contexts of the endpoint, kept in step with the peers' certificates."""

import ssl
from pathlib import Path

from apps.peers.certificates import ensure_certificate, make_context
from apps.peers.models import Peer


class Trust:
    """``server`` and ``client`` contexts; ``refresh`` rebuilds them when a certificate came or went.

    A context only says "one of our peers"; which one is settled by the fingerprint (``admission``).
    """

    def __init__(self, keys_dir: Path, identity: str, minimum: ssl.TLSVersion) -> None:
        self._pair = ensure_certificate(keys_dir, identity)
        self._minimum = minimum
        self._known: tuple[str, ...] | None = None
        self.server: ssl.SSLContext | None = None
        self.client: ssl.SSLContext | None = None

    def refresh(self) -> None:
        """Reads the peers: call in the database's thread."""
        known = tuple(
            Peer.objects.filter(enabled=True)
            .exclude(certificate="")
            .order_by("identity")
            .values_list("certificate", flat=True)
        )
        if known == self._known:
            return
        certificate, key = self._pair
        for side in ("server", "client"):
            context = make_context(
                server=side == "server",
                certificate=certificate,
                key=key,
                trusted=known,
                minimum=self._minimum,
            )
            setattr(self, side, context)
        self._known = known
