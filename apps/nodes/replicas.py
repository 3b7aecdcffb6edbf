"""Copies are counted by node, replicas by institution: what one institution can lose at once is one replica.

Whose a node is, the room of the network knows, which lies above this one; without it every node stands alone.
"""

from collections.abc import Callable, Iterable, Mapping

# This node among the peers of a copy.
OURS = 0
Owners = Callable[[], Mapping[int, int]]
_owners: Owners | None = None


def provide(owners: Owners) -> None:
    """``owners``: the member that each claimed node belongs to, by the id of its peer; ``OURS`` is this node."""
    global _owners  # noqa: PLW0603
    _owners = owners


def members() -> Mapping[int, int]:
    return _owners() if _owners is not None else {}


def replicas(agreeing: Iterable[int], member_of: Mapping[int, int]) -> int:
    """How many institutions have a copy that agrees; who is claimed by nobody is one of its own."""
    return len({("member", member_of[peer]) if peer in member_of else ("node", peer) for peer in agreeing})
