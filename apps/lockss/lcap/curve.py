"""Curves of two variables as the deployed settings write them: ``[4d,1.0],[20d,0.1]`` (lcap-v3 §8.3)."""

import re
from dataclasses import dataclass
from typing import Self

from apps.lockss.errors import LocalError
from apps.lockss.lcap.poll_codes import SettingCode

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS

_UNITS = {
    "": 1.0,
    "s": float(SECOND_MS),
    "m": float(MINUTE_MS),
    "h": float(HOUR_MS),
    "d": float(DAY_MS),
    "w": float(WEEK_MS),
    "y": 365.0 * DAY_MS,
}
_NUMBER = r"([0-9]{1,15}(?:\.[0-9]{1,15})?)([smhdwy]?)"
_POINT = re.compile(rf"\s*\[\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\]\s*", re.ASCII)
_MAX_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (x, y), x not falling; linear between them, flat beyond the ends. Times are milliseconds.

    Two points of one x make a step, which takes effect at that x.
    """

    points: tuple[tuple[float, float], ...]

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None for an empty text, which means "no curve"; LocalError (BAD_CURVE) for anything unreadable."""
        if not text.strip():
            return None
        points: list[tuple[float, float]] = []
        place = 0
        while True:
            found = _POINT.match(text, place) if len(text) <= _MAX_TEXT else None
            if found is None:
                raise _bad(text, f"no point [x,y] at character {place}")
            x, y = (float(found[at]) * _UNITS[found[at + 1]] for at in (1, 3))
            if points and x < points[-1][0]:
                raise _bad(text, f"x falls at character {place}")
            points.append((x, y))
            place = found.end()
            if place == len(text):
                return cls(tuple(points))
            if text[place] != ",":
                raise _bad(text, f"expected a comma at character {place}")
            place += 1

    def at(self, x: float) -> float:
        """The curve's height over ``x``."""
        first, last = self.points[0], self.points[-1]
        if x < first[0]:
            return first[1]
        if x >= last[0]:
            return last[1]
        for (left, low), (right, high) in zip(self.points, self.points[1:], strict=False):
            if left <= x < right:
                return low + (high - low) * (x - left) / (right - left)
        raise AssertionError("x lies between the ends")  # pragma: no cover - the points cover all x


def _bad(text: str, why: str) -> LocalError:
    return LocalError(SettingCode.BAD_CURVE, f"{text[:80]!r} is no curve: {why}")
