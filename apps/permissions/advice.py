"""What came of a tried page, for its publisher: marked word by word, and as a letter to send."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from apps.lockss.permission import Checker, NearKind, PageRules, WordState
from apps.lockss.permission.page import Network
from apps.permissions.models import PageTrial

# What a mail program takes from an address in a page.
LONGEST_MAIL = 1_800


@dataclass(frozen=True, slots=True)
class Told:
    """One nearly right thing as it is shown."""

    title: str
    difference: str
    words: SafeString | str
    found: str
    expected: str
    place: dict | None


def kind_title(kind: str) -> str:
    titles = {
        NearKind.CHANGED: gettext("Other words than the statement's"),
        NearKind.MARKUP: gettext("Markup inside the statement"),
        NearKind.REFERENCE: gettext("An entity inside the statement"),
        NearKind.PUNCTUATION: gettext("Punctuation or blanks that are not the statement's"),
        NearKind.OTHER_NETWORK: gettext("The statement of another network"),
        NearKind.LANGUAGE: gettext("The statement in another language"),
        NearKind.SCRIPT: gettext("The statement only appears when scripts run"),
        NearKind.LOGIN: gettext("The page is not open to everybody"),
        NearKind.LICENCE: gettext("A licence link that is not recognised"),
    }
    return titles.get(NearKind(kind), str(kind)) if kind in list(NearKind) else str(kind)


def told(result: dict) -> list[Told]:
    return [
        Told(
            kind_title(more["kind"]),
            _sentence(near["difference"]),
            marked(more["words"], near["expected"]),
            near["found"],
            near["expected"],
            more["place"],
        )
        for near, more in zip(result["near"], _details(result), strict=True)
    ]


def _details(result: dict) -> list[dict]:
    """Results that were kept before these had a list of their own hold all in one."""
    return result.get("near_details", result["near"])


def _sentence(text: str) -> str:
    """Begins as a sentence does, unless it begins with what stands on the page."""
    return text[:1].upper() + text[1:]


def marked(words: Sequence[dict], expected: str) -> SafeString | str:
    """The statement with every word that differs struck out or put in; signs and unseen words say it besides colour."""
    if not words:
        return ""
    shown, at = [], 0
    for one in words:
        comma = ""
        if one["expected"] and (place := expected.find(one["expected"], at)) >= 0:
            at = place + len(one["expected"])
            comma = _comma(one["state"]) if expected[at : at + 1] == "," else ""
        shown.append((_word(one), comma))
    return format_html_join(" ", "{}{}", shown)


def _comma(state: str) -> SafeString | str:
    if state == WordState.NO_COMMA:
        return format_html('<ins><span class="unseen"> ({})</span>,</ins>', gettext("a comma is missing"))
    return "" if state == WordState.BROKEN else ","


def _word(one: dict) -> SafeString | str:
    state, found, expected = one["state"], one["found"], one["expected"]
    if state == WordState.BROKEN:
        return format_html(
            '<mark>{}<span class="caret" aria-hidden="true">‸</span></mark><span class="unseen"> ({})</span>',
            found,
            gettext("something stands behind this word"),
        )
    if state in (WordState.SAME, WordState.NO_COMMA):
        return found
    out = format_html('<del><span class="unseen">{} </span>{}</del>', gettext("not"), found) if found else ""
    put = (
        format_html('<ins><span class="unseen">{} </span>{}</ins>', gettext("but"), expected)
        if expected
        else ""
    )
    return format_html("{} {}", out, put) if out and put else out or put


def statements(network: str) -> list[tuple[str, str]]:
    """What may stand on the page instead: label and text."""
    labels = {
        Checker.STATEMENT: gettext("For subscribers"),
        Checker.OPEN_ACCESS_STATEMENT: gettext("For open access"),
        Checker.OJS_STATEMENT: gettext("As OJS prints it"),
    }
    found = PageRules(network=Network(network)).statements()
    return [(labels[checker], text) for checker, text in found.items()]


def letter(row: PageTrial) -> str:
    """Plain text for the publisher: what was tried, what keeps it, the words that are needed."""
    result = row.result or {}
    name = row.network.upper()
    expected = PageRules(network=Network(row.network)).statements()
    lines = [
        gettext("Dear publisher,"),
        _what_was_tried(row, name, read=was_read(result)),
    ]
    if result.get("error"):
        lines.append(result["error"])
    for number, near in enumerate(told(result), start=1):
        lines.append(f"{number}. {near.title}. {near.difference}")
        lines.append(gettext("It says:") + f"\n    {' '.join(near.found.split())}")
        if near.expected:
            lines.append(gettext("It should say:") + f"\n    {near.expected}")
    if not result.get("near") and was_read(result):
        lines.append(gettext("None of the sentences that nodes look for stands on it."))
    lines += [
        gettext("Please put this sentence on the page, word for word, without any tag or entity inside it:")
        + f"\n    {expected[Checker.STATEMENT]}",
        gettext("If the journal is open access, this one instead:")
        + f"\n    {expected[Checker.OPEN_ACCESS_STATEMENT]}",
        gettext(
            "The page has to be open to everybody, and the sentence has to stand in its source in one piece: no node runs the scripts of a page."
        ),
    ]
    return "\n\n".join(lines) + "\n"


def is_for_the_publisher(result: dict) -> bool:
    """Whether the publisher can mend it: not what permits, and not what this node itself did not ask for."""
    return not result["granted"] and bool(result.get("for_publisher", True))


def was_read(result: dict) -> bool:
    """Whether a page came at all. Results that were kept before this was noted tell it by their error."""
    return bool(result.get("read", not result.get("error")))


def _what_was_tried(row: PageTrial, network: str, *, read: bool) -> str:
    if row.url and not read:
        said = gettext(
            "we tried to read the permission page %(page)s as a %(network)s node does. We could not read it."
        )
    elif row.url:
        said = gettext(
            "we tried the permission page %(page)s as a %(network)s node reads it. It does not permit preservation yet."
        )
    elif read:
        said = gettext(
            "we read the page that you sent as a %(network)s node does. It does not permit preservation yet."
        )
    else:
        said = gettext("we could not read the page that you sent as a %(network)s node does.")
    return said % {"page": row.url, "network": network}


def mail_address(row: PageTrial, text: str) -> str:
    """For a button that opens the reader's own mail program."""
    subject = gettext("Permission page for preservation: %s") % (row.url or row.name or gettext("your page"))
    return f"mailto:?subject={quote(subject[:200])}&body={quote(text[:LONGEST_MAIL])}"
