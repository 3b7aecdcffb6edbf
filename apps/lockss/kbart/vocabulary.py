"""The words that KBART columns may hold. A value, so that a later phase of the standard is another value."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Vocabulary:
    depths: frozenset[str] = frozenset({"fulltext", "selected articles", "abstracts"})
    types: frozenset[str] = frozenset({"serial", "monograph"})
    access: frozenset[str] = frozenset({"F", "P"})

    def with_mixed_access(self) -> "Vocabulary":
        """``M``, paid and free mixed, is in drafts of the next phase only."""
        return replace(self, access=self.access | {"M"})


PHASE_II = Vocabulary()
