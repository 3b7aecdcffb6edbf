"""``python -m tests.bench``: measure this node, print ratios, write var/bench.json. No goal makes it fail."""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import node, report
from tests.bench.report import Line

OUT = Path(__file__).resolve().parents[2] / "var" / "bench.json"


def hashing(rounds: int) -> Iterator[Line]:
    from tests.bench.hashing import measure

    return measure(rounds)


def crawl(rounds: int) -> Iterator[Line]:
    from tests.bench.crawling import measure

    return measure(rounds)


def tdb(rounds: int) -> Iterator[Line]:
    from tests.bench.tdb import measure

    yield measure(rounds)


def importing(rounds: int) -> Iterator[Line]:
    from tests.bench.importing import measure

    return measure(rounds)


def holdings(rounds: int) -> Iterator[Line]:
    from tests.bench.holdings import measure

    return measure(rounds)


def lists(rounds: int) -> Iterator[Line]:
    from tests.bench.catalogue import measure

    return measure(rounds)


def pages(rounds: int) -> Iterator[Line]:
    from tests.bench.pages import measure

    return measure(rounds)


def reports(rounds: int) -> Iterator[Line]:
    from tests.bench.reports import measure

    return measure(rounds)


def rewriting(rounds: int) -> Iterator[Line]:
    from tests.bench.rewriting import measure

    return measure(rounds)


def delivering(rounds: int) -> Iterator[Line]:
    from tests.bench.delivering import measure

    return measure(rounds)


def proxying(rounds: int) -> Iterator[Line]:
    from tests.bench.proxying import measure

    return measure(rounds)


def waiting(rounds: int) -> Iterator[Line]:
    from tests.bench.waiting import measure

    return measure(rounds)


# In functions, because what they import needs the node's settings.
MEASUREMENTS: dict[str, Callable[[int], Iterator[Line]]] = {
    "tdb": tdb,
    "importing": importing,
    "holdings": holdings,
    "lists": lists,
    "pages": pages,
    "reports": reports,
    "rewriting": rewriting,
    "delivering": delivering,
    "proxying": proxying,
    "waiting": waiting,
    "hashing": hashing,
    "crawl": crawl,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--only", choices=sorted(MEASUREMENTS), action="append", help="just this; may come again"
    )
    parser.add_argument("--rounds", type=int, default=3, help="ours and the reference in turn, this often")
    parser.add_argument("--out", type=Path, default=OUT, help="where the figures go as JSON")
    options = parser.parse_args()
    node.begin()
    print(node.machine(), flush=True)
    lines: list[Line] = []
    for name, measure in MEASUREMENTS.items():
        if options.only and name not in options.only:
            continue
        for line in measure(options.rounds):
            print(line.text(), flush=True)
            lines.append(line)
    report.write(lines, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
