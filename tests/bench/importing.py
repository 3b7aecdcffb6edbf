"""Title lists into PostgreSQL: an import against a bare COPY of the rows it makes, into the same tables with the same indexes.

The list is made up (titles of some 36 AUs, as the lists of networks have) and read beforehand: what is measured is the writing.
"""

import time
from collections.abc import Iterator

from django.db import connection

from apps.titles.models import ListImport, Publisher, Title
from apps.titles.services import run_undo, start_undo
from apps.titles.services.importing import run_import
from apps.titles.staging import ReadAu, ReadFile, ReadTitle
from tests.bench.report import Line, paired
from tests.titles.factories import auid, make_import

AUS = 60_000
PER_TITLE = 36
TITLES_OF_PUBLISHER = 40
PLUGIN = "org.lockss.plugin.Sample"
# In the order in which they can be filled again.
TABLES = (
    "titles_titlelist",
    "titles_listimport",
    "titles_publisher",
    "titles_title",
    "titles_listedau",
    "titles_listentry",
)
# No row of the first list has a higher number.
_LAST = 10_000_000
_EMPTY = f"TRUNCATE {', '.join(TABLES)} CASCADE"


def measure(rounds: int) -> Iterator[Line]:
    list(files(PER_TITLE * 3))
    reference = "bare COPY, same tables and indexes"
    held: list[bytes] = []
    ours, theirs = paired(lambda: AUS / _import(held), lambda: AUS / _copy(held), rounds)
    yield Line("title list imported", "AU/s", ours, theirs, 0.7, reference)
    further: list[bytes] = []
    ours, theirs = paired(
        lambda: AUS / _further(held, further), lambda: AUS / _copy_further(held, further), rounds
    )
    yield Line("a further list imported", "AU/s", ours, theirs, 0.5, reference)
    _copy(held)
    ours, theirs = paired(lambda: AUS / _again(), lambda: AUS / _copy(held), rounds)
    yield Line("the same list again", "AU/s", ours, theirs, 1.0, reference)
    ours, theirs = paired(lambda: AUS / _undo(), lambda: AUS / _copy(held), rounds)
    yield Line("an import undone", "AU/s", ours, theirs, 0.7, reference)
    _run(_EMPTY)


def files(aus: int, first: int = 0) -> Iterator[ReadFile]:
    """A file a title, as the lists of publishers are cut."""
    for number in range(first, first + aus // PER_TITLE):
        title = ReadTitle(
            publisher=f"Publisher {number // TITLES_OF_PUBLISHER}",
            name=f"Journal of Estuarine Studies, Series {number}",
            kind="journal",
            issn=f"{number // 10000 + 1000:04d}-{number % 10000:04d}",
        )
        yield ReadFile(f"{number}.tdb", b"", [_au(title, number, volume) for volume in range(PER_TITLE)])


def _au(title: ReadTitle, number: int, volume: int) -> ReadAu:
    params = {
        "base_url": f"http://tide{number}.example/",
        "journal_id": f"j{number}",
        "volume_name": str(volume),
    }
    return ReadAu(
        title=title,
        auid=auid(**params),
        plugin_id=PLUGIN,
        params=params,
        name=f"{title.name} Volume {volume}",
        status="released",
        file=f"{number}.tdb",
        line=volume + 10,
        year=str(1985 + volume),
        volume=str(volume),
        attributes={"publisher_code": f"p{number}"},
    )


def _import(held: list[bytes]) -> float:
    _run(_EMPTY)
    read = list(files(AUS))
    begun = time.perf_counter()
    done = run_import(list_import=make_import(), files=read)
    took = time.perf_counter() - begun
    if done.added != AUS // PER_TITLE * PER_TITLE:
        raise RuntimeError(f"{done.added} were added")
    if not held:
        held += [_dump(table) for table in TABLES]
    return took


def _further(held: list[bytes], further: list[bytes]) -> float:
    """Beside a list of the same size, where every index is kept up row by row."""
    _fill(held)
    read = list(files(AUS, AUS))
    row = make_import("Another")
    begun = time.perf_counter()
    run_import(list_import=row, files=read)
    took = time.perf_counter() - begun
    if not further:
        further += [_dump(f"(SELECT * FROM {table} WHERE id > {_LAST})") for table in TABLES]
    return took


def _copy_further(held: list[bytes], further: list[bytes]) -> float:
    _fill(held)
    return _filled(further)


def _fill(held: list[bytes]) -> None:
    """The first list, and room for what comes behind it."""
    _copy(held)
    for table in TABLES:
        _run(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {_LAST})")


def _again() -> float:
    read = list(files(AUS))
    begun = time.perf_counter()
    done = run_import(list_import=make_import(), files=read)
    took = time.perf_counter() - begun
    if done.added or done.changed:
        raise RuntimeError("the same list changed something")
    return took


def _undo() -> float:
    _run(_EMPTY)
    row = run_import(list_import=make_import(), files=files(AUS))
    begun = time.perf_counter()
    if start_undo(list_import=row, version=row.version, user=None) is not None:
        run_undo(list_import=row)
    took = time.perf_counter() - begun
    if Title.objects.exists() or Publisher.objects.exists():
        raise RuntimeError("an undo left something behind")
    ListImport.objects.all().delete()
    return took


def _dump(table: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as copy:
        return b"".join(bytes(piece) for piece in copy)


def _copy(held: list[bytes]) -> float:
    _run(_EMPTY)
    return _filled(held)


def _filled(held: list[bytes]) -> float:
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        for table, data in zip(TABLES, held, strict=True):
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(data)
    return time.perf_counter() - begun


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
