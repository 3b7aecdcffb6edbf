"""Recorded polls tallied again: the agreement in each receipt, and the repair, come out as deployed nodes had them."""

import sys
from dataclasses import dataclass, field

import pytest

from apps.lockss.lcap.agreement import share
from apps.lockss.lcap.codec import encode
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.hashing import BlockHasher, HashedUrl, VersionContent
from apps.lockss.lcap.messages import EvaluationReceipt, Header, Poll, RepairReply, RepairRequest, Vote
from apps.lockss.lcap.order import order_key
from apps.lockss.lcap.repair_content import RepairVerdict, verify_repair
from apps.lockss.lcap.repair_policy import RepairAction, RepairFacts, repair_wish
from apps.lockss.lcap.tally import Tally, TallyRules, retally, symmetric_counts
from apps.lockss.lcap.verdict import UrlResult
from tests.lockss.lcap.poll_samples import VOTERS
from tests.lockss.lcap.recorded import CONTENT
from tests.lockss.lcap.test_sessions import messages_of, session_folders
from tests.shared import needs_shared

# The recorded network had three voters.
RULES = TallyRules(quorum=3, margin=75)
DAMAGED = b"DAMAGED text article B!\r\n"
REPAIRED_URL = "http://127.0.0.1:8880/vol1/issue1/b.txt"


@dataclass
class Recorded:
    """The messages of one poll, by voter in order of its vote's file."""

    invitations: list[Poll] = field(default_factory=list)
    votes: list[Vote] = field(default_factory=list)
    receipts: list[EvaluationReceipt] = field(default_factory=list)
    requests: list[RepairRequest] = field(default_factory=list)
    repairs: list[RepairReply] = field(default_factory=list)

    def receipt_of(self, vote: Vote) -> EvaluationReceipt:
        nonce = vote.header.voter_nonce
        return next(receipt for receipt in self.receipts if receipt.header.voter_nonce == nonce)


def read(folder) -> Recorded:
    recorded = Recorded()
    lists = {
        Poll: recorded.invitations,
        Vote: recorded.votes,
        EvaluationReceipt: recorded.receipts,
        RepairRequest: recorded.requests,
        RepairReply: recorded.repairs,
    }
    for path in sorted(folder.glob("*.bin")):
        for message in messages_of(path):
            lists.get(type(message), []).append(message)
    return recorded


def poller_contents(folder, recorded: Recorded) -> dict[str, list[bytes]]:
    """What the poller held: the voters' content, but for the copies that the README calls damaged.

    Version hashes in the votes tell which of the stored variants a URL had.
    """
    files = {path.read_bytes() for path in CONTENT.rglob("*") if path.is_file()}
    hasher = BlockHasher((), "SHA-1")
    by_hash = {hasher.hash_url("", [VersionContent([body])]).versions[0].plain: body for body in files}
    # The poller's own view, where a receipt shows it; else a voter's.
    shown = [receipt.vote_blocks for receipt in recorded.receipts if receipt.vote_blocks]
    blocks = shown[0] if shown else recorded.votes[0].vote_blocks
    contents = {
        block.url: [by_hash.get(version.plain_hash, DAMAGED) for version in block.versions]
        for block in blocks
    }
    if not shown and recorded.repairs:
        contents[REPAIRED_URL] = [DAMAGED]
    return contents


def tally_again(contents, votes, rules=RULES):
    challenges = [vote.header.poller_nonce + vote.header.voter_nonce for vote in votes]
    hasher = BlockHasher(challenges, votes[0].header.hash_algorithm)
    urls = sorted(contents, key=order_key)
    own = [
        hasher.hash_url(url, [VersionContent([body], len(body)) for body in contents[url]]) for url in urls
    ]
    walk = Tally(own, [vote.vote_blocks for vote in votes], rules)
    return list(walk.rows()), walk.summary(), hasher


@needs_shared
@pytest.mark.parametrize("folder", session_folders(), ids=lambda folder: folder.name)
def test_the_recorded_agreement_is_recomputed(folder, capsys):
    recorded = read(folder)
    assert recorded.votes
    rows, summary, _ = tally_again(poller_contents(folder, recorded), recorded.votes)
    assert not any(summary.faults)
    for vote, counts in zip(recorded.votes, summary.counts, strict=True):
        receipt = recorded.receipt_of(vote)
        assert counts.agreement == receipt.agreement_hint
        # And in the very characters: the same hint encodes to the same text.
        ours = EvaluationReceipt(Header(), agreement_hint=counts.agreement)
        theirs = EvaluationReceipt(Header(), agreement_hint=receipt.agreement_hint)
        assert encode(ours) == encode(theirs)
    with capsys.disabled():
        hints = sorted({receipt.agreement_hint for receipt in recorded.receipts})
        print(
            f"\n{folder.name}: {len(recorded.votes)} votes tallied, {summary.urls} URLs, "
            f"{len(rows)} with dissent, agreement {hints}",
            file=sys.stderr,
        )


@needs_shared
@pytest.mark.parametrize("folder", session_folders(), ids=lambda folder: folder.name)
def test_recorded_receipts_show_the_poller_to_its_voters(folder):
    """Symmetric blocks: the voter's own hash of what the poller holds agrees with what the poller sent."""
    recorded = read(folder)
    contents = poller_contents(folder, recorded)
    for vote in recorded.votes:
        receipt = recorded.receipt_of(vote)
        if not receipt.vote_blocks:
            continue
        challenge = vote.header.poller_nonce + vote.header.voter_nonce2
        hasher = BlockHasher([challenge], vote.header.hash_algorithm)
        own = [
            hasher.hash_url(url, [VersionContent([body], len(body)) for body in contents[url]]).block()
            for url in sorted(contents, key=order_key)
        ]
        assert symmetric_counts(own, receipt.vote_blocks).agreement == 1.0
        # With the voter's first challenge instead nothing can be proven.
        wrong = BlockHasher([vote.header.poller_nonce + vote.header.voter_nonce], vote.header.hash_algorithm)
        forged = [
            wrong.hash_url(url, [VersionContent([body])]).block() for url, (body, *_) in contents.items()
        ]
        forged.sort(key=lambda block: order_key(block.url))
        assert symmetric_counts(forged, receipt.vote_blocks).agreement == 0.0


def repair_folders():
    return [folder for folder in session_folders() if read(folder).repairs]


@needs_shared
@pytest.mark.parametrize("folder", repair_folders(), ids=lambda folder: folder.name)
def test_the_recorded_repair_is_wanted_believed_and_wins(folder):
    recorded = read(folder)
    votes = recorded.votes
    rows, summary, hasher = tally_again(poller_contents(folder, recorded), votes)
    (row,) = rows
    assert (row.url, row.result) == (REPAIRED_URL, UrlResult.LOST)
    assert summary.totals.agreement == share(7, 8)

    # Whom the recorded poller asked is among whom we would ask.
    config = PollConfig(repair_from_peer_share=1.0)
    found = repair_wish(row, VOTERS, RULES, RepairFacts(publisher_up=False), config, iter([0.5] * 4))
    assert found.action is RepairAction.REPAIR
    assert len(found.sources) == len(votes)
    (request,) = recorded.requests
    assert request.header.voter_nonce in {vote.header.voter_nonce for vote in votes}
    assert request.url == found.url

    (reply,) = recorded.repairs
    copy = hasher.hash_url(reply.url, [VersionContent([reply.repair_bytes])])
    assert verify_repair(reply.repair_props, copy.versions[0].plain, found.hashes) is RepairVerdict.ACCEPTED
    bad = hasher.hash_url(reply.url, [VersionContent([DAMAGED])])
    assert (
        verify_repair(reply.repair_props, bad.versions[0].plain, found.hashes) is RepairVerdict.WRONG_CONTENT
    )

    repaired = retally(row, copy, RULES)
    assert repaired.result is UrlResult.WON
    assert summary.totals.moved(row.result, repaired.result).agreement == 1.0
    # Without the new version nothing would have changed.
    assert retally(row, HashedUrl(row.url, bad.versions, 0), RULES).result is UrlResult.LOST
