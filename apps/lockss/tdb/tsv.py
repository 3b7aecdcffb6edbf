"""The table that the original tool prints with ``--tsv``, byte for byte (tdb.md §8, §9)."""

from apps.lockss.tdb.model import TdbAu

COLUMNS = (
    "file",
    "line",
    "publisher",
    "title",
    "issn",
    "eissn",
    "issnl",
    "type",
    "name",
    "status",
    "status2",
    "year",
    "volume",
    "edition",
    "isbn",
    "eisbn",
    "provider",
    "proxy",
    "rights",
    "plugin",
    "auid",
    "auidplus",
)


def tsv_line(au: TdbAu, file: str) -> str:
    """One AU without line end; unset values are empty and nothing is quoted."""
    title, get = au.title, au.get
    return "\t".join(
        (
            file,
            str(au.line),
            title.publisher.name,
            title.name,
            title.get("issn"),
            title.get("eissn"),
            title.get("issnl"),
            title.type,
            get("name"),
            get("status"),
            get("status2"),
            get("year"),
            get("volume"),
            get("edition"),
            get("isbn"),
            get("eisbn"),
            get("provider"),
            get("proxy"),
            get("rights"),
            au.plugin_id,
            au.auid,
            au.auid_plus,
        )
    )
