"""A writer that kills itself with -9 at one step of the write path: ``python -m tests.repository.killed_writer``.

Arguments: database, content folder, step, number of captures committed before.
"""

import os
import signal
import sys
from pathlib import Path

# The function, as (place, name), that kills the process when it is called.
BEFORE = {
    "before the first byte": ("chain", "write_group"),
    "file made, nothing in it": ("chain", "write_warcinfo"),
    "between content and request": ("warc.group", "clean_request"),
    "before the metadata": ("warc.group", "_write_metadata"),
    "written, not synced": ("files", "sync"),
    "synced, no row": ("rows", "lock_summary"),
    "rows sent, not committed": ("rows", "confirm"),
    "committed": ("chain.Chain", "settle"),
    "full file closed, next not made": ("files", "create"),
    "torn end copied, not cut": ("files", "cut_back"),
}
# This one happens while a writer puts right what an earlier kill left.
RECOVERY = "torn end copied, not cut"
HALF = ("half a record", "half a warcinfo")
STEPS = (*BEFORE, *HALF)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(step: str) -> None:
    """Let the next call of the step's function be the last of this process."""
    import apps.repository.chain
    from apps.repository import files

    if step == "half a record":
        real = files.append

        def half(descriptor: int, data: bytes) -> None:
            real(descriptor, data[: len(data) // 2])
            kill()

        apps.repository.chain.write_group = _with(
            apps.repository.chain.write_group, lambda: setattr(files, "append", half)
        )
        return
    if step == "half a warcinfo":
        real_info = apps.repository.chain.write_warcinfo

        def half_info(write: object, **told: object) -> None:
            whole = bytearray()
            real_info(whole.extend, **told)
            write(bytes(whole[: len(whole) // 2]))
            kill()

        apps.repository.chain.write_warcinfo = half_info
        return
    path, name = BEFORE[step]
    place: object = apps.repository
    for part in path.split("."):
        place = getattr(place, part)
    setattr(place, name, lambda *_, **__: kill())


def _with(function: object, first: object) -> object:
    def both(*args: object, **kwargs: object) -> object:
        first()
        return function(*args, **kwargs)

    return both


def main(database: str, folder: str, step: str, before: str) -> None:
    import django

    django.setup()
    from dataclasses import replace

    from django.conf import settings
    from django.db import connection

    connection.settings_dict["NAME"] = database
    settings.NODE = replace(settings.NODE, content_dir=Path(folder), warc_max_bytes=4_000)
    from apps.repository import services
    from tests.repository.factories import AUID
    from tests.repository.test_kill import CAPTURES

    if step == RECOVERY:
        arm(step)
    elif int(before):
        services.add_captures(auid=AUID, captures=CAPTURES[: int(before)])
    with services.open_writer(auid=AUID) as writer:
        arm(step)
        for one in CAPTURES[int(before) :]:
            writer.add(one)
        writer.commit()


if __name__ == "__main__":
    main(*sys.argv[1:])
