"""Reads the settings of a node: environment before ``node.toml`` before the schema's default."""

import difflib
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from lockss_portal.conf import rules
from lockss_portal.conf.key import Key
from lockss_portal.conf.schema import Node
from lockss_portal.conf.values import WrongValueError, convert, expected

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "LOCKSS_"
# Variables that are not settings: where the settings are, where tests find things.
NODE_VARIABLE = "LOCKSS_NODE"
VALUES_VARIABLE = "LOCKSS_VALUES"
OTHERS = frozenset(
    {NODE_VARIABLE, VALUES_VARIABLE, "LOCKSS_SHARED", "LOCKSS_TEST_HOME", "LOCKSS_CHROMIUM", "LOCKSS_RUN_AS"}
)


class SettingsError(Exception):
    """The start cannot go on; every line names a key, its value and what was expected."""


def load_node(environ: Mapping[str, str] | None = None) -> Node:
    """The settings of the node that ``LOCKSS_NODE`` names; SettingsError lists all that is wrong with them."""
    environ = os.environ if environ is None else environ
    if environ.get(VALUES_VARIABLE):
        return _handed_down(Path(environ[VALUES_VARIABLE]))
    file = node_file(environ)
    return _checked(_given(environ), file.parent)


def written_keys(environ: Mapping[str, str]) -> frozenset[str]:
    """The keys that somebody set, however they are valued."""
    return frozenset(name for name, (value, _) in _given(environ).items() if value != "")


def node_file(environ: Mapping[str, str]) -> Path:
    """``LOCKSS_NODE`` may name the file or its folder."""
    named = Path(environ.get(NODE_VARIABLE) or ROOT / "var").expanduser().absolute()
    return named if named.suffix == ".toml" else named / "node.toml"


def hand_down(node: Node, file: Path) -> None:
    """Write checked values for children, which then read no file and no variable that changed since."""
    values = {name: getattr(node, name) for name in ("home", *kinds())}
    text = json.dumps(values, default=str)
    partial = file.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
    partial.rename(file)


def kinds() -> dict[str, tuple[Any, Key]]:
    """Every key with its type and metadata, in the order of the schema. The caller must not change it."""
    return _kinds()


@cache
def _kinds() -> dict[str, tuple[Any, Key]]:
    hints = get_type_hints(Node)
    return {f.name: (hints[f.name], f.metadata["key"]) for f in fields(Node) if "key" in f.metadata}


def _given(environ: Mapping[str, str]) -> dict[str, tuple[object, str]]:
    return _from_file(node_file(environ)) | _from_environment(environ)


def _handed_down(file: Path) -> Node:
    values = json.loads(file.read_text(encoding="utf-8"))
    home = Path(values.pop("home"))
    return _checked({name: (value, str(file)) for name, value in values.items()}, home)


def _from_file(file: Path) -> dict[str, tuple[object, str]]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: {error}") from error
    return {name: (value, str(file)) for name, value in values.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[object, str]]:
    plain = {key.env: name for name, (_, key) in kinds().items() if key.env}
    found: dict[str, tuple[object, str]] = {
        name: (environ[variable], variable) for variable, name in plain.items() if environ.get(variable)
    }
    for variable, value in environ.items():
        if variable.startswith(PREFIX) and variable not in OTHERS:
            found[variable.removeprefix(PREFIX).lower()] = (value, variable)
    return found


def _checked(given: Mapping[str, tuple[object, str]], home: Path) -> Node:
    values: dict[str, Any] = {}
    wrong = [_unknown(name, source) for name, (_, source) in given.items() if name not in kinds()]
    for name, (kind, key) in kinds().items():
        value, source = given.get(name, (Node.__dataclass_fields__[name].default, "default"))
        try:
            values[name] = convert(value, kind, key, home)
        except WrongValueError as error:
            shown = "(hidden)" if key.secret else repr(value)
            wrong.append(f"{name} is {shown} ({source}), expected {error}")
    if wrong:
        raise SettingsError("\n".join(wrong))
    node = Node(home=home, **values)
    if broken := rules.broken(node):
        raise SettingsError("\n".join(broken))
    return rules.completed(node)


def _unknown(name: str, source: str) -> str:
    near = difflib.get_close_matches(name, kinds(), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{name} is not a setting ({source}){hint}"


__all__ = ["SettingsError", "expected", "hand_down", "kinds", "load_node", "node_file", "written_keys"]
