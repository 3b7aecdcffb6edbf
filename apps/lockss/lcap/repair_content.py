"""A copy that a peer sent: whether to believe it, and which of its properties to keep (lcap-v3 §7.4, §3.9)."""

import hmac
from collections.abc import Collection
from enum import StrEnum

from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import MINOR_1X, Props, props_of


class RepairVerdict(StrEnum):
    """What a received copy is worth before anything is stored."""

    ACCEPTED = "accepted"
    WITHOUT_PROPS = "no-properties"
    WRONG_CONTENT = "not-what-was-voted"


def verify_repair(
    props: Props | None, plain_hash: bytes, hashes: frozenset[bytes], *, failed: bool = False
) -> RepairVerdict:
    """Judge a copy by ``plain_hash`` of its hash stream, as we would vote it.

    ``hashes`` are those a landslide voted for; ``failed``: hashing the copy met an error.
    """
    if props is None:
        return RepairVerdict.WITHOUT_PROPS
    if failed or not any(hmac.compare_digest(plain_hash, wanted) for wanted in hashes):
        return RepairVerdict.WRONG_CONTENT
    return RepairVerdict.ACCEPTED


def held_names(url: str, minor: int) -> tuple[str, ...]:
    """Under which names a store may hold what a poll of revision ``minor`` calls ``url``, likeliest first."""
    return (url, url + "/") if minor == MINOR_1X and not url.endswith("/") else (url,)


def stored_name(url: str, props: Props, held: Collection[str] = ()) -> str:
    """The name to store a copy of ``url`` under.

    Polls by revision 5 name ``x/`` as ``x``. Where we hold only ``x/``, or hold neither and the sender says that
    its own name has the slash, the copy gets it too, so that a repaired index page is what was collected
    (lcap-v3 §5.6). ``held``: names of ours, of which only these two matter.
    """
    slashed = url + "/"
    if url in held:
        return url
    return slashed if slashed in held or ("x-lockss-node-url", slashed) in props else url


# Bookkeeping of the sender that describes the content and not the sender's store.
CONTENT_KEYS = frozenset(
    {
        "x-lockss-node-url",
        "x-lockss-content-url",
        "x-lockss-redirected-to",
        "x-lockss-content-type",
        "x-lockss-orig-url",
        "x-lockss-referrer",
        "x_lockss-server-date",
        "x-lockss-server-date",
    }
)
MAX_PROPS = 256
MAX_PROP_CHARS = 16_384


def stored_props(props: Props, sender: PeerId, now: int) -> Props:
    """The properties to keep with a repaired version: the publisher's headers and what we know ourselves.

    Names of our bookkeeping beyond an allow-list, overlong and surplus entries are left out; a peer does not
    get to set a checksum or a provenance. ``now`` in ms since 1970.
    """
    kept = {
        name: value
        for name, value in props[:MAX_PROPS]
        if len(name) + len(value) <= MAX_PROP_CHARS and (name in CONTENT_KEYS or _is_header(name))
    }
    return props_of({**kept, "x-lockss-repaired-from": str(sender), "x-lockss-repaired-date": str(now)})


def _is_header(name: str) -> bool:
    return not name.startswith(("x-lockss", "x_lockss", "org.lockss"))
