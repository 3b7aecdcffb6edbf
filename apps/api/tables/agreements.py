"""What an AU's peers agreed to: summary, repair candidates, every kind of agreement, and who does not hold it."""

from collections.abc import Iterable

from apps.api.choices import Kind
from apps.api.table import Column, StatusTable, Summary
from apps.api.tables import words
from apps.api.tables.registry import Asked, au_of, status_table
from apps.aus.models import Au
from apps.peers.choices import AgreementType
from apps.peers.models import Agreement, NoAuPeer
from apps.polls.models import Participant

# What we found, with what the peer told us of its own poll.
HINTS = {
    AgreementType.POR: AgreementType.POR_HINT,
    AgreementType.POP: AgreementType.POP_HINT,
    AgreementType.SYMMETRIC_POR: None,
    AgreementType.SYMMETRIC_POP: None,
    AgreementType.W_POR: AgreementType.W_POR_HINT,
    AgreementType.W_POP: AgreementType.W_POP_HINT,
    AgreementType.W_SYMMETRIC_POR: None,
    AgreementType.W_SYMMETRIC_POP: None,
}


class Pair:
    """A peer's agreement of one kind and the hint that belongs to it; either may be missing."""

    def __init__(self, peer: str, kind: str) -> None:
        self.peer, self.kind = peer, kind
        self.found: Agreement | None = None
        self.hint: Agreement | None = None


def pairs(au: Au, kinds: Iterable[AgreementType] = tuple(HINTS)) -> list[Pair]:
    wanted = {str(kind): (str(kind), "found") for kind in kinds}
    wanted |= {str(HINTS[kind]): (str(kind), "hint") for kind in kinds if HINTS[kind]}
    rows = Agreement.objects.filter(au_key=au.pk, type__in=wanted).select_related("peer")
    made: dict[tuple[str, str], Pair] = {}
    for row in rows.order_by("peer__identity", "type"):
        kind, part = wanted[row.type]
        pair = made.setdefault((row.peer.identity, kind), Pair(row.peer.identity, kind))
        setattr(pair, part, row)
    return list(made.values())


def _of(part: str, name: str):
    def get(pair: Pair) -> object:
        row = getattr(pair, part)
        return getattr(row, name) if row is not None else None

    return get


def _columns(*names: tuple[str, str, str, str]) -> list[Column]:
    """(name, title, part, field) each with its date."""
    made = []
    for name, title, part, field in names:
        made.append(Column(name, title, Kind.AGREEMENT, _of(part, field)))
        made.append(Column(f"{name}Date", "Date", Kind.DATE, _of(part, f"{field}_at")))
    return made


BOX = Column("Box", "Box", Kind.STRING, lambda pair: pair.peer)


@status_table("PeerRepair", "Repair Candidates", needs_key=True)
def repair(asked: Asked) -> StatusTable:
    au = au_of(asked.key)
    return StatusTable(
        "PeerRepair",
        f"Repair candidates for {au.name}",
        (
            BOX,
            *_columns(
                ("HighestPercentAgreement", "Highest Agreement", "found", "highest"),
                ("LastPercentAgreement", "Last Agreement", "found", "last"),
                ("HighestPercentAgreementHint", "Highest Agreement Hint", "hint", "highest"),
                ("LastPercentAgreementHint", "Last Agreement Hint", "hint", "last"),
            ),
        ),
        pairs(au, [AgreementType.POR]),
        key=au.auid,
        summary=[Summary("Volume", Kind.STRING, words.au_link(au))],
    )


@status_table("PeerAgreement", "Peer Agreements", needs_key=True)
def agreement(asked: Asked) -> StatusTable:
    au = au_of(asked.key)
    return StatusTable(
        "PeerAgreement",
        f"Peer agreements for {au.name}",
        (
            BOX,
            Column("Type", "Type", Kind.STRING, lambda pair: pair.kind),
            *_columns(
                ("Last", "Last", "found", "last"),
                ("Highest", "Highest", "found", "highest"),
                ("LastHint", "Last Hint", "hint", "last"),
                ("HighestHint", "Highest Hint", "hint", "highest"),
            ),
        ),
        pairs(au),
        key=au.auid,
        summary=[Summary("Volume", Kind.STRING, words.au_link(au))],
    )


@status_table("PeerVoteSummary", "Peer Vote Summary", needs_key=True)
def votes(asked: Asked) -> StatusTable:
    au = au_of(asked.key)
    return StatusTable(
        "PeerVoteSummary",
        f"Votes on {au.name}",
        (
            Column("Box", "Box", Kind.STRING, lambda row: row[0]),
            Column("Last", "Consensus", Kind.STRING, lambda row: "Yes" if row[1].last == 1 else "No"),
            Column("Polls", "Polls", Kind.INT, lambda row: row[1].polls),
            Column("Agree", "Agreed", Kind.INT, lambda row: row[1].agreed),
            Column("LastAgree", "Last Agree", Kind.DATE, lambda row: row[1].last_agree),
            Column("LastDisagree", "Last Disagree", Kind.DATE, lambda row: row[1].last_disagree),
        ),
        _votes(au),
        key=au.auid,
        summary=[Summary("Volume", Kind.STRING, words.au_link(au))],
    )


class Voted:
    def __init__(self) -> None:
        self.polls = self.agreed = 0
        self.last = None
        self.last_agree = self.last_disagree = None


def _votes(au: Au) -> list[tuple[str, Voted]]:
    """From the polls that are still kept, the oldest first."""
    rows = Participant.objects.filter(poll__au=au, agreement__isnull=False).order_by("poll_id")
    found: dict[str, Voted] = {}
    for peer, share, at in rows.values_list("peer__identity", "agreement", "poll__ended_at").iterator():
        one = found.setdefault(peer, Voted())
        one.polls, one.last = one.polls + 1, share
        if share == 1:
            one.agreed, one.last_agree = one.agreed + 1, at
        else:
            one.last_disagree = at
    return sorted(found.items())


@status_table("NoAuPeers", "Peers not holding AU", needs_key=True)
def without(asked: Asked) -> StatusTable:
    au = au_of(asked.key)
    rows = NoAuPeer.objects.filter(au_key=au.pk).order_by("peer__identity")
    return StatusTable(
        "NoAuPeers",
        f"Peers not holding {au.name}",
        (Column("Peer", "Peer", Kind.STRING, lambda peer: peer),),
        list(rows.values_list("peer__identity", flat=True)),
        key=au.auid,
    )
