"""Shared by all tests. The database server starts with the first test that asks (lockss_portal/testing.py)."""

from contextlib import ExitStack

import hypothesis
import pytest
from django.conf import settings
from django.core.signals import request_finished
from django.db import close_old_connections, connection, transaction
from django.test import Client
from django.utils import translation

from lockss_portal.supervisor import suite_home
from tests import emptying, workers

# A commit is judged by examples that are the same on every machine; the search goes on where somebody looks at what it
# finds: make test ARGS="--hypothesis-profile=search".
hypothesis.settings.register_profile("commit", derandomize=True, deadline=None)
hypothesis.settings.register_profile("search", deadline=None)
hypothesis.settings.load_profile("commit")


def pytest_unconfigure() -> None:
    suite_home.finish(settings.TEST_HOME, settings.ENGINE_OWNER)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return workers.scheduling(config, log) if config.getvalue("dist") != "no" else None


@pytest.fixture(scope="session")
def tables():
    """``keep``: called once this worker has its tables, the next one may have them, too."""
    with ExitStack() as stack:
        stack.keep = lambda: None
        if workers.is_worker():
            database = connection.settings_dict["TEST"]
            stack.keep = stack.enter_context(workers.tables_made_once(settings.TEST_HOME, database))
        yield stack


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, tables):
    """The copy is known before tables are made."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, tables):
    """Tests that commit empty the tables afterwards, which the audit record rightly refuses."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER audit_no_truncate")
            cursor.execute("ALTER TABLE accounts_auditseal DISABLE TRIGGER audit_seal_no_truncate")
        tables.keep()
    tables.close()
    emptying.install()


@pytest.fixture(autouse=True)
def _english():
    """The language of a page outlives the request that asked for it."""
    yield
    translation.deactivate()


class TidyClient(Client):
    """A server closes every answer; a test that looks only at the head of one would leave its file open."""

    def __init__(self, **more):
        super().__init__(**more)
        self.given = []

    def request(self, **request):
        response = super().request(**request)
        if response.streaming:
            self.given.append(response)
        return response


@pytest.fixture
def client():
    tidy = TidyClient()
    yield tidy
    # As Django's own client does it: an answer that ends must not end the connection that tests share.
    request_finished.disconnect(close_old_connections)
    try:
        for one in tidy.given:
            one.close()
    finally:
        request_finished.connect(close_old_connections)


@pytest.fixture(scope="module")
def sample(django_db_setup, django_db_blocker, tmp_path_factory):
    """A node with a history (tests/sample.py), made once for a module; what a test changes is taken back after it."""
    from tests.sample import make_sample, sample_settings

    before = settings.NODE
    settings.NODE = sample_settings(tmp_path_factory.mktemp("node"))
    try:
        with django_db_blocker.unblock(), transaction.atomic():
            made = make_sample()
            with django_db_blocker.block():
                yield made
            transaction.set_rollback(True)
    finally:
        settings.NODE = before
