"""30,000 AUs are told in a stream that holds few of them at a time."""

import tracemalloc

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from apps.api.table import CHUNK
from apps.aus.models import Au
from apps.common.clock import now
from apps.nodes.choices import AuWord, Care
from apps.nodes.models import AuStatus
from apps.repository.models import AuKey
from tests import factories as make
from tests.asking import as_person

pytestmark = pytest.mark.django_db
AUS = 30_000
# What a stream may hold at once beyond what it held after its first piece; the whole answer is many times as long.
MEMORY = 6_000_000


@pytest.fixture(scope="module")
def many(django_db_setup, django_db_blocker):
    """Made once for the module; taken back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_many()
        with django_db_blocker.block():
            yield
        transaction.set_rollback(True)


def make_many() -> None:
    """Each table's first row, and that row again with its own names: the database writes them faster than we do."""
    title, at = make.make_title(), now()
    auid = "org|lockss|plugin|large|Large&base_url~http%3A%2F%2Fx%2F&volume~"
    key = AuKey.objects.create(auid=f"{auid}0")
    au = Au.objects.create(
        key=key, auid=key.auid, slug=f"{0:020x}", title=title, publisher=title.publisher,
        plugin_id="org.lockss.plugin.large.Large", name="Volume 0", name_key="volume 00000", selected_at=at,
    )  # fmt: skip
    status = AuStatus.objects.create(
        au_id=key.pk, word=AuWord.SELECTED, care=Care.NONE, size=0, changed_at=at, refreshed_at=at
    )
    own_key = f"{key.pk} + n"
    again(key, auid=f"'{auid}' || n", id=own_key)
    again(
        au, key_id=own_key, auid=f"'{auid}' || n", slug="lpad(to_hex(n), 20, '0')", name="'Volume ' || n",
        name_key="'volume ' || lpad(n::text, 5, '0')",
    )  # fmt: skip
    again(status, au_id=own_key, size="n % 7")


def again(row: Model, **own: str) -> None:
    """The row as many times as there are AUs; of ``own`` columns the value is SQL with the number ``n``."""
    table = row._meta.db_table
    columns = [field.column for field in row._meta.concrete_fields]
    values = [own.get(name, f'one."{name}"') for name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {", ".join(values)} '
            f'FROM "{table}" one, generate_series(1, {AUS - 1}) n WHERE one."{row._meta.pk.column}" = {row.pk}'
        )


def streamed(client, asked: dict[str, str]) -> tuple[int, int, int]:
    """Length of the answer, lines of AUs in it, and statements it took."""
    length = lines = 0
    with CaptureQueriesContext(connection) as queries:
        for piece in client.get("/DaemonStatus", asked).streaming_content:
            length += len(piece)
            lines += piece.count(b"Volume ")
    return length, lines, len(queries)


def test_all_aus_in_a_stream(client, many):
    as_person(client)
    length, lines, statements = streamed(client, {"table": "AuIds", "output": "xml"})
    assert lines == AUS
    assert length > 3 * MEMORY
    assert statements < 2 * AUS / CHUNK
    _, lines, statements = streamed(
        client, {"table": "ArchivalUnitStatusTable", "output": "csv", "sort": "DAuSize"}
    )
    assert lines == AUS
    assert statements < 3 * AUS / CHUNK


def test_memory_stays_flat(client, many):
    as_person(client)
    pieces = client.get("/DaemonStatus", {"table": "AuIds", "output": "xml"}).streaming_content
    told = length = 0
    tracemalloc.start()
    try:
        next(pieces)
        first, _ = tracemalloc.get_traced_memory()
        # Measured, each row takes three times as long; what is held of a third of them is far beyond the bound.
        while told < AUS // 3:
            piece = next(pieces)
            told += piece.count(b"Volume ")
            length += len(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert length > MEMORY
    assert first < MEMORY, f"{first:,} bytes held before the second piece"
    assert peak - first < MEMORY, f"{peak:,} bytes held at once, {first:,} at the first piece"
