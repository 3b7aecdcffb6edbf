"""One file per group of tables; importing this registers them all."""

from apps.api.tables import agreements, au, aus, crawls, node, peers, plugins, poll, polls, store, urls
from apps.api.tables.registry import TABLES, Asked, au_of, checked_key, known

__all__ = [
    "TABLES",
    "Asked",
    "agreements",
    "au",
    "au_of",
    "aus",
    "checked_key",
    "crawls",
    "known",
    "node",
    "peers",
    "plugins",
    "poll",
    "polls",
    "store",
    "urls",
]
