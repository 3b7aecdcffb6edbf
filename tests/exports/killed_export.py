"""An export that kills itself with -9 at one step: ``python -m tests.exports.killed_export``.

Arguments: database, folder of the node, number of the export, step.
"""

import sys
from importlib import import_module
from pathlib import Path

from tests.exports.killing import die_at

# The function, as (module, name), that kills the process when it is called the n-th time.
STEPS = {
    "half a part": ("out.OutFile", "write", 30),
    "a part is whole, not in its place": ("out.OutFile", "place", 1),
    "a second part is whole, not in its place": ("out.OutFile", "place", 2),
    "in its place, no row": ("parts.ExportFile.objects", "create", 1),
    "the row is there, the counts are not": ("parts.Export.objects", "filter", 1),
    "parts are whole, nothing put together": ("containers", "_write_index", 1),
    "put together, not in its place": ("run", "_add_file", 1),
    "all are whole, nothing is listed": ("run", "report_lines", 1),
    "done, not swept": ("run", "sweep", 2),
}


def arm(step: str) -> None:
    path, name, number = STEPS[step]
    module, *rest = path.split(".")
    place: object = import_module(f"apps.exports.making.{module}")
    for part in rest:
        place = getattr(place, part)
    die_at(place, name, number)


def main(database: str, folder: str, export: str, step: str) -> None:
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict["NAME"] = database
    from django.conf import settings

    from apps.exports import services
    from apps.exports.making import parts
    from tests.repository.factories import use_store

    use_store(settings, Path(folder) / "content", export_dir=Path(folder) / "exports")
    parts.MIB = 1_000
    arm(step)
    services.make_export(export_id=int(export), tell=lambda *_: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
