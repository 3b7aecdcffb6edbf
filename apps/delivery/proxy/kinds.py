"""The forms in which the lines for browsers and proxies are offered."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from apps.lockss.proxylines import (
    MEDIA_TYPE,
    Proxy,
    Stem,
    as_csv,
    as_json,
    ezproxy,
    pac,
    squid_config,
    squid_file,
)

_TEXT = "text/plain; charset=utf-8"
_SQUIDS = "/etc/squid/lockss-domains.txt"


@dataclass(frozen=True, slots=True)
class Wanted:
    """``about``: lines for the head of a file; ``direct``: the publisher is asked before the node."""

    stems: Iterator[Stem]
    proxy: Proxy
    about: list[str]
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """``two_ways``: what is asked first can be chosen."""

    label: str
    help: str
    file: str
    media: str
    write: Callable[[Wanted], Iterator[str]]
    two_ways: bool = False


KINDS = {
    "pac": Kind(
        _("Browsers"),
        _(
            "A PAC file: the browser asks this proxy for the publishers' pages, and goes to all others directly."
        ),
        "lockss.pac",
        MEDIA_TYPE,
        lambda one: pac(one.stems, one.proxy, one.about, direct_first=one.direct),
        two_ways=True,
    ),
    "ezproxy": Kind(
        "EZproxy",
        _("Stanzas to be pasted into config.txt."),
        "lockss-ezproxy.txt",
        _TEXT,
        lambda one: ezproxy(one.stems, one.proxy),
    ),
    "squid-file": Kind(
        _("Squid: a file of domains"),
        _("With the lines of squid.conf that use it in its head."),
        "lockss-domains.txt",
        _TEXT,
        lambda one: squid_file(one.stems, one.proxy, _SQUIDS, one.about, direct_first=one.direct),
        two_ways=True,
    ),
    "squid": Kind(
        _("Squid: lines of squid.conf"),
        _("All in one, for short lists."),
        "lockss-squid.conf",
        _TEXT,
        lambda one: squid_config(one.stems, one.proxy, one.about, direct_first=one.direct),
        two_ways=True,
    ),
    "json": Kind(
        "JSON",
        _("The sites as a list, for every other program."),
        "lockss-sites.json",
        "application/json",
        lambda one: as_json(one.stems),
    ),
    "csv": Kind(
        "CSV",
        _("The same for a spreadsheet."),
        "lockss-sites.csv",
        "text/csv; charset=utf-8",
        lambda one: as_csv(one.stems),
    ),
}
