"""The page that a publisher puts on its site: the statement and a link to every volume, as HTML to copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from apps.lockss.permission.page import Network, PageRules
from apps.lockss.permission.statements import Checker


@dataclass(frozen=True, slots=True)
class ManifestVolume:
    """One AU: how people call it, and the address where its collection starts."""

    name: str
    start_url: str


def manifest_page(
    *,
    title: str,
    publisher: str,
    volumes: Sequence[ManifestVolume],
    network: Network,
    open_access: bool = False,
) -> str:
    """A whole page, plain enough to be read without scripts; the statement stands unbroken on one line."""
    checker = Checker.OPEN_ACCESS_STATEMENT if open_access else Checker.STATEMENT
    statement = PageRules(network=network).statements()[checker]
    rows = "".join(
        f'    <li><a href="{escape(volume.start_url)}">{escape(volume.name)}</a></li>\n' for volume in volumes
    )
    listed = f"  <ul>\n{rows}  </ul>\n" if rows else ""
    owner = f"  <p>{escape(publisher)}</p>\n" if publisher else ""
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en">\n<head>\n  <meta charset="utf-8">\n'
        f"  <title>{escape(title)}: {network.upper()} manifest page</title>\n</head>\n<body>\n"
        f"  <h1>{escape(title)}</h1>\n{owner}{listed}"
        f"  <p>{statement}</p>\n"
        "</body>\n</html>\n"
    )
