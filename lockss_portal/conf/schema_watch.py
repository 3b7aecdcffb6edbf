"""The settings of watching a node: what raises an alert, who is told and how, who may read the measurements."""

from dataclasses import dataclass
from typing import Literal

from lockss_portal.conf.key import key

HOUR = 3600.0
DAY = 24 * HOUR


@dataclass(frozen=True, kw_only=True)
class Watching:
    """Alerts"""

    scan_alerts: float = key(60.0, "how often is looked for what is wrong", "s", low=0.2)
    alert_settle: float = key(300.0, "an alert is cleared when its cause was gone this long", "s", low=0)
    alert_queue_age: float = key(
        1800.0, "a job that is due this long and was not begun shows that a worker is missing", "s", low=1
    )
    alert_peer_silent: float = key(7 * DAY, "a peer that spoke and was silent this long is gone", "s", low=1)
    alert_certificate_days: int = key(21, "a certificate that ends sooner is about to lapse", "days", low=1)
    backup_stamp: str = key("", "a file that each good backup touches; empty: backups are not watched")
    backup_max_age: float = key(36 * HOUR, "a backup older than this is too old", "s", low=1)
    audit_heads: str = key(
        "audit-heads.txt", "a file to which the head of the audit record is appended once a day; empty: none"
    )
    clock_server: str = key("", "host or host:port of a time server (NTP) that the clock is compared with")
    disk_warn_percent: float = key(
        15.0, "with less of a disk free: a warning, and nothing new is selected", "percent", low=0, high=100
    )
    disk_no_crawls_percent: float = key(
        10.0, "with less free: no crawl begins, polls and repairs go on", "percent", low=0, high=100
    )
    disk_no_writes_percent: float = key(
        5.0, "with less free: repairs stop too, long messages are refused", "percent", low=0, high=100
    )
    mail_host: str = key("", "server that takes mail of this node; empty: no mail is sent")
    mail_port: int = key(587, "its port", low=1, high=65535)
    mail_tls: Literal["starttls", "tls", "none"] = key(
        "starttls", "TLS begun in the connection, from its start, or none"
    )
    mail_user: str = key("", "user name at the mail server; empty: without signing in")
    mail_password: str = key("", "and its password", secret=True)
    mail_ca_file: str = key("", "certificates that vouch for the mail server instead of the system's (PEM)")
    mail_from: str = key("", "sender of the mail; empty: lockss@ and the host of public_url")
    webhook_url: str = key("", "address that alerts are posted to as JSON; empty: none", secret=True)
    webhook_secret: str = key("", "secret that signs what is posted (HMAC-SHA256)", secret=True)
    webhook_severity: Literal["note", "warning", "critical"] = key(
        "warning", "alerts of less weight are not posted"
    )
    webhook_private_hosts: tuple[str, ...] = key((), "host:port in private ranges that may be posted to")


@dataclass(frozen=True, kw_only=True)
class Measuring:
    """Measurements"""

    metrics_hosts: tuple[str, ...] = key(
        (),
        "addresses or networks that may read /metrics; this computer always may, unless a proxy is in front",
    )
    metrics_token: str = key("", "a token that may read /metrics (Authorization: Bearer)", secret=True)
