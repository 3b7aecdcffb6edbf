"""30,000 AUs are told in a stream that holds few of them at a time."""

import tracemalloc

import pytest
from django.db import connection, transaction
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
    title, at = make.make_title(), now()
    keys = AuKey.objects.bulk_create(
        [
            AuKey(auid=f"org|lockss|plugin|large|Large&base_url~http%3A%2F%2Fx%2F&volume~{n}")
            for n in range(AUS)
        ],
        batch_size=5000,
    )
    Au.objects.bulk_create(
        [
            Au(
                key=key, auid=key.auid, slug=f"{n:020x}", title=title, publisher=title.publisher,
                plugin_id="org.lockss.plugin.large.Large", name=f"Volume {n}", name_key=f"volume {n:05d}",
                selected_at=at,
            )
            for n, key in enumerate(keys)
        ],
        batch_size=5000,
    )  # fmt: skip
    AuStatus.objects.bulk_create(
        [
            AuStatus(
                au_id=key.pk, word=AuWord.SELECTED, care=Care.NONE, size=n % 7, changed_at=at, refreshed_at=at
            )
            for n, key in enumerate(keys)
        ],
        batch_size=5000,
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
    tracemalloc.start()
    try:
        next(pieces)
        first, _ = tracemalloc.get_traced_memory()
        for _piece in pieces:
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - first < MEMORY, f"{peak:,} bytes held at once, {first:,} at the first piece"
