"""Control signs, which no field may hold: what they are, and how they are shown to people. Pure.

C0 and C1 of ISO 6429, DEL, and the separators of lines and paragraphs: readers of tables end lines there, stop, or lose
them without a word.
"""

import re

_SIGNS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
CONTROL = re.compile(f"[{_SIGNS}]")
UNPRINTABLE = re.compile(f"[{_SIGNS}\\ud800-\\udfff]")


def shown(text: str) -> str:
    """With a picture where one stands: ``␀``, or its number where it has none."""
    return CONTROL.sub(lambda found: _picture(found[0]), text)


def _picture(sign: str) -> str:
    number = ord(sign)
    if number < 0x20:
        return chr(0x2400 + number)
    return "␡" if number == 0x7F else f"⟨{name(sign)}⟩"


def name(sign: str) -> str:
    return f"U+{ord(sign):04X}"


def expected(text: str) -> str:
    """What is expected of a value in which one stands; the first is named."""
    found = CONTROL.search(text)
    return f"the value without the control sign {name(found[0])}" if found else ""
