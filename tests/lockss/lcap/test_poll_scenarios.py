"""One poll each among simulated nodes, and how it must end: a table."""

from dataclasses import dataclass, field

import pytest

from apps.lockss.lcap.agreement import share
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.poll_codes import ParticipantStatus, PollCode, PollStatus
from apps.lockss.lcap.verdict import UrlResult
from tests.lockss.lcap.poll_nodes import (
    BASE,
    GOOD,
    PEERS_REPAIR,
    SIX,
    URL,
    both,
    damage,
    lose,
    network_of,
    polled_before,
    refuse,
    switch,
)


@dataclass
class Scenario:
    """What is done to the nodes before node 0 polls, and how that ends; URL agreement of the AU after repairs."""

    name: str
    before: object = lambda nodes: None
    nodes: int = 6
    config: PollConfig = PEERS_REPAIR
    status: PollStatus = PollStatus.COMPLETE
    agreement: float = 1.0
    results: dict[str, UrlResult] = field(default_factory=dict)
    repaired: tuple[str, ...] = ()
    findings: tuple[PollCode, ...] = ()
    participants: dict[ParticipantStatus, int] | None = None
    publisher: bool = False


S = ParticipantStatus
SCENARIOS = [
    Scenario("all agree", participants={S.COMPLETE: 5}),
    Scenario("1 of 6 damaged", damage(0), results={URL: UrlResult.WON}, repaired=(URL,)),
    Scenario("1 of 6 lost", lose(0), results={URL: UrlResult.WON}, repaired=(URL,)),
    Scenario(
        "an empty file lost",
        lose(0, url=BASE + "empty"),
        results={BASE + "empty": UrlResult.WON},
        repaired=(BASE + "empty",),
    ),
    Scenario("a voter damaged", damage(3), results={URL: UrlResult.WON}),
    Scenario(
        "a voter has more",
        lambda nodes: nodes[3].content.update({BASE + "z": [b"extra"]}),
        results={BASE + "z": UrlResult.WON},
    ),
    Scenario(
        "damaged here and at a voter",
        damage(0, 3),
        results={URL: UrlResult.WON},
        repaired=(URL,),
    ),
    Scenario(
        "landslide loss without a common copy",
        damage(1, 2, 3, 4, 5),
        agreement=share(SIX - 1, SIX),
        results={URL: UrlResult.LOST},
    ),
    Scenario(
        "only here",
        lose(1, 2, 3, 4, 5),
        results={URL: UrlResult.LOST_POLLER_ONLY},
    ),
    Scenario(
        "too close",
        damage(1, 2),
        agreement=share(SIX - 1, SIX),
        results={URL: UrlResult.TOO_CLOSE},
    ),
    Scenario("no quorum", nodes=4, status=PollStatus.NO_QUORUM, agreement=0.0, participants={S.COMPLETE: 3}),
    Scenario("nobody there", nodes=1, status=PollStatus.NO_QUORUM, agreement=0.0, participants={}),
    Scenario(
        "a voter silent", switch(2, silent=True), nodes=7, participants={S.COMPLETE: 5, S.NO_RESPONSE: 1}
    ),
    Scenario(
        "a voter cannot hash",
        switch(2, hash_breaks=True),
        nodes=7,
        participants={S.COMPLETE: 5, S.DROPPED_OUT: 1},
        findings=(PollCode.DROPPED_OUT,),
    ),
    Scenario("peers refuse", refuse(2, 3, known=False), nodes=8, participants={S.COMPLETE: 5, S.DECLINED: 2}),
    Scenario(
        "all refuse",
        refuse(1, 2, 3, 4, 5, crawled=False),
        status=PollStatus.NO_QUORUM,
        agreement=0.0,
        participants={S.DECLINED: 5},
    ),
    Scenario("we cannot hash", switch(0, hash_breaks=True), status=PollStatus.ERROR, agreement=0.0),
    Scenario(
        "every voter but one lies in repair",
        both(damage(0), *(switch(index, lies_in_repair=True) for index in (1, 2, 3, 4))),
        results={URL: UrlResult.WON},
        repaired=(URL,),
    ),
    Scenario(
        "every voter lies in repair",
        both(damage(0), *(switch(index, lies_in_repair=True) for index in range(1, 6))),
        agreement=share(SIX - 1, SIX),
        results={URL: UrlResult.LOST},
        findings=(PollCode.REPAIR_REJECTED,) * 5,
    ),
    Scenario(
        "nobody serves repairs",
        both(damage(0), *(switch(index, serves_nothing=True) for index in range(1, 6))),
        agreement=share(SIX - 1, SIX),
        results={URL: UrlResult.LOST},
        findings=(PollCode.REPAIR_UNANSWERED,) * 4,
    ),
    Scenario(
        "the publisher repairs",
        damage(0),
        config=PollConfig(repair_from_peer_share=0.0),
        results={URL: UrlResult.WON},
        publisher=True,
    ),
    Scenario(
        "a publisher that changed is followed by a peer",
        both(damage(0), switch(0, publisher={})),
        config=PollConfig(repair_from_peer_share=0.0),
        results={URL: UrlResult.WON},
        repaired=(URL,),
        findings=(PollCode.REPAIR_REJECTED,),
    ),
    Scenario(
        "everything lost here",
        lambda nodes: nodes[0].content.clear(),
        # Revision 5 does not know the slash at the end; the store keeps it.
        results={url.removesuffix("/"): UrlResult.WON for url in GOOD},
        repaired=tuple(sorted(GOOD)),
    ),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenarios(scenario):
    nodes = network_of(scenario.nodes, scenario.config)
    if scenario.nodes > 5:
        polled_before(nodes)
    if scenario.publisher:
        nodes[0].publisher = {url: versions[0] for url, versions in GOOD.items()}
    scenario.before(nodes)
    before = len(nodes[0].findings)
    ended = nodes[0].network.poll(nodes[0])
    key = ended.poll.setup.key
    assert ended.closed
    assert ended.poll.status is scenario.status
    assert ended.poll.totals.agreement == scenario.agreement
    assert {url: row.result for (poll, url), row in nodes[0].rows.items() if poll == key} == scenario.results
    assert tuple(sorted(url for url, _ in nodes[0].repaired)) == scenario.repaired
    seen = [finding.code for finding in nodes[0].findings[before:]]
    if "every voter but one" not in scenario.name:
        assert tuple(seen) == scenario.findings
    if scenario.participants is not None:
        counted = [voter.status for voter in ended.participants]
        assert {status: counted.count(status) for status in set(counted)} == scenario.participants
    for url in scenario.repaired:
        assert nodes[0].content[url][0] == GOOD[url][0]
    assert all(vote.closed for node in nodes for vote in node.votes.values())
