"""What comes of a request's head: the head, or one refusal with a status."""

from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.http1.target import RequestTarget

SIZE = 65_536
LINE = 16_384
FIELDS = 200


class HeadCode(StrEnum):
    """Why a head is refused. After a refusal the connection is closed: nobody knows where the next request begins."""

    LINE_TOO_LONG = "request-line-too-long"
    HEAD_TOO_LARGE = "head-too-large"
    TOO_MANY_FIELDS = "too-many-fields"
    BARE_LF = "line-without-cr"
    CONTROL = "control-character"
    BAD_REQUEST_LINE = "bad-request-line"
    BAD_VERSION = "bad-version"
    BAD_TARGET = "bad-target"
    BAD_SCHEME = "bad-scheme"
    USER_INFO = "user-info"
    BAD_PORT = "bad-port"
    FOLDED = "folded-field"
    SPACE_BEFORE_COLON = "space-before-colon"
    BAD_FIELD = "bad-field"
    NO_HOST = "no-host"
    SEVERAL_HOSTS = "several-hosts"
    BAD_HOST = "bad-host"
    SEVERAL_LENGTHS = "several-lengths"
    BAD_LENGTH = "bad-length"
    LENGTH_AND_CODING = "length-and-transfer-coding"
    BAD_CODING = "bad-transfer-coding"


STATUS = {
    HeadCode.LINE_TOO_LONG: 414,
    HeadCode.HEAD_TOO_LARGE: 431,
    HeadCode.TOO_MANY_FIELDS: 431,
    HeadCode.BAD_VERSION: 505,
}


@dataclass(frozen=True, slots=True)
class HeadRefusal:
    """``line`` counts from 1; 0 where the head as a whole is to blame."""

    code: HeadCode
    line: int = 0

    @property
    def status(self) -> int:
        return STATUS.get(self.code, 400)


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """In bytes and lines. ``line``: the request line, ``size``: everything up to the empty line, without its end."""

    line: int = LINE
    size: int = SIZE
    fields: int = FIELDS

    def __post_init__(self) -> None:
        if not 0 < self.line <= self.size:
            raise ValueError(f"a request line is part of its head: {self.line}, {self.size}")


@dataclass(frozen=True, slots=True)
class RequestHead:
    """A head that leaves no doubt where its body ends.

    ``fields`` in order, names as sent, values without blanks around them, both Latin-1. ``length``: of the body in
    bytes, None where none is stated; ``chunked``: the body ends with its last chunk. ``keep_alive``: the client will
    send more. ``host_differs``: the Host field names another host or port than the target, which is what counts.
    """

    method: str
    target: RequestTarget
    minor: int
    fields: tuple[tuple[str, str], ...]
    length: int | None
    chunked: bool
    keep_alive: bool
    host_differs: bool = False

    def every(self, name: str) -> tuple[str, ...]:
        wanted = name.lower()
        return tuple(value for key, value in self.fields if key.lower() == wanted)
