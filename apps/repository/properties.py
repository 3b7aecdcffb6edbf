"""A version's stored properties as peers exchange them with a repair, both ways (lcap-v3 §3.9). Pure.

HTTP fields under lower-case names, several values joined by commas, and bookkeeping under ``x-lockss-`` names.
"""

import datetime as dt
from collections.abc import Mapping
from typing import BinaryIO

from apps.repository.captures import Capture
from apps.repository.choices import Fact, Origin
from apps.repository.heads import Head, make_head
from apps.repository.values import StoredArtifact

NODE_URL = "x-lockss-node-url"
CONTENT_TYPE = "x-lockss-content-type"
REDIRECTED_TO = "x-lockss-redirected-to"
CHECKSUM = "x-lockss-checksum"
# 1.x spells this one with an underscore; 2.x accepts it (lcap-v3 §3.9).
SERVER_DATE = "x_lockss-server-date"
_FACTS = {
    "x-lockss-repaired-from": Fact.REPAIRED_FROM,
    "x-lockss-repaired-date": Fact.REPAIRED_AT,
    "x-lockss-referrer": Fact.REFERRER,
    "x-lockss-content-url": "content-url",
    "x-lockss-orig-url": "orig-url",
    SERVER_DATE: Fact.SERVER_DATE,
    "x-lockss-server-date": Fact.SERVER_DATE,
}
# The other way each fact has one name.
_NAMES = {str(fact): name for name, fact in reversed(_FACTS.items())}
_OURS = ("x-lockss", "x_lockss", "org.lockss")


def stored_properties(
    artifact: StoredArtifact, head: Head | None, facts: Mapping[str, str]
) -> dict[str, str]:
    """What goes with a copy that is sent to a peer."""
    told: dict[str, list[str]] = {}
    for name, value in head.fields if head else ():
        told.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    properties = {name: ",".join(values) for name, values in told.items() if not name.startswith(_OURS)}
    properties[NODE_URL] = artifact.url
    properties[CHECKSUM] = f"SHA-256:{artifact.sha256.hex()}"
    properties[SERVER_DATE] = str(int(artifact.collected_at.timestamp() * 1000))
    if artifact.content_type:
        properties[CONTENT_TYPE] = artifact.content_type
    if artifact.redirected_to is not None:
        properties[REDIRECTED_TO] = artifact.redirected_to
    return properties | {name: facts[fact] for fact, name in _NAMES.items() if facts.get(fact)}


def repair_capture(
    *,
    url: str,
    properties: Mapping[str, str],
    body: bytes | BinaryIO,
    peer: str,
    at: dt.datetime,
    sha256: bytes | None = None,
) -> Capture:
    """A copy that a peer sent, as a capture. What it may say of itself was judged before (lcap-v3 §7.4).

    The status line is not among the properties; a repaired file was an answer 200 at the peer's.
    """
    known = {name.lower(): value for name, value in properties.items()}
    fields = [
        (name.encode("latin-1", "replace"), value.encode("utf-8" if not _is_latin(value) else "latin-1"))
        for name, value in known.items()
        if not name.startswith(_OURS)
    ]
    facts = {str(fact): known[name] for name, fact in _FACTS.items() if known.get(name)}
    facts[Fact.REPAIRED_FROM] = peer
    facts.setdefault(Fact.REPAIRED_AT, str(int(at.timestamp() * 1000)))
    return Capture(
        url=url,
        collected_at=at,
        origin=Origin.REPAIR_PEER,
        body=body,
        head=make_head(200, fields, b"OK"),
        content_type=known.get(CONTENT_TYPE),
        redirected_to=known.get(REDIRECTED_TO) or None,
        facts=facts,
        sha256=sha256,
    )


def _is_latin(text: str) -> bool:
    return all(c <= "\xff" for c in text)
