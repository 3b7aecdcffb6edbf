"""A line per measurement: ours against a reference in the same run, as a ratio with its goal."""

import json
import statistics
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Line:
    """``ratio`` is ours ÷ reference, both in ``unit``; ``skipped`` says why there is no figure."""

    name: str
    unit: str
    ours: float | None
    reference: float | None
    goal: float
    reference_name: str
    skipped: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.reference if self.ours and self.reference else None

    def text(self) -> str:
        if self.ratio is None:
            return f"{self.name:<34} skipped: {self.skipped}"
        mark = "" if self.ratio >= self.goal else "   below its goal"
        both = f"{_amount(self.ours)} against {_amount(self.reference)} {self.unit}"
        return (
            f"{self.name:<34} {self.ratio:6.2f} × {self.reference_name} (goal ≥ {self.goal:g}; {both}){mark}"
        )


def _amount(figure: float | None) -> str:
    """Three digits or so: 812 M, 4.15, 96."""
    if figure is None:
        return "?"
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if figure >= size:
            return f"{figure / size:.3g}{letter}"
    return f"{figure:.3g}"


def write(lines: list[Line], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [asdict(line) | {"ratio": line.ratio} for line in lines]
    file.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def paired(ours: Callable[[], float], reference: Callable[[], float], rounds: int = 3) -> tuple[float, float]:
    """Medians of both, run in turn so that whatever else the machine does meets both."""
    pairs = [(ours(), reference()) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def openssl_sha1(size: int, seconds: int = 2) -> float:
    """Bytes per second of wall time of SHA-1 by ``openssl speed`` on blocks of ``size``.

    FileNotFoundError where there is no openssl.
    """
    done = subprocess.run(
        [
            "openssl",
            "speed",
            "-mr",
            "-elapsed",
            "-seconds",
            str(seconds),
            "-bytes",
            str(size),
            "-evp",
            "sha1",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    # +F:<n>:sha1:<bytes per second>
    last = [line for line in done.stdout.splitlines() if line.startswith("+F:")][-1]
    return float(last.rsplit(":", 1)[1])
