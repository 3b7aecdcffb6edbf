"""What an OpenURL leads to, in words: the level, the way it was found, what may be done with an AU."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext

from apps.delivery.resolving import Answered
from apps.delivery.values import Copy
from apps.lockss.delivery import Access, PublisherFlag, Stem, location, stem_of
from apps.lockss.openurl import By, Candidate, Kind, Level, OpenUrl, OpenUrlCode, OpenUrlFinding, is_another

LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class Ways:
    """How an AU is reached. ``live``: its address at the publisher, "" where none is told; ``here``: it can be
    opened through this node."""

    text: str
    live: str = ""
    here: bool = False


def ways_of(one: Candidate, shown: dict[str, Copy]) -> Ways:
    """With a word about a page that is not meant for readers."""
    ways = _ways_of(one, shown)
    return replace(ways, text=f"{ways.text} {_manifest_text()}") if one.manifest and ways.here else ways


def _manifest_text() -> str:
    return gettext("What opens is the manifest page with the permission statement: no better page is known.")


def _ways_of(one: Candidate, shown: dict[str, Copy]) -> Ways:
    copy = shown.get(one.au)
    if copy is None or not one.url:
        if one.kind in (Kind.TITLE, Kind.PUBLISHER):
            return Ways("")
        return Ways(gettext("Not held here, or not for who asks from here."))
    stem = stem_of(one.url)
    live = location(one.url, {stem}) or "" if isinstance(stem, Stem) else ""
    if copy.publisher is not PublisherFlag.UP:
        return Ways(gettext("The preserved copy alone: its publisher does not serve it."), here=True)
    if not one.held:
        return Ways(gettext("At the publisher alone: no copy is held here yet."), live, here=True)
    if copy.verdict.access is Access.OPEN:
        return Ways(gettext("At the publisher, and as a preserved copy."), live, here=True)
    return Ways(gettext("At the publisher; the preserved copy where the publisher fails."), live, here=True)


def is_choice(one: Candidate) -> bool:
    """Titles and publishers without a page have nothing to open, and stand in the text."""
    return bool(one.url) or one.kind not in (Kind.TITLE, Kind.PUBLISHER)


def name_of(one: Candidate) -> str:
    """Title, volume, issue and year, as lists have them; of an article its own title first."""
    parts = [one.article_title, one.title or one.publisher]
    if one.volume:
        parts.append(gettext("volume %s") % one.volume)
    if one.issue:
        parts.append(gettext("issue %s") % one.issue)
    if one.year or one.date:
        parts.append(one.year or one.date[:4])
    return ", ".join(filter(None, parts))[:LONGEST_TEXT]


def fit_text(asked: OpenUrl, one: Candidate, found: Answered) -> str:
    """How a choice fits. Where only the title is known, its volumes stand there to be chosen from."""
    if one not in found.fits:
        return gettext("another of the same title or name")
    if found.level is not Level.TITLE or one.kind is not Kind.AU:
        return gettext("fits the question")
    return (
        gettext("another volume of this title")
        if is_another(asked, one)
        else gettext("a volume of this title")
    )


def names_part(asked: OpenUrl) -> bool:
    """Whether it says which part of a title is meant."""
    return bool(asked.volume or asked.issue or asked.year)


def found_text(asked: OpenUrl, found: Answered) -> str:
    """What is known, where there is something to open and where there is not."""
    if found.chosen is not None:
        known = {
            Level.ARTICLE: gettext("The article is known."),
            Level.CHAPTER: gettext("The chapter is known."),
            Level.ISSUE: gettext("The issue that holds it is known."),
            Level.VOLUME: gettext("The volume or book that holds it is known."),
            Level.OTHER: gettext("The page itself is preserved."),
            Level.TITLE: gettext("The page of the whole title is preserved."),
        }.get(found.level, gettext("The title is known."))
        return f"{known} {_manifest_text()}" if found.chosen.manifest else known
    return {
        Level.ISSUE: gettext("The issue is known, but it cannot be opened from here."),
        Level.VOLUME: gettext("The volume or book is known, but it cannot be opened from here."),
        Level.TITLE: (
            gettext("The title is known. No list has the volume, issue or year that the question names.")
            if names_part(asked)
            else gettext("The title is known. The question does not say which volume is meant.")
        ),
        Level.PUBLISHER: gettext("The publisher is known. The question names no title of it."),
    }.get(found.level, gettext("No title, number or address of this question is known here."))


def by_text(by: By | None) -> str:
    if by is None:
        return ""
    return {
        By.URL: gettext("by its address"),
        By.DOI: gettext("by its DOI"),
        By.PMID: gettext("by its PubMed number"),
        By.ISBN: gettext("by its ISBN"),
        By.ISSN: gettext("by its ISSN"),
        By.TITLE: gettext("by its whole title"),
        By.LIKE_TITLE: gettext("by words of its title"),
        By.PUBLISHER: gettext("by its publisher"),
    }[by]


def level_name(level: Level) -> str:
    return {
        Level.ARTICLE: gettext("article"),
        Level.CHAPTER: gettext("chapter"),
        Level.ISSUE: gettext("issue"),
        Level.VOLUME: gettext("volume"),
        Level.OTHER: gettext("page"),
        Level.TITLE: gettext("title"),
        Level.PUBLISHER: gettext("publisher"),
        Level.NONE: gettext("nothing"),
    }[level]


def asked_facts(asked: OpenUrl) -> tuple[tuple[str, str], ...]:
    """What the question says, as it was understood."""
    authors = "; ".join(asked.authors) or " ".join(filter(None, (asked.first_name, asked.last_name)))
    told = (
        (gettext("Title"), asked.title),
        ("ISSN", ", ".join(asked.issns)),
        ("ISBN", ", ".join(asked.isbns)),
        (gettext("Publisher"), asked.publisher),
        (gettext("Volume"), asked.volume),
        (gettext("Issue"), asked.issue),
        (gettext("Date"), asked.date),
        (gettext("Page"), asked.start_page),
        (gettext("Article"), asked.article_title),
        (gettext("Author"), authors),
        ("DOI", ", ".join(asked.dois)),
        ("PubMed", ", ".join(asked.pmids)),
        (gettext("Address"), ", ".join(asked.urls)),
    )
    return tuple((label, value[:LONGEST_TEXT]) for label, value in told if value)


def finding_text(one: OpenUrlFinding) -> str:
    """What is odd about a question."""
    return {
        OpenUrlCode.TOO_LONG: gettext("The question is longer than 8 KiB and was not read."),
        OpenUrlCode.NOTHING_ASKED: gettext("It names no title, number or address."),
        OpenUrlCode.CHARSET_UNKNOWN: gettext("It states a charset that nobody knows."),
        OpenUrlCode.CHARSET_WRONG: gettext(
            "It is not of the charset that it states, and was read as Windows-1252."
        ),
        OpenUrlCode.ESCAPED_AMPERSAND: gettext(
            "It was copied from a page's source: its &amp; was read as &."
        ),
        OpenUrlCode.BAD_ESCAPE: gettext("A % in it is no escape, and stands for itself."),
        OpenUrlCode.CONTROL_CHARACTER: gettext("Control characters became blanks."),
        OpenUrlCode.REPEATED: gettext("A key stands there twice; the first counts."),
        OpenUrlCode.SEVERAL_COINS: gettext("The text has several COinS; the first was read."),
        OpenUrlCode.UNKNOWN_KEY: gettext("Nobody knows this key."),
        OpenUrlCode.UNKNOWN_GENRE: gettext("Nobody knows this genre."),
        OpenUrlCode.UNKNOWN_IDENTIFIER: gettext("Nobody knows this kind of identifier."),
        OpenUrlCode.BY_REFERENCE: gettext("It leaves the rest to an address, which is never asked."),
        OpenUrlCode.BAD_DOI: gettext("This is no DOI."),
        OpenUrlCode.BAD_PMID: gettext("This is no PubMed number."),
        OpenUrlCode.BAD_ISSN: gettext("This is no ISSN."),
        OpenUrlCode.BAD_ISBN: gettext("This is no ISBN."),
        OpenUrlCode.CHECK_DIGIT: gettext("The check digit is wrong; it was looked for as it stands."),
        OpenUrlCode.BAD_DATE: gettext("This is no date."),
        OpenUrlCode.BAD_SEASON: gettext("This is no season or quarter."),
        OpenUrlCode.BAD_SICI: gettext("This is no SICI."),
        OpenUrlCode.BAD_BICI: gettext("This is no BICI."),
    }[one.code]
