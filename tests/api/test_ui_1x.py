"""No status table of LOCKSS 1.x may be missing without a reason in docs/ui-1x.md."""

from pathlib import Path

import pytest

from apps.api.tables import TABLES

DOC = (Path(__file__).parents[2] / "docs" / "ui-1x.md").read_text(encoding="utf-8")
NOT_HERE = """
    HashQ SchedQ TimerQ MetadataStatusTable UserStatus SCommChans SCommPeers V3ErrorURLsTable V3PeerAgreeUrlsTable
    V3PeerDisagreeUrlsTable V3PeerPollerOnlyUrlsTable V3PeerVoterOnlyUrlsTable
"""


@pytest.mark.parametrize("name", [*sorted(TABLES), *NOT_HERE.split()])
def test_each_table_has_its_row(name):
    row = next((line for line in DOC.splitlines() if line.startswith("| `") and f"`{name}`" in line), "")
    assert row.rstrip(" |").endswith("yes" if name in TABLES else "no"), name
