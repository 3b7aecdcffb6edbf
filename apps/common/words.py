"""Words of state: each means one thing on every page and leads to its definition on the page of words.

An app registers its words in ``AppConfig.ready``; pages show them with ``parts.status_word``.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Tone(StrEnum):
    """How safe something is; the only meaning of colour."""

    SAFE = "safe"
    CARE = "care"
    HARM = "harm"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Word:
    """``code`` is its address on the page of words, ``meaning`` one or two sentences, ``rule`` what it is decided by."""

    code: str
    tone: Tone
    label: str | Promise
    meaning: str | Promise
    rule: str | Promise = ""

    @property
    def address(self) -> str:
        return f"/words/#{self.code}"

    @property
    def kind(self) -> str:
        """Of which kind of thing it is said: words of two kinds may have one label."""
        return str(_KINDS.get(self.code.partition("-")[0], _UNIT))


_UNIT = _("archival unit")
# By the first part of the code; all others are words of archival units.
_KINDS: dict[str, str | Promise] = {
    "act": _("act on chosen archival units"),
    "address": _("address of a title list"),
    "agreement": _("agreement"),
    "alert": _("alert"),
    "check": _("check of a KBART file"),
    "crawl": _("crawl"),
    "edition": _("edition of a report"),
    "export": _("export"),
    "finding": _("finding"),
    "holdings": _("holdings"),
    "import": _("import of a title list"),
    "jar": _("plugin file"),
    "job": _("job"),
    "line": _("line of holdings"),
    "may": _("person"),
    "member": _("member of the network"),
    "node": _("node of the network"),
    "peer": _("peer"),
    "plugin": _("plugin"),
    "poll": _("poll"),
    "process": _("process of the node"),
    "reading": _("reading of stored bytes"),
    "registry": _("plugin registry"),
    "repair": _("repair"),
    "statement": _("permission page"),
    "taking": _("import of a package"),
    "term": _("term of polls"),
    "stored": _("stored version"),
    "subscription": _("subscription"),
    "token": _("token or key"),
    "url": _("URL"),
    "version": _("version of a plugin"),
    "vote": _("our vote in a poll of others"),
}
_words: dict[str, Word] = {}
_CODE = re.compile(r"[a-z][a-z0-9-]{1,40}")


def register(*words: Word) -> None:
    """ValueError for a code that is taken by another word, or is none."""
    for word in words:
        if not _CODE.fullmatch(word.code) or _words.get(word.code, word) != word:
            raise ValueError(f"{word.code} is not a code for a word, or another word has it")
        _words[word.code] = word


def word(code: str) -> Word:
    """KeyError when nobody registered it."""
    return _words[code]


def all_words() -> list[Word]:
    return sorted(_words.values(), key=lambda word: str(word.label).lower())
