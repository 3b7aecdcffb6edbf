"""How values are written: display strings as LOCKSS 1.x shows them, or raw ones for programs that compute."""

import datetime as dt

from django.utils import timezone

from apps.api.choices import RAW, Kind
from apps.api.table import Shown

# From here on 1.x writes whole numbers with commas.
GROUPED_FROM = 1_000_000
NEVER = "never"
NO_TEXT = "(null)"
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def spelt(value: object, kind: Kind, version: int) -> str:
    """The text of one value; ``value`` is none of a table's own (``table.plain``), but may be ``Shown``."""
    if isinstance(value, Shown):
        if version != RAW:
            return value.text
        value = value.value
    return _raw(value) if version == RAW else _display(value, kind)


def milliseconds(at: dt.datetime) -> int:
    return int(at.timestamp() * 1000)


def _raw(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return str(milliseconds(value))
    if isinstance(value, dt.timedelta):
        return str(int(value.total_seconds() * 1000))
    return str(value)


def _display(value: object, kind: Kind) -> str:
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).strftime("%H:%M:%S %m/%d/%y")
    if isinstance(value, dt.timedelta):
        return _interval(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _raw(value)
    if kind == Kind.DATE and value in (0, -1):
        return NEVER
    # Cut, not rounded: what is not whole is never shown as whole.
    if kind == Kind.PERCENT:
        return f"{int(value * 100)}%"
    if kind == Kind.AGREEMENT:
        return f"{_cut(value)}%"
    if isinstance(value, int) and abs(value) >= GROUPED_FROM:
        return f"{value:,}"
    return str(value)


def _cut(share: float) -> str:
    hundredths = min(10_000, int(share * 10_000 + 1e-9)) if share < 1 else 10_000
    if share < 1:
        hundredths = min(hundredths, 9_999)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def agreement_text(share: float) -> str:
    """``99.98% Agreement``"""
    return f"{_cut(share)}% Agreement"


def _interval(span: dt.timedelta) -> str:
    """``2d3h``, ``4m20s``: the two largest units; below ten seconds in milliseconds."""
    seconds = span.total_seconds()
    if abs(seconds) < 10:
        return f"{int(seconds * 1000)}ms"
    rest, said = int(abs(seconds)), []
    for name, size in _UNITS:
        number, rest = divmod(rest, size)
        if number or said:
            said.append(f"{number}{name}")
        if len(said) == 2:
            break
    return ("-" if seconds < 0 else "") + "".join(said)
