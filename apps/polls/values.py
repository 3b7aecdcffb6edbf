"""The core's poll states as JSON in a row, and back, by their declared types."""

from typing import Any, TypeVar

from cattrs.preconf.json import make_converter

from apps.lockss.errors import PeerError
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.poll_codes import PollCode

T = TypeVar("T")

_converter = make_converter()
_converter.register_unstructure_hook(PeerId, str)
_converter.register_structure_hook(PeerId, lambda text, _: PeerId.parse(text))
# A fault of a vote is kept by its message; its code is that of a spoiled vote.
_converter.register_unstructure_hook(PeerError, lambda error: error.message)
_converter.register_structure_hook(PeerError, lambda text, _: PeerError(PollCode.SPOILED_VOTE, text))


def dump(value: object) -> Any:
    """A JSON value for a JSONField."""
    return _converter.unstructure(value)


def load(data: Any, kind: type[T]) -> T:
    """The value that ``dump`` was given; an error here means a row of another version of this program."""
    return _converter.structure(data, kind)
