"""Coverage in words: all ranges of a title in one text (kbart §5), and what a range lacks."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.lockss.kbart.model import NoteStyle
from apps.lockss.kbart.ranges import Coverage

LONGEST_NOTE = 1024
LONGEST_LINK_NOTE = 500
# Ranges this many years apart are told as one when the note grows too long.
JOINED_YEARS = 2


@dataclass(frozen=True, slots=True)
class Stretch:
    """A range as a note tells it; texts may be empty. ``is_open``: more is to come."""

    first_year: str
    last_year: str
    first_volume: str = ""
    last_volume: str = ""
    first_issue: str = ""
    last_issue: str = ""
    is_open: bool = False


def stretches(found: Coverage, *, is_open: bool = False) -> list[Stretch]:
    """The ranges of a title; ``is_open`` is about the last one."""
    out = []
    for place, current in enumerate(found.ranges):
        years = current.years if found.ordered else current.known_years
        first, last = current.first, current.last
        issues = first.issues is not None and last.issues is not None and found.ordered
        volumes = found.has_volumes and not current.two_numberings
        issues = issues and not current.two_numberings
        out.append(
            Stretch(
                str(years[0]) if years else "",
                str(years[1]) if years else "",
                first.volumes.start if volumes and first.volumes else "",
                last.volumes.end if volumes and last.volumes else "",
                first.issues.start if issues and first.issues else "",
                last.issues.end if issues and last.issues else "",
                is_open=is_open and place == len(found.ranges) - 1,
            )
        )
    return out


def coverage_note(ranges: Sequence[Stretch], style: NoteStyle = NoteStyle.YEAR_VOLUME) -> str:
    """``1998(1)-2001(4), 2003(6)``; at most 1,024 characters (500 for links), by joining ranges if need be."""
    if not ranges:
        return ""
    if style in (NoteStyle.YEAR_SUMMARY, NoteStyle.YEAR_VOLUME_SUMMARY):
        ranges = [joined(ranges[0], ranges[-1])]
    longest = LONGEST_LINK_NOTE if style is NoteStyle.LINKS else LONGEST_NOTE
    note = _note(ranges, style)
    if len(note) > longest:
        note = _note(_nearjoined(ranges), style)
    if len(note) > longest:
        note = _note([joined(ranges[0], ranges[-1])], style)
    return note[:longest]


def joined(first: Stretch, last: Stretch) -> Stretch:
    return Stretch(
        first.first_year,
        last.last_year,
        first.first_volume,
        last.last_volume,
        first.first_issue,
        last.last_issue,
        last.is_open,
    )


def _nearjoined(ranges: Sequence[Stretch]) -> list[Stretch]:
    out = [ranges[0]]
    for after in ranges[1:]:
        before = out[-1]
        if (
            before.last_year
            and after.first_year
            and int(after.first_year) - int(before.last_year) <= JOINED_YEARS
        ):
            out[-1] = joined(before, after)
        else:
            out.append(after)
    return out


def _note(ranges: Sequence[Stretch], style: NoteStyle) -> str:
    if style is NoteStyle.LINKS:
        return " || ".join(filter(None, map(_link, ranges)))
    volumes = style in (NoteStyle.YEAR_VOLUME, NoteStyle.YEAR_VOLUME_SUMMARY)
    return ", ".join(filter(None, (_words(one, volumes=volumes) for one in ranges)))


def _words(one: Stretch, *, volumes: bool) -> str:
    first = _point(one.first_year, one.first_volume if volumes else "")
    last = "" if one.is_open else _point(one.last_year, one.last_volume if volumes else "")
    if not first:
        return last
    return first if first == last else f"{first}-{last}"


def _point(year: str, volume: str) -> str:
    return f"{year}({volume})" if volume else year


def _link(one: Stretch) -> str:
    first = _condition(one.first_year, one.first_volume, one.first_issue)
    last = _condition(one.last_year, one.last_volume, one.last_issue)
    if not (one.first_year or one.first_volume):
        return ""
    if one.is_open:
        return f'$obj->parsedDate(">=",{first})'
    if first == last:
        return f'$obj->parsedDate("==",{first})'
    return f'$obj->parsedDate(">=",{first}) && $obj->parsedDate("<=",{last})'


def _condition(*parts: str) -> str:
    return ",".join(part or "undef" for part in parts)


def lacks_note(lacks: Sequence[tuple[str, str]]) -> str:
    """``lacks v.3-4, v.7`` (ruling 4); "" for nothing."""
    if not lacks:
        return ""
    told = [f"v.{first}" if first == last else f"v.{first}-{last}" for first, last in lacks]
    note = f"lacks {', '.join(told)}"
    if len(note) <= LONGEST_NOTE:
        return note
    return f"lacks {len(told)} runs of volumes between v.{lacks[0][0]} and v.{lacks[-1][1]}"
