"""Sorts more lines than fit into memory."""

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO

RUN = 50_000
MOST_RUNS = 64


def sorted_lines(lines: Iterable[bytes], folder: Path) -> Iterator[bytes]:
    """``lines`` with their ends, in byte order; what does not fit waits in nameless files in ``folder``."""
    runs: list[IO[bytes]] = []
    source = iter(lines)
    try:
        while run := sorted(islice(source, RUN)):
            runs.append(_kept(run, folder))
            if len(runs) == MOST_RUNS:
                # So many files at most are open, however much there is.
                merged = _kept(heapq.merge(*runs), folder)
                for one in runs:
                    one.close()
                runs = [merged]
        yield from heapq.merge(*runs)
    finally:
        for one in runs:
            one.close()


def _kept(lines: Iterable[bytes], folder: Path) -> IO[bytes]:
    file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by who merges it
    file.writelines(lines)
    file.seek(0)
    return file
