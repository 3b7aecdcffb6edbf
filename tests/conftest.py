"""Shared by all tests. The database server starts with the first test that asks (lockss_portal/testing.py)."""

import pytest
from django.conf import settings
from django.db import connection

from lockss_portal.supervisor import suite_home


def pytest_unconfigure() -> None:
    suite_home.finish(settings.TEST_HOME, settings.ENGINE_OWNER)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tests that commit empty the tables afterwards, which the audit record rightly refuses."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER audit_no_truncate")
