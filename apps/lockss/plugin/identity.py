"""Who a definition is: ids, keys and versions (plugins §1, §7)."""

import re
from collections.abc import Iterable

_NUMBER = re.compile(r"\s*([0-9]{1,18})")
_SOURCE = "SourcePlugin"


def plugin_id_of_path(path: str) -> str | None:
    """``a/b/CPlugin.xml`` is ``a.b.CPlugin``; None for what is no XML file. What the file says of itself is not asked."""
    clean = path.replace("\\", "/").strip("/")
    if not clean.endswith(".xml") or not clean.removesuffix(".xml").rpartition("/")[2]:
        return None
    return clean.removesuffix(".xml").replace("/", ".")


def path_of_plugin_id(plugin_id: str) -> str:
    return plugin_id.replace(".", "/") + ".xml"


def plugin_key(plugin_id: str) -> str:
    """The form in an AUID: dots become bars."""
    return plugin_id.replace(".", "|")


def version_number(version: str) -> int:
    """The leading whole number of a version, 0 where it has none: by it the highest version wins."""
    found = _NUMBER.match(version)
    return 0 if found is None else int(found[1])


def newest(versions: Iterable[str]) -> str | None:
    """The version that wins; of equal numbers the first."""
    return max(versions, key=version_number, default=None)


def is_source_plugin(plugin_id: str) -> bool:
    """Names ending so mean bulk content, whatever the definition says."""
    return plugin_id.endswith(_SOURCE)
