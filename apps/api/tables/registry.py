"""The tables that this node answers, by the names of LOCKSS 1.x."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

from apps.accounts.choices import Role
from apps.api.errors import NoSuchTable, TableError
from apps.api.table import StatusTable
from apps.aus.models import Au
from apps.common.text import storable

LONGEST_NAME = 100
LONGEST_KEY = 8_000
# What a message repeats of a key: enough to know it again.
REPEATED = 200
QUOTED = "AU~"


@dataclass(frozen=True, slots=True)
class Asked:
    """``skip`` and ``number``: which of an AU's URLs, by name; ``url``: one of them; ``shut``: tables of other roles."""

    key: str | None = None
    skip: int = 0
    number: int = 100
    url: str = ""
    shut: frozenset[str] = frozenset()


Maker = Callable[[Asked], StatusTable]


@dataclass(frozen=True, slots=True)
class Known:
    """``roles``: who may see it beside a system administrator; none: whoever has an account."""

    name: str
    title: str
    make: Maker
    needs_key: bool
    roles: Sequence[Role] = ()


TABLES: dict[str, Known] = {}


def status_table(
    name: str, title: str, *, needs_key: bool = False, roles: Sequence[Role] = ()
) -> Callable[[Maker], Maker]:
    def register(make: Maker) -> Maker:
        TABLES[name] = Known(name, title, make, needs_key, roles)
        return make

    return register


def known(name: str) -> Known:
    """NoSuchTable for a name that nobody registered."""
    if name not in TABLES:
        raise NoSuchTable(storable(name, LONGEST_NAME))
    return TABLES[name]


def checked_key(table: Known, key: str | None) -> str | None:
    """TableError for a key that is none, or lacks."""
    if not key:
        if table.needs_key:
            raise TableError(f"{table.name} needs a key")
        return None
    if key != storable(key, LONGEST_KEY):
        raise TableError(f"the key is longer than {LONGEST_KEY} characters, or holds what no key holds")
    return key


def au_of(auid: str) -> Au:
    """NoSuchTable where this node has not chosen it. An AUID holds no blank: there a plus sign was meant."""
    rows = Au.objects.select_related("key", "publisher", "title", "listed")
    found = rows.filter(auid=auid).first() or rows.filter(auid=auid.replace(" ", "+")).first()
    if found is None:
        raise NoSuchTable(f"no archival unit here has the AUID {auid[:REPEATED]}")
    return found


def au_of_polls(key: str) -> Au:
    """Of a key of the tables of polls: an AUID, or as 1.x writes it ``AU~`` and the AUID quoted once more."""
    return au_of(unquote_plus(key.removeprefix(QUOTED)) if key.startswith(QUOTED) else key)
