"""A portal and somebody with the role of reports, for files that do not set up their own."""

import pytest

from apps.accounts.choices import Role
from tests.accounts.factories import make_person
from tests.kbart.reports import portal_settings


@pytest.fixture
def portal(settings, tmp_path):
    settings.NODE = portal_settings(tmp_path)
    return settings


@pytest.fixture
def rita(client):
    person = make_person("rita", Role.REPORTS)
    client.force_login(person)
    return person
