"""One setting: its type stands in the annotation, everything else in the field's metadata."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a setting besides name, type and default.

    ``low`` and ``high`` bound numbers (inclusive); ``env`` is a second, unprefixed variable that is read too;
    the value of a ``secret`` is never printed.
    """

    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    env: str = ""
    secret: bool = False


def key(default: Any, help: str, unit: str = "", **more: Any) -> Any:  # noqa: A002 - as Django names it
    """A field of the schema: ``name: int = key(5, "what it does", "unit", low=1)``."""
    return field(default=default, metadata={"key": Key(help, unit, **more)})
