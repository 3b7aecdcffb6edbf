"""How AUs stand, in a word or two: what the lists of titles ask of this room."""

from collections.abc import Sequence

from apps.common.words import Tone
from apps.nodes.choices import AuWord
from apps.nodes.models import AuStatus
from apps.nodes.services import standing
from apps.nodes.words import BLOCKED_TOO, PRESERVED, au_word


def standing_said(keys: Sequence[int]) -> dict[int, tuple[Tone, str]]:
    """``Preserved``, ``Collected, blocked``: as the list of archival units says it, with the graver tone of both."""
    rows = AuStatus.objects.filter(pk__in=keys).only("word", "block", "agreeing")
    return {row.pk: _said(row) for row in rows}


def _said(row: AuStatus) -> tuple[Tone, str]:
    word = PRESERVED if standing.is_preserved(row) else au_word(row.word)
    blocked = row.block and row.word != AuWord.BLOCKED
    if not blocked:
        return word.tone, str(word.label)
    tone = word.tone if word.tone is Tone.HARM else BLOCKED_TOO.tone
    return tone, f"{word.label}, {BLOCKED_TOO.label}"
