"""What a node without certain platform definitions cannot collect: the room beside this one knows, and a room above
tells.
"""

from collections.abc import Callable, Iterable

_knows: list[Callable[[Iterable[str]], dict[str, bool]]] = []


def tells_loaded(ask: Callable[[Iterable[str]], dict[str, bool]]) -> None:
    """``ask`` gives of those of some plugin identifiers that are loaded whether each can collect here."""
    _knows[:] = [ask]


def lacking(plugin_ids: Iterable[str]) -> dict[str, bool]:
    """Those that this node cannot collect with, and whether each is loaded at all; empty where nobody knows."""
    wanted = set(plugin_ids)
    if not _knows:
        return {}
    known = _knows[0](wanted)
    return {one: one in known for one in wanted if not known.get(one)}
