"""Recorded vectors, found by listing folders: files added there are tested without a change here."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.shared import VECTORS, needs_shared

LOCAL = Path(__file__).resolve().parents[1] / "vectors" / "lcap"
CONTENT = VECTORS / "content_vol1"


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def both(find: Callable[[Path], list[Path]]) -> list[Any]:
    """Parameters from the copies here, which always run, and from the shared folder."""
    local = [pytest.param(path, id=f"local-{_label(path)}") for path in find(LOCAL)]
    shared = [pytest.param(path, id=_label(path), marks=needs_shared) for path in find(VECTORS)]
    return [*local, *(shared or [pytest.param(None, id="shared", marks=needs_shared)])]


def _label(path: Path) -> str:
    return f"{path.parent.name}/{path.name}" if path.parent.parent.name == "sessions" else path.stem


def message_files(root: Path) -> list[Path]:
    return sorted((root / "messages").glob("*.bin"))


def session_files(root: Path) -> list[Path]:
    """One file per direction of a connection: all that a decoded.json describes."""
    described = sorted((root / "sessions").glob("*/decoded.json"))
    return [path.parent / name for path in described for name in sorted(decoded_session(path.parent))]


@cache
def decoded_session(folder: Path) -> dict[str, Any]:
    return read_json(folder / "decoded.json")


def random_cuts(data: bytes, places: list[int]) -> Iterator[bytes]:
    """``data`` cut at ``places``, which may repeat and lie beyond the end."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    for start, end in pairwise(edges):
        yield data[start:end]
