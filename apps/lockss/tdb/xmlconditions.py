"""Conditions of an XML title database: what it asks of the node that loads it (tdb.md §5)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_PARTS = re.compile(r"[0-9]+|[A-Za-z]+")
_LONGEST_NUMBER = 12
# A letter sorts before a number: 1.74-rc comes before 1.74.1 and after 1.74.
Version = tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What this node is. Of what is "" or empty nothing is known, and no test about it holds."""

    hostname: str = ""
    groups: frozenset[str] = frozenset()
    daemon_version: str = ""
    platform_name: str = ""
    platform_version: str = ""

    def holds(self, attributes: Mapping[str, str]) -> bool:
        """Whether one ``test`` holds: all of its attributes do. One that is not known never does."""
        return all(self._one(name, wanted) for name, wanted in attributes.items())

    def _one(self, name: str, wanted: str) -> bool:
        if name == "hostname":
            return _same_name(self.hostname, wanted)
        if name == "platformName":
            return _same_name(self.platform_name, wanted)
        if name == "group":
            return wanted in self.groups
        for prefix, own in (
            ("daemonVersion", self.daemon_version),
            ("platformVersion", self.platform_version),
        ):
            if name.startswith(prefix):
                return _compare(name.removeprefix(prefix), own, wanted)
        return False


def _same_name(own: str, wanted: str) -> bool:
    return bool(own) and own.casefold() == wanted.casefold()


def _compare(bound: str, own: str, wanted: str) -> bool:
    mine, theirs = version_of(own), version_of(wanted)
    if mine is None or theirs is None:
        return False
    if bound == "Min":
        return mine >= theirs
    if bound == "Max":
        return mine <= theirs
    return not bound and mine == theirs


def version_of(text: str) -> Version | None:
    """``1.74.3`` as something that compares, zeros at the end not counting; None for what is no version."""
    parts = _PARTS.findall(text)
    if not parts or not parts[0].isdigit() or any(len(part) > _LONGEST_NUMBER for part in parts):
        return None
    version = [(1, int(part), "") if part.isdigit() else (0, 0, part.casefold()) for part in parts]
    while len(version) > 1 and version[-1] == (1, 0, ""):
        version.pop()
    return tuple(version)
