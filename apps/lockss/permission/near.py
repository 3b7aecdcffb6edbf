"""What was nearly the statement: found on a page word by word, and what keeps it from being read (permissions §2).

For people only: nothing here ever grants. The text is cut into words and what stands between them; the run of words
that shares most with a statement is aligned with it, and every difference is told in a sentence.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from apps.lockss.permission.references import decoded
from apps.lockss.permission.statements import Checker, squeezed

# A shorter share of the statement's words is some other sentence about the network.
LEAST_SHARE = 0.6
_ROOM = 4
_LONGEST_FOUND = 2_000
_WORD = re.compile(r"[^\W_]+")
# Markup and references are not words, whatever letters stand in them.
_TOKEN = re.compile(r"<!--|-->|<[^<>]{0,500}>|&#?[0-9a-zA-Z]{1,31};|(?P<word>[^\W_]+)")
_TAG = re.compile(r"<[^<>]{0,500}>|<!--|-->")
_REFERENCE = re.compile(r"&#?[0-9a-zA-Z]{1,31};")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


class NearKind(StrEnum):
    """What keeps words from being the statement."""

    CHANGED = "changed-word"
    MARKUP = "markup"
    REFERENCE = "entity"
    PUNCTUATION = "punctuation"
    OTHER_NETWORK = "other-network"
    LANGUAGE = "other-language"
    SCRIPT = "script"
    LOGIN = "login"
    LICENCE = "licence-link"


class WordState(StrEnum):
    SAME = "same"
    CHANGED = "changed"
    MISSING = "missing"
    EXTRA = "extra"
    BROKEN = "broken"
    NO_COMMA = "no-comma"


@dataclass(frozen=True, slots=True)
class WordPair:
    """One word as expected and as found; BROKEN: the word is right, what stands behind it is not; NO_COMMA: its comma is missing."""

    expected: str
    found: str
    state: WordState


@dataclass(frozen=True, slots=True)
class Near:
    """``found`` as it stands in the page, ``expected`` what should stand there, ``difference`` one sentence."""

    kind: NearKind
    checker: Checker | None
    found: str
    expected: str
    difference: str
    offset: int = 0
    words: tuple[WordPair, ...] = ()


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


def _words(text: str) -> list[_Word]:
    return [
        _Word(match["word"], match.start(), match.end())
        for match in _TOKEN.finditer(text)
        if match["word"] is not None
    ]


class PageWords:
    """The words of a page, cut once, compared with each statement."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._words = _words(text)
        self._lower = [word.text.lower() for word in self._words]

    def nearest(self, checker: Checker, statement: str) -> Near | None:
        """The best place for this statement, or None where nothing is like it; never where it stands unbroken."""
        expected = _words(statement)
        start, shared = self._densest([word.text.lower() for word in expected])
        if shared < LEAST_SHARE * len(expected):
            return None
        window = self._words[max(0, start - _ROOM) : start + len(expected) + 2 * _ROOM]
        return _compare(self.text, window, checker, statement, expected)

    def _densest(self, wanted: Sequence[str]) -> tuple[int, int]:
        """(first word, words shared) of the window that shares most with ``wanted``, counted with repetition."""
        size, need = len(wanted), Counter(wanted)
        have: Counter[str] = Counter()
        shared = best = place = 0
        for at, word in enumerate(self._lower):
            if word in need:
                have[word] += 1
                shared += have[word] <= need[word]
            if at >= size and (gone := self._lower[at - size]) in need:
                shared -= have[gone] <= need[gone]
                have[gone] -= 1
            if shared > best:
                best, place = shared, max(0, at - size + 1)
        return place, best


def _compare(
    text: str, window: Sequence[_Word], checker: Checker, statement: str, expected: Sequence[_Word]
) -> Near | None:
    want, have = [word.text.lower() for word in expected], [word.text.lower() for word in window]
    blocks = [
        block
        for block in difflib.SequenceMatcher(None, want, have, autojunk=False).get_matching_blocks()
        if block.size
    ]
    if sum(block.size for block in blocks) < LEAST_SHARE * len(want):
        return None
    first, last = blocks[0], blocks[-1]
    # A changed first or last word belongs to the sentence as well.
    begin = max(0, first.b - first.a)
    end = min(len(window), last.b + last.size + len(want) - last.a - last.size)
    window, have = window[begin:end], have[begin:end]
    matcher = difflib.SequenceMatcher(None, want, have, autojunk=False)
    pairs, said, kinds = _align(text, statement, expected, window, matcher)
    if not kinds:
        return None
    found = text[window[0].start : window[-1].end]
    return Near(
        kinds[0], checker, found[:_LONGEST_FOUND], statement, "; ".join(said) + ".", window[0].start, pairs
    )


def _align(
    text: str,
    statement: str,
    expected: Sequence[_Word],
    window: Sequence[_Word],
    matcher: "difflib.SequenceMatcher[str]",
) -> tuple[tuple[WordPair, ...], list[str], list[NearKind]]:
    """Word pairs in the statement's order, the sentences, and the kinds, changed words first."""
    pairs: list[WordPair] = []
    said: list[str] = []
    kinds: set[NearKind] = set()
    for tag, a, to_a, b, to_b in matcher.get_opcodes():
        if (
            tag == "insert"
            and b > 0
            and to_b < len(window)
            and (
                fault := _remark_fault(
                    text[window[b - 1].end : window[to_b].start], window[b - 1], window[to_b]
                )
            )
        ):
            kinds.add(fault[0])
            said.append(fault[1])
            pairs[-1] = replace(pairs[-1], state=WordState.BROKEN)
            continue
        if tag != "equal":
            changed = list(_changed(expected[a:to_a], window[b:to_b]))
            pairs += changed
            said += [_word_said(pair) for pair in changed]
            kinds.add(NearKind.CHANGED)
            continue
        for step in range(to_a - a):
            word, seen = expected[a + step], window[b + step]
            pair = WordPair(word.text, seen.text, WordState.SAME)
            if step + 1 < to_a - a:
                gap = text[seen.end : window[b + step + 1].start]
                wanted = statement[word.end : expected[a + step + 1].start]
                told = _gap_fault(gap, wanted, word.text, expected[a + step + 1].text)
                if told is not None:
                    kinds.add(told[0])
                    said.append(told[1])
                    pair = WordPair(word.text, seen.text, told[2])
            pairs.append(pair)
    return tuple(pairs), said, [kind for kind in NearKind if kind in kinds]


def _changed(expected: Sequence[_Word], found: Sequence[_Word]) -> Iterator[WordPair]:
    for place in range(max(len(expected), len(found))):
        if place >= len(found):
            yield WordPair(expected[place].text, "", WordState.MISSING)
        elif place >= len(expected):
            yield WordPair("", found[place].text, WordState.EXTRA)
        else:
            yield WordPair(expected[place].text, found[place].text, WordState.CHANGED)


def _word_said(pair: WordPair) -> str:
    if pair.state is WordState.MISSING:
        return f"the word “{pair.expected}” is missing"
    if pair.state is WordState.EXTRA:
        return f"the word “{pair.found}” is too much"
    return f"“{pair.expected}” is written “{pair.found}”"


def _gap_fault(gap: str, wanted: str, before: str, after: str) -> tuple[NearKind, str, WordState] | None:
    """What is wrong between two right words, and how the first of them is marked for it."""
    if squeezed(gap) == wanted:
        return None
    where = f"between “{before}” and “{after}”"
    if markup := _TAG.search(gap):
        return NearKind.MARKUP, f"the markup {markup[0][:80]} stands {where}", WordState.BROKEN
    if reference := _REFERENCE.search(gap):
        return NearKind.REFERENCE, f"the entity {reference[0]} stands {where}", WordState.BROKEN
    plain = squeezed(_UNSEEN.sub("", gap))
    if plain == wanted:
        return NearKind.PUNCTUATION, f"an invisible character stands {where}", WordState.BROKEN
    if wanted.startswith(",") and "," not in plain:
        return NearKind.PUNCTUATION, f"the comma after “{before}” is missing", WordState.NO_COMMA
    shown = plain.strip()[:40]
    if shown == wanted.strip():
        return NearKind.PUNCTUATION, f"the blanks {where} are not as they should be", WordState.BROKEN
    return NearKind.PUNCTUATION, f"“{shown}” stands {where}", WordState.BROKEN


def _remark_fault(gap: str, before: _Word, after: _Word) -> tuple[NearKind, str] | None:
    """Words that nobody sees, because they stand in a remark inside the sentence."""
    bare = gap.strip(", \t\r\n")
    if bare.startswith("<!--") and bare.endswith("-->"):
        return NearKind.MARKUP, f"a remark <!-- … --> stands between “{before.text}” and “{after.text}”"
    return None


def plain_text(text: str) -> str:
    """Without tags, references decoded, blanks squeezed: what a reader sees, about."""
    return " ".join(decoded(_TAG.sub(" ", text)).split())


def word_count(text: str) -> int:
    return sum(1 for _ in _WORD.finditer(text))


def neighbours(nears: Sequence[Near]) -> tuple[Near, ...]:
    """Of two that name the same words only the better one: fewer differences, then the earlier in ``nears``."""
    ordered = sorted(nears, key=lambda near: sum(pair.state is not WordState.SAME for pair in near.words))
    kept: list[Near] = []
    for near in ordered:
        span = (near.offset, near.offset + len(near.found))
        if all(span[1] <= other.offset or other.offset + len(other.found) <= span[0] for other in kept):
            kept.append(near)
    return tuple(sorted(kept, key=lambda near: near.offset))
