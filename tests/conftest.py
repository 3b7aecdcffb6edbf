"""Shared by all tests. The database server starts with the first test that asks (lockss_portal/testing.py)."""

from django.conf import settings

from lockss_portal.supervisor import suite_home


def pytest_unconfigure() -> None:
    suite_home.finish(settings.TEST_HOME, settings.ENGINE_OWNER)
