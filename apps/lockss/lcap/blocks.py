"""Vote blocks: one record per URL, a length and a property block with nested ones (lcap-v3 §3.8)."""

import struct

from apps.lockss.lcap import properties
from apps.lockss.lcap.errors import EncodeCode, EncodeError, MessageCode, MessageError
from apps.lockss.lcap.fields import Fields, from_base64, to_base64
from apps.lockss.lcap.limits import DEFAULT_LIMITS, Limits
from apps.lockss.lcap.messages import BlockVersion, VoteBlock, VoteType

# Deployed readers take this as signed; we read it as it was meant and bound it by Limits.max_block.
LENGTH = struct.Struct(">H")


def decode_block(record: bytes, limits: Limits = DEFAULT_LIMITS, at: int = 0) -> VoteBlock:
    """A block from its property text, without the length; MessageError for anything else."""
    fields = Fields(properties.load(record, max_entries=limits.max_entries, at=at), at, limits)
    url = fields.text("url")
    if not url:
        raise MessageError(MessageCode.BAD_BLOCK, "a vote block without url", at)
    try:
        vote_type = VoteType(fields.int32("vt"))
    except ValueError:
        raise MessageError(MessageCode.BAD_BLOCK, f"vote type {fields.text('vt')[:20]!r}", at) from None
    nested = fields.words("vn", "\n")
    if len(nested) > limits.max_versions:
        raise MessageError(MessageCode.OVER_LIMIT, f"{len(nested)} versions of one URL", at)
    return VoteBlock(url, tuple(_decode_version(text, limits, at) for text in nested), vote_type)


def _decode_version(text: str, limits: Limits, at: int) -> BlockVersion:
    raw = from_base64(text, "a version", at)
    fields = Fields(properties.load(raw, max_entries=limits.max_entries, at=at), at, limits)
    return BlockVersion(
        plain_hash=fields.nonce("ph"),
        nonced_hash=fields.nonce("nh"),
        filtered_length=fields.int64("fl"),
        unfiltered_length=fields.int64("ul"),
        filtered_offset=fields.int64("fo"),
        unfiltered_offset=fields.int64("uo"),
        error=fields.flag("err"),
    )


def encode_block(block: VoteBlock, comment: str = "", limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The whole record, length included.

    EncodeError (BLOCK_TOO_LONG) where a deployed reader could not take it, which happens with URLs of
    tens of thousands of characters: such a URL cannot be voted on.
    """
    versions = "\n".join(to_base64(_encode_version(version, comment)) for version in block.versions)
    record = properties.dump({"vn": versions, "url": block.url, "vt": str(block.vote_type.value)}, comment)
    if len(record) > limits.max_block:
        raise EncodeError(
            EncodeCode.BLOCK_TOO_LONG, f"{len(record)} bytes for {block.url[:80]!r}, over {limits.max_block}"
        )
    return LENGTH.pack(len(record)) + record


def _encode_version(version: BlockVersion, comment: str) -> bytes:
    return properties.dump(
        {
            "err": "true" if version.error else "false",
            "fl": str(version.filtered_length),
            "ul": str(version.unfiltered_length),
            "ph": to_base64(version.plain_hash),
            "fo": str(version.filtered_offset),
            "uo": str(version.unfiltered_offset),
            "nh": to_base64(version.nonced_hash),
        },
        comment,
    )
