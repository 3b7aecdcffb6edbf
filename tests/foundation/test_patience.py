"""Servers that take connections and say nothing hold nobody for ever."""

import socket
import time

import pytest
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.backends.signals import connection_created
from kombu import Connection

from lockss_portal import health, patience
from lockss_portal.queues import celery_configuration

# Longer than any test may take.
LONG = "SELECT pg_sleep(3600)"


@pytest.fixture
def own(db, django_db_blocker):
    """A connection beside the test's."""
    with django_db_blocker.unblock():
        found = connections["default"].copy()
        yield found
        found.close()


@pytest.fixture
def patient():
    """As the portal's processes are, with less patience."""
    patience.begin(2)
    yield
    connection_created.disconnect(dispatch_uid="patience")


def ask(connection, question: str):
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()


def test_an_answer_that_does_not_come_is_an_error(patient, own):
    with pytest.raises(DatabaseError, match="no answer of the database within 2 s"):
        ask(own, LONG)


def test_what_comes_late_is_not_taken_for_the_next_answer(patient, own):
    with pytest.raises(DatabaseError):
        ask(own, "SELECT pg_sleep(2.2), 'late'")
    own.close_if_unusable_or_obsolete()
    assert ask(own, "SELECT 'next'") == [("next",)]


def test_the_server_does_not_go_on_with_what_nobody_waits_for(patient, own):
    ask(own, "SELECT 1")
    pid = own.connection.info.backend_pid
    with pytest.raises(DatabaseError):
        ask(own, LONG)
    other = connections["default"]
    until = time.monotonic() + 60
    while ask(other, f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid} AND state = 'active'"):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_an_answer_in_time_is_given(patient, own):
    assert ask(own, "SELECT 1, pg_sleep(0.01)")[0][0] == 1


def test_a_thread_may_have_less(own):
    patience.begin(3600)
    try:
        with patience.at_most(0.2), pytest.raises(DatabaseError, match=r"within 0\.2 s"):
            ask(own, LONG)
    finally:
        connection_created.disconnect(dispatch_uid="patience")


def test_who_is_not_asked_to_be_patient_is_not_limited(own):
    with patience.at_most(0.1):
        assert ask(own, "SELECT 1, pg_sleep(0.3)")[0][0] == 1


@pytest.fixture
def mute():
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_database_that_never_greets_is_an_error(mute, own):
    assert own.settings_dict["OPTIONS"]["connect_timeout"] == 10
    own.settings_dict = own.settings_dict | {"HOST": "127.0.0.1", "PORT": str(mute)}
    own.settings_dict["OPTIONS"] = own.settings_dict["OPTIONS"] | {"connect_timeout": 2}
    with pytest.raises(DatabaseError):
        ask(own, "SELECT 1")


def test_a_broker_that_says_nothing_is_an_error(mute):
    options = celery_configuration(settings.NODE)["broker_transport_options"]
    assert options["socket_timeout"] <= 30
    # The same, sooner.
    options = options | {name: 0.3 for name in options if name.endswith("timeout")}
    broker = Connection(f"redis://127.0.0.1:{mute}//", transport_options=options)
    with broker, pytest.raises(broker.connection_errors):
        broker.channel().client.llen("default")


def test_readiness_asks_a_database_that_is_away_once(monkeypatch, rf):
    asked = []
    monkeypatch.setattr(health, "_database", lambda: "the database does not answer")
    monkeypatch.setattr(health, "_held", lambda: asked.append(1))
    answer = health.ready(rf.get("/readyz"))
    assert answer.status_code == 503
    assert b"the database does not answer" in answer.content
    assert not asked
