"""An import that kills itself with -9 at one step: ``python -m tests.exports.killed_import``.

Arguments: database, folder of the node, number of the import, step.
"""

import sys
from importlib import import_module
from pathlib import Path

from tests.exports.killing import die_at

BATCH = 3
# The function, as (place, name), that kills the process when it is called the n-th time.
STEPS = {
    "before anything is stored": ("apps.repository.writer.AuWriter", "add", 1),
    "in the middle of a batch": ("apps.repository.writer.AuWriter", "add", 5),
    "a second batch is on the disk, its rows are not": ("apps.repository.rows", "insert_entries", 2),
    "its rows are there, not counted, nothing committed": ("apps.exports.tally", "_count", 3),
    "the next batch was begun": ("apps.repository.writer.AuWriter", "add", 8),
    "all is stored, nothing is told": ("apps.exports.importing", "_finish", 1),
}


def arm(step: str) -> None:
    path, name, number = STEPS[step]
    module, _dot, last = path.rpartition(".")
    place: object = getattr(import_module(module), last) if last[0].isupper() else import_module(path)
    die_at(place, name, number)


def main(database: str, folder: str, number: str, step: str) -> None:
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict["NAME"] = database
    from django.conf import settings

    from apps.exports import importing
    from apps.exports.taking import storing
    from tests.repository.factories import use_store

    home = Path(folder)
    use_store(settings, home / "content", import_dir=home / "import", spool_dir=home / "spool")
    storing.BATCH = BATCH
    arm(step)
    importing.take(import_id=int(number), tell=lambda *_: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
