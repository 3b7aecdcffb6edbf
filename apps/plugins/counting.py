"""That a page of plugins tells numbers which are behind an import: whoever counts AUs registers how to catch up."""

from collections.abc import Callable

_followers: list[Callable[[], object]] = []


def provide(follow: Callable[[], object]) -> None:
    """``follow`` counts anew where a list was read since the last count, and costs little where none was."""
    if follow not in _followers:
        _followers.append(follow)


def catch_up() -> None:
    for follow in _followers:
        follow()
