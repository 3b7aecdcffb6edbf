"""Pages of permissions: agreements are entered by network administrators; evidence is shown, never run."""

import pytest

from tests import factories as make
from tests.asking import check_reading

pytestmark = pytest.mark.django_db
NEW = "/permissions/agreements/new/"


def test_who_may_read(client, sample):
    page = check_reading(client, f"/permissions/agreements/{sample.agreement.pk}/", "nodes/facts_page.html")
    assert "1 selected archival unit" in page
    page = check_reading(client, f"/permissions/evidence/{sample.evidence.pk}/", "permissions/evidence.html")
    assert make.STATEMENT in page
