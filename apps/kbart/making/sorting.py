"""More rows than memory should hold, in order: sorted in pieces of bounded size, the pieces merged from files."""

import heapq
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Self

from apps.kbart.making.spool import nameless

Values = tuple[str, ...]
Record = tuple[str, int, Values]
# Characters of a piece; a row of Python objects takes some times of that.
PIECE = 3_000_000
# What an object costs beside its characters.
OVERHEAD = 60
# Files that are read at once.
MOST_PIECES = 200


class Sorter:
    """``add`` any number of rows with their keys, then read them once by ``merged``; equal keys keep their order.

    Up to one piece nothing is written. Files are nameless: they are gone with the process, whatever ends it.
    """

    def __init__(self, folder: Path | None = None, piece: int = PIECE) -> None:
        self._folder = folder
        self._piece = piece
        self._held: list[Record] = []
        self._size = 0
        self._count = 0
        self._files: list[IO[bytes]] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._held.clear()
        self._stack.close()

    def __len__(self) -> int:
        return self._count

    def add(self, key: str, values: Values) -> None:
        self._held.append((key, self._count, values))
        self._count += 1
        self._size += len(key) + sum(map(len, values)) + OVERHEAD * 4
        if self._size > self._piece:
            self._spill(sorted(self._held))
            self._held.clear()
            self._size = 0
            if len(self._files) >= MOST_PIECES:
                self._join()

    def merged(self) -> Iterator[Values]:
        last = sorted(self._held)
        if not self._files:
            yield from (values for _, _, values in last)
            return
        for _, _, values in heapq.merge(*map(_read, self._files), last):
            yield values

    def _spill(self, records: Iterator[Record] | list[Record]) -> None:
        file = self._stack.enter_context(nameless(self._folder))
        for record in records:
            # Surrogates pass as escapes, so that no text from a list can stop a report.
            file.write(json.dumps(record, separators=(",", ":")).encode() + b"\n")
        self._files.append(file)

    def _join(self) -> None:
        """All pieces into one, so that the number of open files stays small."""
        before = self._files
        self._files = []
        self._spill(heapq.merge(*map(_read, before)))
        for file in before:
            file.close()


def _read(file: IO[bytes]) -> Iterator[Record]:
    file.seek(0)
    for line in file:
        key, number, values = json.loads(line)
        yield key, number, tuple(values)
