"""A permission page's source as lines of text, with what was recognised in it marked. Shown, never run."""

import re
from dataclasses import dataclass

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

# What may stand between two words of a statement (permissions §2).
_GAP = r"(?:<br>|&nbsp;|[\x00-\x20\x7f\xa0])+"


@dataclass(frozen=True, slots=True)
class Source:
    """``line`` is where what was recognised begins, counted from one; None: it does not stand in these lines."""

    lines: list[SafeString]
    line: int | None


def marked_source(text: str, statement: str, most_lines: int) -> Source:
    """``statement`` as the evidence keeps it: the sentence, or the address of a licence."""
    start, end = _place(text, statement)
    lines: list[SafeString] = []
    at, first = 0, None
    for number, line in enumerate(text.splitlines(keepends=True)[:most_lines], start=1):
        begin, stop = max(start, at), min(end, at + len(line))
        if begin < stop:
            first = first or number
            before, here, after = line[: begin - at], line[begin - at : stop - at], line[stop - at :]
            lines.append(
                format_html("{}<mark>{}</mark>{}", before, here.rstrip("\r\n"), after.rstrip("\r\n"))
            )
        else:
            lines.append(mark_safe(escape(line.rstrip("\r\n"))))  # noqa: S308 - escaped here
        at += len(line)
    return Source(lines, first)


def _place(text: str, statement: str) -> tuple[int, int]:
    words = statement.split()
    if not words:
        return (0, 0)
    found = re.compile(_GAP.join(map(re.escape, words)), re.IGNORECASE).search(text)
    return found.span() if found else (0, 0)
