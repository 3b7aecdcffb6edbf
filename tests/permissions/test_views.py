"""Pages of permissions: agreements are entered by network administrators; evidence is shown, never run."""

import pytest

from tests import factories as make
from tests.asking import as_person, check_reading

pytestmark = pytest.mark.django_db
NEW = "/permissions/agreements/new/"


def test_who_may_read(client, sample):
    page = check_reading(
        client, f"/permissions/agreements/{sample.agreement.pk}/", "permissions/agreement.html"
    )
    assert "1 selected archival unit" in page
    page = check_reading(client, f"/permissions/evidence/{sample.evidence.pk}/", "permissions/evidence.html")
    assert make.STATEMENT in page


@pytest.mark.parametrize("charset", ["idna", "undefined", "nonsense", "utf-16"])
def test_evidence_of_any_character_set_opens(client, sample, charset):
    sample.evidence.response_headers = [["Content-Type", f"text/html; charset={charset}"]]
    sample.evidence.save()
    as_person(client)
    assert client.get(f"/permissions/evidence/{sample.evidence.pk}/").status_code == 200
