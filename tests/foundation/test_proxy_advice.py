"""What docs/operation.md advises for a proxy in front fits what the portal itself is set to."""

import re

from lockss_portal.conf.load import ROOT, load_node
from lockss_portal.processes import WEB_KEEP_ALIVE_S, WEB_THREADS

SHOWN = (ROOT / "docs" / "operation.md").read_text(encoding="utf-8")
ADVICE = SHOWN.partition("## Behind a proxy")[2].partition("\n## ")[0]


def advised(name: str) -> int:
    """The number in the example; the same one stands in the table."""
    found = {int(number) for number in re.findall(rf"{name} (\d+)(?:m|s)\b", ADVICE)}
    assert len(found) == 1, (name, found)
    return found.pop()


def test_the_longest_upload_passes() -> None:
    node = load_node({})
    assert advised("client_max_body_size") * 1024**2 > node.upload_max_bytes
    assert f"({node.upload_max_bytes // 1024**2} MiB)" in ADVICE


def test_the_portals_own_patience_ends_first() -> None:
    node = load_node({})
    assert advised("proxy_read_timeout") > node.web_timeout
    assert advised("keepalive_timeout") < WEB_KEEP_ALIVE_S
    assert f"({node.web_timeout} s)" in ADVICE
    assert WEB_THREADS == 4
    assert "four in each of" in ADVICE


def test_what_the_portal_trusts_is_set_by_the_proxy() -> None:
    example = ADVICE.partition("```nginx")[2]
    for header in ("Host $host", "X-Forwarded-Proto $scheme", "X-Forwarded-For $remote_addr"):
        assert f"proxy_set_header {header};" in example
