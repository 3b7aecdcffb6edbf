"""The tables are empty behind a test that commits (tests/emptying.py), whoever filled them."""

import threading

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction

from apps.accounts.models import AuditEvent
from apps.accounts.services import audit
from apps.titles.models import Publisher
from tests import emptying
from tests.factories import make_au, make_job, make_publisher

pytestmark = pytest.mark.django_db(transaction=True)


def flush() -> None:
    """As Django does behind a test."""
    call_command("flush", verbosity=0, interactive=False, reset_sequences=False, allow_cascade=False)


def filled() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM \"{one}\")" for one in emptying.tables()
            )
        )
        return {one for (one,) in cursor.fetchall()}


def test_nothing_stays_but_what_django_makes_anew():
    make_au("Tides, volume 1")
    make_job()
    with transaction.atomic():
        audit(action="x.y", subject="au:1")
    assert AuditEvent.objects.exists()
    assert len(filled() - emptying.KEPT) > 5
    before = ContentType.objects.count(), Permission.objects.count()
    flush()
    assert filled() == emptying.KEPT
    assert (ContentType.objects.count(), Permission.objects.count()) == before
    # Keys and rules hold again.
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)


@pytest.mark.parametrize("largest", [0, emptying.LARGEST])
def test_a_table_that_was_large_gives_its_room_back(monkeypatch, largest):
    monkeypatch.setattr(emptying, "LARGEST", largest)
    Publisher.objects.bulk_create(Publisher(name=f"P{n}", name_key=f"p{n}") for n in range(300))
    flush()
    assert not Publisher.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size(%s)", [Publisher._meta.db_table])
        assert (cursor.fetchone()[0] == 0) == (largest == 0)


def test_whoever_still_writes_is_waited_for():
    wrote, blocked = threading.Event(), threading.Event()

    def write() -> None:
        connection.set_autocommit(False)
        make_publisher("Late")
        wrote.set()
        blocked.wait(60)
        blocked.set()
        connection.commit()
        connection.close()

    def watch() -> None:
        with connection.cursor() as cursor:
            while not blocked.is_set():
                cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
                if cursor.fetchone()[0]:
                    blocked.set()
        connection.close()

    threads = [threading.Thread(target=one) for one in (write, watch)]
    threads[0].start()
    assert wrote.wait(60)
    threads[1].start()
    flush()
    for one in threads:
        one.join()
    assert not Publisher.objects.exists()
