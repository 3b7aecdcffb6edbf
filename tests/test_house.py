"""Rules of the house that no linter knows."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = sorted(
    file
    for folder in ("apps", "lockss_portal")
    for file in (ROOT / folder).rglob("*.py")
    if "migrations" not in file.parts
)
# Our own texts; data of others (vectors, licences) may say what it says.
SUFFIXES = {".py", ".md", ".toml", ".txt", ".yml", ".html", ".css", ".js", ".cfg", ""}
SKIPPED = {".git", ".venv", "var", "node_modules", "vectors", "__pycache__", "staticfiles"}
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
# Hosts of package registries, built from parts so that this list does not find itself.
FORBIDDEN = tuple(
    name + "." + domain
    for name, domain in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("unpkg", "com"),
        ("jsdelivr", "net"),
        ("cdnjs", "com"),
    )
)


def own_files() -> list[Path]:
    return [
        file
        for file in ROOT.rglob("*")
        if file.suffix in SUFFIXES
        and file.is_file()
        and not SKIPPED & set(file.relative_to(ROOT).parts)
        and not any(part.endswith("_cache") or part == ".hypothesis" for part in file.relative_to(ROOT).parts)
    ]


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_there_is_something_to_judge() -> None:
    assert len(CODE) > 50
    assert any(file.name == "bootstrap.py" for file in own_files())


@pytest.mark.parametrize("file", CODE, ids=name)
def test_files_and_functions_stay_small(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) <= LONGEST_FILE
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_no_file_names_a_package_registry() -> None:
    found = [
        f"{name(file)}: {word}"
        for file in own_files()
        for text in [file.read_text(encoding="utf-8", errors="replace").lower()]
        for word in FORBIDDEN
        if word in text
    ]
    assert found == []


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_has_one_pin_and_a_reason(file: str) -> None:
    lines = [line for line in (ROOT / file).read_text(encoding="utf-8").splitlines() if line.strip()]
    wanted = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[0-9][0-9A-Za-z.]*\s+# \S.{5,}")
    odd = [line for line in lines if not line.startswith(("#", "-r ")) and not wanted.fullmatch(line)]
    assert odd == []
    assert len(lines) > 5


MEANT_FOR_PAGES = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext"}
# One word for one thing: what collects from a platform is a plugin on every page; "platform" is the publisher's.
OTHER_WORDS = re.compile(
    r"platform definition|[Pp]latform not (?:loaded|usable)|or a platform|\bits platform\b"
)


@pytest.mark.parametrize("file", CODE, ids=name)
def test_a_plugin_is_called_so(file: Path) -> None:
    calls = (
        node
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MEANT_FOR_PAGES
    )
    texts = (arg.value for call in calls for arg in call.args if isinstance(arg, ast.Constant))
    assert [text for text in texts if isinstance(text, str) and OTHER_WORDS.search(text)] == []
