"""``ListObjects``: an AU's URLs and files, or all AUs, one a line; ``#`` lines before and after, ``# end`` last."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from apps.api.errors import NoSuchList
from apps.api.table import StatusTable, chunks
from apps.api.tables.aus import selected
from apps.aus.models import Au
from apps.common.text import storable
from apps.repository import queries
from apps.repository.choices import SUSPECT, Order
from apps.repository.values import StoredArtifact

LONGEST_NAME = 50


@dataclass(frozen=True, slots=True)
class Listing:
    """``lines(au)`` gives the lines; ``noun`` stands in the head and in the count."""

    noun: str
    lines: Callable[[Au | None], Iterator[str]]
    needs_au: bool = True


def _all(field: str) -> Callable[[Au | None], Iterator[str]]:
    def lines(_au: Au | None) -> Iterator[str]:
        rows: QuerySet = selected().only("pk", field, "name_key")
        for some in chunks(StatusTable("", "", rows=rows, order="name_key")):
            yield from (getattr(au, field) for au in some)

    return lines


def _newest(au: Au) -> Iterator[StoredArtifact]:
    return queries.stream_newest(au.key, Order.NAME, None)


def _urls(au: Au) -> Iterator[str]:
    return (one.url for one in _newest(au))


def _files(au: Au) -> Iterator[str]:
    return (f"{one.url}\t{one.content_type}\t{one.size}" for one in _newest(au))


def _faults(au: Au) -> Iterator[str]:
    """What the last reading of the store found wrong; a line as 1.x has it where a file does not fit its kind."""
    return (f"{one.url}\t{one.state}" for one in _newest(au) if one.state in SUSPECT)


LISTINGS = {
    "aus": Listing("AUs", _all("name"), needs_au=False),
    "auids": Listing("AUIDs", _all("auid"), needs_au=False),
    "urls": Listing("URLs", _urls),
    "urlsm": Listing("URLs", _urls),
    "files": Listing("Files", _files),
    "filesm": Listing("Files", _files),
    "auvalidate": Listing("Files that are damaged or missing", _faults),
}


def listing(kind: str) -> Listing:
    """NoSuchList for what this node keeps no list of, with those it does."""
    found = LISTINGS.get(kind.lower())
    if found is None:
        known = ", ".join(
            f"type={name}&auid=AUID" if one.needs_au else f"type={name}" for name, one in LISTINGS.items()
        )
        name = storable(kind, LONGEST_NAME)
        said = f"This node keeps no list of {name}" if name else "The request names no type"
        raise NoSuchList(f"{said}: this node has {known}.")
    return found


def written(found: Listing, au: Au | None) -> Iterator[str]:
    """The lines with their ends."""
    yield f"# {found.noun} in {_line(au.name)}\n# AUID: {_line(au.auid)}\n" if au else f"# {found.noun}\n"
    number = 0
    for line in found.lines(au):
        number += 1
        yield _line(line, keep="\t") + "\n"
    yield f"# {number} {found.noun}\n# end\n"


def _line(text: str, keep: str = "") -> str:
    """Whatever would end a line, or hide in one, becomes a blank."""
    return "".join(one if one.isprintable() or one in keep else " " for one in text)
