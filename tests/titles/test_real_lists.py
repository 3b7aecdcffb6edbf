"""The shared lists of real networks in the real database: counts as the original tools give them, twice the same."""

import hashlib
import json

import pytest

from apps.titles.models import ListedAu, ListEntry, Publisher, Title
from apps.titles.services import import_tdb_folder
from tests.shared import DATA, VECTORS, needs_shared

NETWORKS = ("adpn", "clockss-triggered", "coppulpln", "dkdemopln", "synergiespln", "usdocspln")


@needs_shared
@pytest.mark.django_db
@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_is_in_the_database_as_the_original_counts_it(network):
    expected = json.loads((VECTORS / "tdb" / "counts.json").read_text())["networks"][network]
    row = import_tdb_folder(path=DATA / "tdb" / network)
    assert (row.files, row.added) == (expected["files"], expected["distinct_auids"])
    auids = sorted(ListedAu.objects.values_list("auid", flat=True))
    assert hashlib.sha256("\n".join(auids).encode()).hexdigest() == expected["sorted_distinct_auid_sha256"]
    assert Publisher.objects.count() == expected["distinct_publishers"]
    titles = Title.objects.count()
    # Names that differ in case or marks alone are one; blocks without AUs make no title.
    assert 0.9 * expected["distinct_titles"] <= titles <= expected["distinct_titles"]
    assert not Title.objects.filter(au_count=0).exists()
    assert row.findings.filter(code="auid-twice").count() == expected["aus"] - expected["distinct_auids"]
    if not row.findings.exists():
        statuses = dict.fromkeys(expected["status"], 0)
        for status in ListEntry.objects.values_list("status", flat=True):
            statuses[status] += 1
        assert statuses == expected["status"]
    again = import_tdb_folder(path=DATA / "tdb" / network)
    assert (again.added, again.changed, again.retired, again.titles_changed) == (0, 0, 0, 0)
    assert again.unchanged == row.added
    assert again.sha256 == row.sha256
    print(f"{network}: {row.added} AUs of {titles} titles")
