"""Which platform definitions are not loaded on this node: the room beside this one knows, and a room above tells."""

from collections.abc import Callable, Iterable

_knows: list[Callable[[Iterable[str]], set[str]]] = []


def tells_loaded(ask: Callable[[Iterable[str]], set[str]]) -> None:
    """``ask`` gives those of some plugin identifiers that are loaded."""
    _knows[:] = [ask]


def not_loaded(plugin_ids: Iterable[str]) -> set[str]:
    """Empty where nobody knows."""
    wanted = set(plugin_ids)
    return wanted - _knows[0](wanted) if _knows else set()
