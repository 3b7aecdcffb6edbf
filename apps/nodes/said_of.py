"""How AUs stand, in a word or two: what the lists of titles ask of this room."""

from collections.abc import Sequence

from apps.nodes.choices import AuWord
from apps.nodes.models import AuStatus
from apps.nodes.services import standing
from apps.nodes.words import BLOCKED_TOO, PRESERVED, au_word


def standing_said(keys: Sequence[int]) -> dict[int, str]:
    """``Preserved``, ``Collected, blocked``: as the list of archival units says it."""
    rows = AuStatus.objects.filter(pk__in=keys).only("word", "block", "agreeing")
    return {row.pk: _said(row) for row in rows}


def _said(row: AuStatus) -> str:
    word = PRESERVED if standing.is_preserved(row) else au_word(row.word)
    blocked = row.block and row.word != AuWord.BLOCKED
    return f"{word.label}, {BLOCKED_TOO.label}" if blocked else str(word.label)
