"""Bounds on what a peer may make us hold (lcap-v3 §2.2, §3.1, §3.8)."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Largest accepted sizes; bytes unless the name says otherwise.

    Frames default to the deployed 1 GiB. ``max_block`` is what a deployed reader can take, since it
    reads the length of a record as a signed 16-bit number; it bounds what we send and what we accept.
    """

    max_frame: int = 1024 * MIB
    max_peer_id: int = 50
    max_close: int = 1024
    max_properties: int = MIB
    max_entries: int = 4096
    max_key_chars: int = 255
    max_nonce: int = 1024
    max_nominees: int = 256
    max_blocks: int = 10_000_000
    max_block: int = 32_767
    max_versions: int = 128
    max_repair: int = 1024 * MIB


DEFAULT_LIMITS = Limits()
