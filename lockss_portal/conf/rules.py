"""What the settings must fulfil together, and the values that follow from others."""

import re
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from lockss_portal.conf.quota import read_quota
from lockss_portal.conf.schema import Node

# As apps.accounts.choices.Role has them; settings are read before any app.
ROLES = ("system", "network", "librarian", "reports", "reader")
PEER = re.compile(r"TCP:\[[0-9A-Fa-f.:]+\]:[0-9]{1,5}")
FINGERPRINT = re.compile(r"#sha256=[0-9A-Fa-f]{64}")
# Shown in the place of an address that may hold a password.
HIDDEN = "(hidden)"
LEAST_PASSWORD = 12
HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}")


def broken(node: Node) -> list[str]:
    """One line for each rule that does not hold."""
    return [
        f"{name} is {value if value is HIDDEN else repr(value)}, expected {wanted}"
        for name, value, wanted in _broken(node)
    ]


def completed(node: Node) -> Node:
    """Addresses that were left empty follow from the ports."""
    public = urlsplit(node.public_url or "http://127.0.0.1").hostname or "127.0.0.1"
    return replace(
        node,
        proxy_address=node.proxy_address or _reached(public, node.proxy_listen),
        audit_address=node.audit_address or _reached(public, node.audit_listen),
        public_url=node.public_url.rstrip("/") or f"http://127.0.0.1:{node.web_port}",
        content_url=node.content_url.rstrip("/") or f"http://localhost:{node.content_port}",
        lcap_identity=node.lcap_identity or f"TCP:[127.0.0.1]:{node.lcap_port}",
    )


def _broken(node: Node) -> Iterator[tuple[str, object, str]]:
    if not _is_zone(node.time_zone):
        yield "time_zone", node.time_zone, "a zone such as UTC or Europe/Berlin"
    for name, schemes in (("public_url", ("http", "https")), ("content_url", ("http", "https"))):
        value = getattr(node, name)
        if value and not _is_url(value, schemes):
            yield name, value, "http:// or https:// with a host and no path"
    if node.database_url and not _has_scheme(node.database_url, ("postgres", "postgresql")):
        yield "database_url", HIDDEN, "postgres://user:password@host:port/name"
    if node.broker_url and not _has_scheme(
        node.broker_url, ("redis", "rediss", "redis+socket", "amqp", "amqps")
    ):
        yield "broker_url", HIDDEN, "redis:// or amqp://"
    if node.lcap_identity and not PEER.fullmatch(node.lcap_identity):
        yield "lcap_identity", node.lcap_identity, "TCP:[address]:port"
    for peer in node.lcap_peers:
        name, mark, print_ = peer.partition("#")
        if not PEER.fullmatch(name) or not (not mark or FINGERPRINT.fullmatch(mark + print_)):
            yield "lcap_peers", peer, "TCP:[address]:port, optionally #sha256=<64 hex digits>"
    for name in ("allowed_private_hosts", "crawl_proxies", "webhook_private_hosts", "oidc_private_hosts"):
        for host in getattr(node, name):
            if not HOST_PORT.fullmatch(host):
                yield name, host, "host:port"
    yield from _broken_watch(node)
    yield from _broken_proxies(node)
    try:
        read_quota(node.content_quota)
    except ValueError as error:
        yield "content_quota", node.content_quota, str(error)
    for name in ("permitted_hosts", "permitted_plugin_hosts"):
        for pattern in getattr(node, name):
            if not _is_pattern(pattern):
                yield name, pattern, "a regular expression, searched in the host's name"
    yield from _broken_signing_in(node)
    if node.poll_min_duration > node.poll_max_duration:
        yield (
            "poll_min_duration",
            node.poll_min_duration,
            f"at most poll_max_duration ({node.poll_max_duration})",
        )
    if node.job_heartbeat * 2 > node.job_lease:
        yield "job_heartbeat", node.job_heartbeat, f"at most half of job_lease ({node.job_lease})"
    if node.public_url.startswith("https:") and not node.behind_proxy:
        yield "behind_proxy", False, "true with an https public_url: TLS ends at the proxy in front"
    if _same_host(node):
        yield "content_url", node.content_url, "another host than public_url: cookies ignore ports"


def _reached(host: str, listen: str) -> str:
    """Where others reach what listens here; nothing where nothing listens."""
    port = listen.rpartition(":")[2]
    return f"{f'[{host}]' if ':' in host else host}:{port}" if listen else ""


def _broken_proxies(node: Node) -> Iterator[tuple[str, object, str]]:
    for name in ("proxy_listen", "audit_listen", "proxy_address", "audit_address", "crawl_proxy"):
        value = getattr(node, name)
        if value and not (HOST_PORT.fullmatch(value) and 0 < int(value.rpartition(":")[2]) < 65_536):
            yield name, value, "host:port"
    if node.proxy_listen and node.proxy_listen == node.audit_listen:
        yield "audit_listen", node.audit_listen, "another port than proxy_listen"
    for one in node.audit_hosts:
        if not _is_network(one):
            yield "audit_hosts", one, "an address or a network such as 192.0.2.0/24"
    for pair in node.proxy_passwords:
        name, mark, password = pair.partition("=")
        if not (name.strip() and mark and len(password) >= LEAST_PASSWORD):
            yield "proxy_passwords", HIDDEN, f"name=password, of at least {LEAST_PASSWORD} characters"
    for method in node.proxy_forbidden_methods:
        if not (method.isascii() and method.isupper()):
            yield "proxy_forbidden_methods", method, "a method in capitals, such as HEAD"


def _broken_signing_in(node: Node) -> Iterator[tuple[str, object, str]]:
    for role in node.second_factor_roles:
        if role not in ROLES:
            yield "second_factor_roles", role, f"one of {', '.join(ROLES)}"
    for pair in node.oidc_roles:
        value, mark, role = pair.rpartition("=")
        if not (value and mark and role in ROLES):
            yield "oidc_roles", pair, f"value=role, with one of {', '.join(ROLES)}"
    if not node.oidc_issuer:
        return
    parts = urlsplit(node.oidc_issuer)
    loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or parts.query or parts.fragment or parts.scheme not in ("https", "http"):
        yield "oidc_issuer", node.oidc_issuer, "https://, a host and perhaps a path"
    elif parts.scheme != "https" and not loopback:
        yield "oidc_issuer", node.oidc_issuer, "https://: what it says would be anybody's word else"
    if not node.oidc_client_id:
        yield "oidc_client_id", "", "a name, with oidc_issuer"
    if node.oidc_new_people and not node.oidc_roles:
        yield "oidc_roles", "none", "at least one pair, with oidc_new_people"


def _broken_watch(node: Node) -> Iterator[tuple[str, object, str]]:
    if node.webhook_url and not _has_scheme(node.webhook_url, ("http", "https")):
        yield "webhook_url", HIDDEN, "http:// or https://"
    levels = (node.disk_warn_percent, node.disk_no_crawls_percent, node.disk_no_writes_percent)
    if list(levels) != sorted(levels, reverse=True):
        yield (
            "disk_no_crawls_percent",
            node.disk_no_crawls_percent,
            "between disk_no_writes_percent and disk_warn_percent",
        )
    for one in node.metrics_hosts:
        if not _is_network(one):
            yield "metrics_hosts", one, "an address or a network such as 192.0.2.0/24"
    for name in ("mail_host", "mail_from", "clock_server"):
        if set(getattr(node, name)) & set("\r\n\0"):
            yield name, getattr(node, name), "one line"


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return bool(text)


def _same_host(node: Node) -> bool:
    portal = urlsplit(node.public_url or "http://127.0.0.1").hostname
    return portal == urlsplit(node.content_url or "http://localhost").hostname


def _is_zone(name: str) -> bool:
    return name == "UTC" or (name in available_timezones() and ZoneInfo(name) is not None)


def _has_scheme(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        return urlsplit(value).scheme in schemes
    except ValueError:
        return False


def _is_url(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        return (
            parts.scheme in schemes
            and bool(parts.hostname)
            and parts.port != 0
            and parts.path in ("", "/")
            and not (parts.query or parts.fragment or parts.username)
        )
    except ValueError:
        return False
