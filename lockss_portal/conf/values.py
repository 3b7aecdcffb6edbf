"""From the text of a variable, or a value of a TOML file, to the type that the schema asks for."""

import math
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

from lockss_portal.conf.key import Key

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})


class WrongValueError(ValueError):
    """``args[0]`` says what was expected, as the end of the sentence "expected ..."."""


def convert(value: object, kind: Any, key: Key, home: Path) -> Any:
    """The checked value. Text is read as the environment gives it; other types must already fit."""
    if get_origin(kind) is Literal:
        return _choice(value, get_args(kind))
    if get_origin(kind) is tuple:
        return _words(value)
    if kind is Path:
        return _path(value, home)
    found = _READERS[kind](value)
    if kind in (int, float):
        _within(found, key)
    return found


def expected(kind: Any, key: Key) -> str:
    """In words what ``convert`` accepts; used by the table and by messages."""
    if get_origin(kind) is Literal:
        return " or ".join(get_args(kind))
    if get_origin(kind) is tuple:
        return "a list"
    text = {str: "text", bool: "true or false", int: "a whole number", float: "a number", Path: "a path"}[
        kind
    ]
    if key.low is not None and key.high is not None:
        return f"{text} from {key.low:g} to {key.high:g}"
    if key.low is not None:
        return f"{text} of at least {key.low:g}"
    return text


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise WrongValueError("text")
    return value.strip()


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in YES or word in NO:
        return word in YES
    raise WrongValueError("true or false")


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return int(value.replace("_", "")) if isinstance(value, str) and len(value) < 30 else _refuse()
    except ValueError:
        raise WrongValueError("a whole number") from None


def _refuse() -> int:
    raise ValueError


def _number(value: object) -> float:
    try:
        found = (
            float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
        )
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise WrongValueError("a number")
    return found


def _within(found: float, key: Key) -> None:
    if (key.low is not None and found < key.low) or (key.high is not None and found > key.high):
        raise WrongValueError(expected(type(found), key))


def _choice(value: object, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise WrongValueError(" or ".join(choices))
    return str(value)


def _words(value: object) -> tuple[str, ...]:
    """A TOML list of texts, or words between commas or blanks."""
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    if isinstance(value, list | tuple) and all(isinstance(word, str) for word in value):
        return tuple(value)
    raise WrongValueError("a list")


def _path(value: object, home: Path) -> Path:
    if isinstance(value, str | Path) and str(value) and "\0" not in str(value):
        return home / Path(value).expanduser()
    raise WrongValueError("a path")


_READERS: MappingProxyType[type, Callable[[object], Any]] = MappingProxyType(
    {str: _text, bool: _boolean, int: _whole, float: _number}
)
