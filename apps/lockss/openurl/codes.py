"""SICI (ANSI/NISO Z39.56-1996) and BICI (its sister for books, a draft that never became a standard), taken apart.

A SICI is ``ISSN(chronology)enumeration<location:title code>control segment``. The control segment and its check
character say nothing that a look-up needs: they are passed over.
"""

import re

from apps.lockss.openurl.model import ItemCode

LONGEST = 500
_SICI = re.compile(
    r"(?:SICI:)?\s*(?P<number>[0-9]{4}-?[0-9]{3}[0-9X])\s*\((?P<date>[^()<>]*)\)(?P<place>[^<>]*)"
    r"(?:<(?P<item>[^<>]*)>.*)?",
    re.IGNORECASE | re.DOTALL,
)
_BICI = re.compile(
    r"(?:BICI:)?\s*(?P<number>[0-9][0-9-]{8,16}[0-9X])\s*\((?P<date>[^()<>]*)\)\s*(?P<place>[^()<>]*)"
    r"(?:[(<](?P<item>[^()<>]*)[)>].*)?",
    re.IGNORECASE | re.DOTALL,
)
_CHRONOLOGY = re.compile(r"([0-9]{4})([0-9]{2})?([0-9]{2})?(?:/.*)?", re.DOTALL)
_PAGES = re.compile(r"([A-Za-z]{0,3}[0-9]{1,6})(?:-([A-Za-z]{0,3}[0-9]{1,6}))?")
_RANGE = re.compile(r"([A-Za-z]{0,3}[0-9]{1,6})-([A-Za-z]{0,3}[0-9]{1,6})")
_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})*")
# Where a month would stand: seasons from 21, quarters from 31.
_SEASONS = {"21": "S1", "22": "S2", "23": "S3", "24": "S4", "31": "Q1", "32": "Q2", "33": "Q3", "34": "Q4"}


def sici_of(text: str) -> ItemCode | None:
    """None where it is no SICI."""
    found = _SICI.fullmatch(text.strip()) if len(text) <= LONGEST and text.isascii() else None
    if found is None:
        return None
    volume, _colon, issue = found["place"].strip().partition(":")
    item = found["item"] or ""
    pages = _PAGES.fullmatch(item.partition(":")[0])
    # "<::INS-23456>": the publisher's own number.
    number = item[2:] if item.startswith("::") else ""
    return ItemCode(
        found["number"],
        chronology(found["date"]),
        volume.strip(),
        issue.strip().rstrip("+*"),
        pages[1] if pages else "",
        (pages[2] or "") if pages else "",
        number.strip(),
    )


def bici_of(text: str) -> ItemCode | None:
    """ISBN, year, and of a chapter what can be told: its number before the first ``;`` or ``:``, its pages behind."""
    found = _BICI.fullmatch(text.strip()) if len(text) <= LONGEST and text.isascii() else None
    if found is None:
        return None
    item = found["item"] or ""
    fields = [part.strip() for part in re.split("[;:]", item)]
    ranges = [span for part in fields if (span := _RANGE.fullmatch(part))]
    number = fields[0] if _NUMBER.fullmatch(fields[0]) else ""
    return ItemCode(
        found["number"],
        chronology(found["date"]),
        found["place"].strip(" :"),
        start_page=ranges[0][1] if ranges else "",
        end_page=ranges[0][2] if ranges else "",
        item_number=number,
    )


def chronology(text: str) -> str:
    """``199502/03`` is 1995-02, ``199521`` spring 1995; of several issues in one the first counts."""
    found = _CHRONOLOGY.fullmatch(text.strip())
    if found is None:
        return ""
    year, month, day = found.groups()
    if month in _SEASONS:
        return f"{year}-{_SEASONS[month]}"
    if month is None or not 1 <= int(month) <= 12:
        return year
    return f"{year}-{month}-{day}" if day and 1 <= int(day) <= 31 else f"{year}-{month}"
