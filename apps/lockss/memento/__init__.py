"""Versions of preserved pages in time, as RFC 7089 (Memento) asks and tells of them. Pure: captures come in."""

from apps.lockss.http_dates import format_date as http_date
from apps.lockss.memento.captures import Around, Capture, around, leads_elsewhere, merged, nearest
from apps.lockss.memento.links import (
    JSON,
    LINK_FORMAT,
    Addresses,
    link,
    memento_links,
    missing_links,
    safe_uri,
    timegate_links,
)
from apps.lockss.memento.moments import (
    BadMoment,
    MomentCode,
    Stretch,
    accept_datetime,
    stamp_of,
    stretch_of,
)
from apps.lockss.memento.timemaps import (
    PAGE,
    Page,
    json_index,
    json_timemap,
    link_index,
    link_timemap,
    pages_of,
)

__all__ = [
    "JSON",
    "LINK_FORMAT",
    "PAGE",
    "Addresses",
    "Around",
    "BadMoment",
    "Capture",
    "MomentCode",
    "Page",
    "Stretch",
    "accept_datetime",
    "around",
    "http_date",
    "json_index",
    "json_timemap",
    "leads_elsewhere",
    "link",
    "link_index",
    "link_timemap",
    "memento_links",
    "merged",
    "missing_links",
    "nearest",
    "pages_of",
    "safe_uri",
    "stamp_of",
    "stretch_of",
    "timegate_links",
]
