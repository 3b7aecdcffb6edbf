"""Character references decoded as HTML5 does, whatever was sent."""

import html
import re

# The standard library makes a number of any row of digits, and refuses beyond some thousands of them.
_LONG = re.compile(r"&#([0-9]{9,})(;?)")
_MOST_DIGITS = 7


def decoded(text: str) -> str:
    return html.unescape(_LONG.sub(_short, text))


def _short(match: re.Match[str]) -> str:
    digits = match[1].lstrip("0")
    return f"&#{digits or 0}{match[2]}" if len(digits) <= _MOST_DIGITS else "\ufffd"
