"""Stored HTTP heads, the last few kept: with small bodies the head is half of what is read."""

from functools import lru_cache
from pathlib import Path

from apps.repository import services as repository
from apps.repository.heads import Head
from apps.repository.values import StoredArtifact

MOST = 4_000
# Longer ones are read each time: so many of them would take too much room.
LONGEST = 4_096


class _LongError(Exception):
    """Not to be kept."""

    def __init__(self, head: Head) -> None:
        super().__init__("a long head")
        self.head = head


def head_of(artifact: StoredArtifact) -> Head | None:
    """The head of a version, which never changes; None for what did not come by HTTP. ContentError as the store has it."""
    try:
        return _head(repository.root(), artifact)
    except _LongError as long:
        return long.head


@lru_cache(MOST)
def _head(_root: Path, artifact: StoredArtifact) -> Head | None:
    head = repository.head(artifact)
    if head is not None and sum(len(name) + len(value) for name, value in head.fields) > LONGEST:
        raise _LongError(head)
    return head
