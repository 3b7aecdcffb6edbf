"""The core's poll states as JSON in a row, and back, by their declared types.

Text that PostgreSQL's JSON cannot hold (NUL, half of a surrogate pair) is kept escaped: a peer's vote may name
any URL it likes.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from cattrs.preconf.json import make_converter

from apps.lockss.errors import PeerError
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.poll_codes import PollCode

T = TypeVar("T")

_ESCAPE = "\x1b"
_UNSTORABLE = re.compile("[\0\x1b\ud800-\udfff]")
_ESCAPED = re.compile("\x1b([0-9a-f]{4})")

_converter = make_converter()
_converter.register_unstructure_hook(PeerId, str)
_converter.register_structure_hook(PeerId, lambda text, _: PeerId.parse(text))
# A fault of a vote is kept by its message; its code is that of a spoiled vote.
_converter.register_unstructure_hook(PeerError, lambda error: error.message)
_converter.register_structure_hook(PeerError, lambda text, _: PeerError(PollCode.SPOILED_VOTE, text))


def dump(value: object) -> Any:
    """A JSON value for a JSONField."""
    return _each_text(_converter.unstructure(value), _escaped)


def load(data: Any, kind: type[T]) -> T:
    """The value that ``dump`` was given; an error here means a row of another version of this program."""
    return _converter.structure(_each_text(data, _plain), kind)


def _escaped(text: str) -> str:
    return _UNSTORABLE.sub(lambda found: f"{_ESCAPE}{ord(found[0]):04x}", text)


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if _ESCAPE in text else text


def _each_text(data: Any, change: Callable[[str], str]) -> Any:
    if isinstance(data, str):
        return change(data)
    if isinstance(data, dict):
        return {_each_text(key, change): _each_text(value, change) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_each_text(item, change) for item in data]
    return data
