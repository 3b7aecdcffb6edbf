"""The words that KBART columns may hold. A value, so that a later phase of the standard is another value."""

import re
from dataclasses import dataclass, replace

_EMBARGO_PART = re.compile(r"([RP])[1-9][0-9]{0,3}[DMY]")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    depths: frozenset[str] = frozenset({"fulltext", "selected articles", "abstracts"})
    types: frozenset[str] = frozenset({"serial", "monograph"})
    access: frozenset[str] = frozenset({"F", "P"})

    def with_mixed_access(self) -> "Vocabulary":
        """``M``, paid and free mixed, is in drafts of the next phase only."""
        return replace(self, access=self.access | {"M"})


PHASE_II = Vocabulary()


def is_embargo(text: str) -> bool:
    """One part, or two of which the first says where coverage begins."""
    found = [_EMBARGO_PART.fullmatch(part) for part in text.split(";")]
    kinds = "".join(part[1] if part else "?" for part in found)
    return kinds in ("R", "P", "RP")
