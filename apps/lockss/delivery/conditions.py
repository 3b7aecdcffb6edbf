"""Which of a reader's conditions go to the publisher, and whose they are when it answers by them (delivery §2.4, §4.4).

A 304 says only that something is unchanged. If the reader's own validator made it, the reader has the page and gets
the 304; if the date of our copy made it, our copy is served (rulings C5).
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.http_dates import format_date, parse_date

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The fields of these names in the reader's request; None where it has none."""

    if_modified_since: str | None = None
    if_none_match: str | None = None
    if_match: str | None = None
    if_unmodified_since: str | None = None
    range: str | None = None
    if_range: str | None = None


class Validator(StrEnum):
    """By whose validator a publisher can answer 304."""

    NOBODY = "nobody"
    READER = "reader"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Sent:
    """``fields`` go with the request. ``precondition``: the reader's If-Match or If-Unmodified-Since is among them,
    ``ranged``: its Range is."""

    fields: Fields = ()
    validator: Validator = Validator.NOBODY
    precondition: bool = False
    ranged: bool = False


def to_proxy(given: Conditions, last_modified: str | None, now: dt.datetime) -> Sent:
    """A proxy passes all of the reader's conditions on. ``last_modified`` of the copy that is held, else None.

    Our date is added only where the reader sent no tags: beside tags it would not be looked at by a publisher that
    knows them, and by one that does not, its 304 would mean nothing about the reader's copy.
    """
    preconditions = _present(("If-Match", given.if_match), ("If-Unmodified-Since", given.if_unmodified_since))
    ranged = _range(given)
    since, validator = _since(given, last_modified, now)
    if given.if_none_match is not None:
        since, validator = given.if_modified_since, Validator.READER
    tags = _present(("If-None-Match", given.if_none_match), ("If-Modified-Since", since))
    return Sent((*preconditions, *tags, *ranged), validator, bool(preconditions), bool(ranged))


def to_publisher(
    given: Conditions, last_modified: str | None, now: dt.datetime, *, held: bool, rewriting: bool
) -> Sent:
    """The content host asks in its own name: no preconditions, and no range where the page is to be rewritten.

    Where it holds the URL the reader's tags are those of its own answers and mean nothing to the publisher; then the
    reader's date counts as little, because tags go before dates.
    """
    ranged = () if rewriting else _range(given)
    if held and given.if_none_match is not None:
        without = Conditions()
        since, validator = _since(without, last_modified, now)
        return Sent((*_present(("If-Modified-Since", since)), *ranged), validator, ranged=bool(ranged))
    since, validator = _since(given, last_modified, now)
    if given.if_none_match is not None:
        validator = Validator.READER
    tags = _present(("If-None-Match", given.if_none_match), ("If-Modified-Since", since))
    return Sent((*tags, *ranged), validator, ranged=bool(ranged))


def _since(given: Conditions, last_modified: str | None, now: dt.datetime) -> tuple[str | None, Validator]:
    """The later of the reader's date and our copy's. A reader's date that is none stays as it came: some publishers
    compare the text. A copy from the future counts as undated."""
    own = parse_date(last_modified, now)
    if own is not None and own > now:
        own = None
    text = given.if_modified_since
    if text is None:
        return (None, Validator.NOBODY) if own is None else (format_date(own), Validator.OURS)
    reader = parse_date(text, now)
    if own is not None and reader is not None and own > reader:
        return format_date(own), Validator.OURS
    return text, Validator.READER


def _range(given: Conditions) -> Fields:
    """A range goes with the version it is of, or neither goes (rulings C4)."""
    return () if given.range is None else _present(("Range", given.range), ("If-Range", given.if_range))


def _present(*fields: tuple[str, str | None]) -> Fields:
    return tuple((name, value) for name, value in fields if value is not None)
