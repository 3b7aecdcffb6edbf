"""The settings of the content proxy and the audit proxy, and of asking publishers for readers."""

from dataclasses import dataclass
from typing import Literal

from lockss_portal.conf.key import key


@dataclass(frozen=True, kw_only=True)
class Proxies:
    """Proxies"""

    proxy_listen: str = key("", "host:port that the content proxy listens at; empty: no content proxy")
    proxy_address: str = key(
        "", "host:port under which readers reach it; empty: the portal's host and the same port"
    )
    audit_listen: str = key("", "host:port that the audit proxy listens at; empty: no audit proxy")
    audit_address: str = key(
        "", "host:port under which auditors reach it; empty: the portal's host and the same port"
    )
    audit_hosts: tuple[str, ...] = key(
        (), "addresses or networks from which the audit proxy needs no token, as 192.0.2.0/24"
    )
    audit_index: bool = key(False, "the audit proxy names the AUs of the site where a page is not held")
    proxy_passwords: tuple[str, ...] = key(
        (), "name=password of institutions' proxies that prove themselves so, not by address", secret=True
    )
    proxy_tls: bool = key(
        False,
        "the content proxy ends https of held hosts with the node's own authority, for institutions' proxies alone",
    )
    audit_tls: bool = key(True, "the audit proxy does so for whoever may use it")
    proxy_open_forwarding: bool = key(
        False, "own readers are forwarded to sites of no AU, too, and with forms; never into private networks"
    )
    proxy_forbidden_methods: tuple[str, ...] = key((), "methods that no proxy takes, as HEAD")
    never_ask_publisher: bool = key(
        False, "publishers are not asked for readers: preserved copies or nothing"
    )
    publisher_sees_readers: bool = key(
        True, "the content proxy tells the publisher the reader's address (X-Forwarded-For)"
    )
    publisher_connect: float = key(5.0, "to connect to a publisher for a reader", "s", low=0.1)
    publisher_race: float = key(
        3.0,
        "until the head of its answer is here, where a copy is held; then the copy is given",
        "s",
        low=0.1,
    )
    publisher_wait: float = key(15.0, "the same where no copy is held, connecting included", "s", low=0.1)
    publisher_down: Literal["refuse", "quick"] = key(
        "refuse", "a host that did not answer within ten minutes and of which nothing is held: refuse, or try"
    )
    publisher_lately: float = key(
        0.0,
        "a page that was given instead of the publisher's is given so for this long; 0: asked anew",
        "s",
        low=0,
    )
