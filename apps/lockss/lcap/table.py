"""Transition tables: which handler answers an event in a phase, and where it may lead.

A table is a literal in its machine's module. Tests walk all pairs, ``poll_states`` draws them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

Phase = TypeVar("Phase", bound=StrEnum)
Kind = TypeVar("Kind", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Move(Generic[Phase]):
    """``handler`` by name, and the phases it can end in. A pair without a move is out of turn."""

    handler: str
    to: tuple[Phase, ...]


Table = Mapping[tuple[Phase, Kind], Move[Phase]]
