"""Copies are counted by node, replicas by institution: what one institution can lose at once is one replica.

Whose a node is, the room of the network knows, which lies above this one; without it every node stands alone.
"""

from collections.abc import Callable, Iterable, Mapping

# This node among the peers of a copy.
OURS = 0
Owners = Callable[[], Mapping[int, int]]
Names = Callable[[], Mapping[int, str]]
_owners: Owners | None = None
_names: Names | None = None


def provide(owners: Owners, names: Names) -> None:
    """``owners``: the member that each claimed node belongs to, by the id of its peer; ``OURS`` is this node.
    ``names``: of the members that have a node, by their numbers."""
    global _owners, _names
    _owners, _names = owners, names


def members() -> Mapping[int, int]:
    return _owners() if _owners is not None else {}


def institutions() -> Mapping[int, str]:
    """Names of members that have a node, by their numbers."""
    return _names() if _names is not None else {}


def nodes_of(member: int) -> set[int]:
    """Ids of the peers that are nodes of this member; ``OURS`` among them if this node is its own."""
    return {peer for peer, owner in members().items() if owner == member}


def replicas(agreeing: Iterable[int], member_of: Mapping[int, int]) -> int:
    """How many institutions have a copy that agrees; who is claimed by nobody is one of its own."""
    return len({("member", member_of[peer]) if peer in member_of else ("node", peer) for peer in agreeing})
