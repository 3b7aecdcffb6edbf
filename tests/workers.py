"""What several workers of one run share: which tests each is given, and the tables that the first of them makes."""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from django.db import connection

# A unit ends with its module, or here: a long module keeps no worker while the other has nothing left.
MOST = 60
# All that watches the one demonstration.
STORY = "tests/e2e/"
FIRST = "demonstration"
MADE = "tables_of_tests"


def units_of(collected: Sequence[str]) -> dict[str, str]:
    """Test → unit. Neighbours of one module go to one worker, so that what a module makes for its tests is made once.

    The order stays that of the collection: pytest-django has put tests that empty the tables behind the others.
    """
    units: dict[str, str] = {}
    numbers, last, size, unit = count(), None, 0, ""
    for test in collected:
        module = test.partition("::")[0]
        if module.startswith(STORY):
            units[test] = FIRST
            continue
        if module != last or size == MOST:
            last, size, unit = module, 0, f"{module} {next(numbers)}"
        size += 1
        units[test] = unit
    return units


def scheduling(config, log):
    """The scheduler of pytest-xdist that hands out those units."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def schedule(self) -> None:
            if self.collection is None:
                # Sorted by size they would lose their order.
                self.config.option.loadscopereorder = False
                self.units = units_of(next(iter(self.registered_collections.values())))
            super().schedule()

        def _split_scope(self, nodeid: str) -> str:
            return self.units[nodeid]

        def _assign_work_unit(self, node) -> None:
            if FIRST in self.workqueue:
                self.workqueue.move_to_end(FIRST, last=False)
            super()._assign_work_unit(node)

    return Scheduling(config, log)


@contextmanager
def tables_made_once(home: Path, database: dict) -> Iterator[Callable[[], None]]:
    """While a worker makes its tables the others wait; then they copy them instead of running every migration again.

    What is given is to be called by whoever has made his tables. ``database``: Django's settings of the test database.
    """
    made = home / "tables.made"

    def keep() -> None:
        if not made.exists():
            copy_of_own()
            made.touch()

    with (home / "tables.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if made.exists():
            database["TEMPLATE"] = MADE
        yield keep


def copy_of_own() -> None:
    own = connection.ops.quote_name(connection.settings_dict["NAME"])
    # A database that somebody is connected to is not copied.
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {MADE} TEMPLATE {own}")


def is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ
