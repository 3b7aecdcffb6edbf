"""How units stand that are selected here: a room above knows, and tells it here for the lists of titles."""

from collections.abc import Callable, Sequence

from apps.common.words import Tone

# By keys of AUs: how each stands, in a word or two of the reader's language, and how safe that is.
Said = tuple[Tone, str]
Standing = Callable[[Sequence[int]], dict[int, Said]]
_standing: list[Standing] = []


def tells_standing(ask: Standing) -> None:
    """A room above says how units stand."""
    _standing[:] = [ask]


def standing_of(keys: Sequence[int]) -> dict[int, Said]:
    """One query; without those of which nothing is known yet."""
    return _standing[0](keys) if _standing else {}
