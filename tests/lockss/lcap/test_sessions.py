"""Recorded conversations: told as their decoded.json tells them, and every vote in them hashed again."""

import ast
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.lcap.codec import body_blocks, decode, encode
from apps.lockss.lcap.errors import FramingCode, MessageCode
from apps.lockss.lcap.framing import DataFrame, WholeFrameReader, data_frame, peerid_frame
from apps.lockss.lcap.hashing import BlockHasher, VersionContent, voter_challenges
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import Header, Message, NoOp, Vote, VoteBlock
from apps.lockss.lcap.order import order_key
from apps.lockss.lcap.transcript import transcribe
from tests.lockss.lcap.recorded import CONTENT, LOCAL, both, decoded_session, session_files
from tests.shared import VECTORS, needs_shared

HELLO = peerid_frame(PeerId("10.0.0.1", 9729))


def messages_of(path: Path) -> Iterator[Message]:
    reader = WholeFrameReader()
    for event in [*reader.feed(path.read_bytes()), *reader.finish()]:
        if isinstance(event, DataFrame):
            yield decode(event.payload)


@pytest.mark.parametrize("path", both(session_files))
def test_told_as_recorded(path):
    told = transcribe(path.read_bytes())
    assert told.fault is None
    assert json.loads(json.dumps(told.frames)) == decoded_session(path.parent)[path.name]


@pytest.mark.parametrize("path", both(session_files))
def test_every_message_goes_there_and_back(path):
    found = list(messages_of(path))
    assert found
    for message in found:
        assert decode(encode(message)) == message
        assert decode(encode(message, "Sat Nov 21 03:10:54 UTC 2026")) == message


@needs_shared
def test_every_recorded_file_is_described_and_seen(capsys):
    files = session_files(VECTORS)
    for folder in {path.parent for path in files}:
        assert set(folder.glob("*.bin")) == {path for path in files if path.parent == folder}
    kinds = Counter(message.opcode.name for path in files for message in messages_of(path))
    sessions = {path.parent.name for path in files}
    with capsys.disabled():
        print(
            f"\nLCAP sessions seen under the shared vectors: {len(sessions)} with {len(files)} streams, "
            f"{kinds.total()} messages {dict(kinds)}",
            file=sys.stderr,
        )
    assert len(sessions) >= 3
    assert kinds.total() >= 65


def stored_content(folder: Path, name: str) -> list[bytes]:
    """What a node of a session may have held under a path: the file, its variants, what the README spells out."""
    files = [path for path in CONTENT.rglob("*") if path.is_file()]
    held = [
        path.read_bytes()
        for path in sorted(files)
        if re.sub(r"\.(damaged|v\d+)$", "", path.relative_to(CONTENT).as_posix()) == name
    ]
    literals = re.findall(r'\bb"(?:[^"\\]|\\.)*"', readme_of(folder))
    return held + [ast.literal_eval(literal) for literal in literals]


def readme_of(folder: Path) -> str:
    return (folder / "README.md").read_text(encoding="utf-8")


def names_damage(folder: Path, name: str) -> bool:
    """Whether the README speaks of this path, as it does of every copy that was made another one."""
    return name in readme_of(folder)


@dataclass(slots=True)
class Again:
    """What was recomputed: blocks and versions equal to the recorded, and versions only named as damaged."""

    blocks: int = 0
    versions: int = 0
    damaged: int = 0


def hash_block(folder: Path, block: VoteBlock, hasher: BlockHasher, which: int, count: Again) -> None:
    name = block.url.split("/vol1/", 1)[1]
    by_hash = {
        hasher.hash_url("", [VersionContent([content])]).versions[0].plain: content
        for content in stored_content(folder, name)
    }
    known = [version for version in block.versions if version.plain_hash in by_hash]
    if len(known) < len(block.versions):
        assert names_damage(folder, name), f"no content for a version of {block.url}"
        count.damaged += len(block.versions) - len(known)
    contents = [by_hash[version.plain_hash] for version in known]
    again = hasher.hash_url(block.url, [VersionContent([content], len(content)) for content in contents])
    assert again.block(which) == replace(block, versions=tuple(known))
    count.blocks += 1
    count.versions += len(known)


def hash_again(folder: Path) -> Again:
    """Recompute every block of a session from the content."""
    count = Again()
    for path in sorted(folder.glob("*.bin")):
        for message in messages_of(path):
            header = message.header
            challenges = voter_challenges(header.poller_nonce, header.voter_nonce, header.voter_nonce2)
            hasher = BlockHasher(challenges, header.hash_algorithm)
            # The voter's blocks answer its own challenge, those in a receipt the symmetric one.
            which = 0 if isinstance(message, Vote) else 1
            for block in body_blocks(message):
                hash_block(folder, block, hasher, which, count)
    return count


def session_folders() -> list[Path]:
    return sorted({path.parent for path in session_files(VECTORS)})


@needs_shared
@pytest.mark.parametrize("folder", session_folders(), ids=lambda folder: folder.name)
def test_every_block_of_every_vote_is_hashed_again(folder, capsys):
    count = hash_again(folder)
    with capsys.disabled():
        print(
            f"\n{folder.name}: {count.blocks} vote blocks, {count.versions} versions hashed again, "
            f"{count.damaged} known only as damaged",
            file=sys.stderr,
        )
    recorded = sum(
        frame.get("message", {}).get("voteBlockCount", 0)
        for frames in decoded_session(folder).values()
        for frame in frames
    )
    assert count.blocks == recorded
    assert count.damaged <= count.versions // 4


@needs_shared
@pytest.mark.parametrize("folder", session_folders(), ids=lambda folder: folder.name)
def test_recorded_votes_are_in_order(folder):
    for path in folder.glob("*.bin"):
        for message in messages_of(path):
            keys = [order_key(block.url) for block in body_blocks(message)]
            assert keys == sorted(set(keys))


SMALL = LOCAL / "sessions" / "01-poll-agree" / "c001_1-to-3.rev.bin"


@pytest.mark.parametrize("length", [35, 40, 48, 100, 527, 530, 3541])
def test_a_stream_that_breaks_off_is_told_up_to_there(length):
    raw = SMALL.read_bytes()
    told = transcribe(raw[:length])
    whole = transcribe(raw).frames
    complete = [frame for frame in whole if frame["offset"] + 14 + frame["length"] <= length]
    assert told.frames == complete
    assert told.fault.code is FramingCode.TRUNCATED
    assert told.fault.offset == whole[len(complete)]["offset"]
    assert str(length) in str(told.fault)


def test_a_wrong_checksum_is_a_fault_of_its_frame():
    raw = bytearray(SMALL.read_bytes())
    second = transcribe(bytes(raw)).frames[2]["offset"]
    raw[second + 14 + 100] ^= 1
    told = transcribe(bytes(raw))
    assert len(told.frames) == 2
    assert told.fault.code is MessageCode.BAD_CHECKSUM
    assert told.fault.offset == second + 14 + 29
    assert f"frame at byte {second}" in str(told.fault)


def test_frames_of_other_kinds_are_told_without_a_message():
    close = b"\xff\x03" + bytes(12)
    old = b"\xff\x02" + (3).to_bytes(8, "big") + (7).to_bytes(4, "big") + b"old"
    told = transcribe(HELLO + close + old + data_frame(encode(NoOp(Header()))))
    assert told.fault is None
    assert [(frame["op_name"], "message" in frame) for frame in told.frames] == [
        ("PEERID", False),
        ("CLOSE", False),
        ("DATA", False),
        ("DATA", True),
    ]
    assert told.frames[-1]["message"]["type"] == "NoOp"


def test_trailing_bytes_of_a_message_are_counted():
    told = transcribe(HELLO + data_frame(encode(NoOp(Header())) + b"xyz"))
    assert told.fault is None
    assert told.frames[1]["message"]["trailing_bytes"] == 3


@given(st.integers(0, SMALL.stat().st_size - 1), st.integers(1, 255))
def test_any_damage_is_told_or_a_fault(place, mask):
    raw = bytearray(SMALL.read_bytes())
    raw[place] ^= mask
    told = transcribe(bytes(raw))
    json.dumps(told.frames)
    if told.fault is not None:
        assert 0 <= told.fault.offset <= len(raw)
        before = [frame for frame in transcribe(SMALL.read_bytes()).frames if frame["offset"] < place]
        assert told.frames[: len(before) - 1] == before[:-1]


@given(st.binary())
def test_any_bytes_are_told_or_a_fault(raw):
    for stream in (raw, HELLO + data_frame(b"lpm\x03\x05" + raw)):
        json.dumps(transcribe(stream).frames)
