"""The table of settings in docs/operation.md: ``python -m lockss_portal.conf.docs [--check]``."""

import sys
from dataclasses import fields
from typing import Any, get_type_hints

from lockss_portal.conf.load import ROOT
from lockss_portal.conf.schema import SECTIONS
from lockss_portal.conf.values import expected

PAGE = ROOT / "docs" / "operation.md"
BEGIN = "<!-- settings: made by `make settings` -->"
END = "<!-- end of settings -->"


def table() -> str:
    """Markdown, one table per section of the schema."""
    lines: list[str] = []
    for section in SECTIONS:
        hints = get_type_hints(section)
        lines += [f"### {section.__doc__}", "", "| Key | Default | Accepts | What |", "|---|---|---|---|"]
        for field in fields(section):
            key = field.metadata["key"]
            unit = f" ({key.unit})" if key.unit else ""
            accepts = expected(hints[field.name], key)
            name = f"`{field.name}`" + (f", also `{key.env}`" if key.env else "")
            lines.append(f"| {name} | {shown(field.default)} | {accepts}{unit} | {key.help} |")
        lines.append("")
    return "\n".join(lines)


def shown(value: Any) -> str:
    """As one would write it in node.toml."""
    if isinstance(value, bool):
        return str(value).lower()
    if value in ("", ()):
        return "none"
    if isinstance(value, float) and value.is_integer():
        return f"{int(value)}"
    return f"`{value}`" if not isinstance(value, int | float) else str(value)


def renewed(page: str) -> str:
    """The page with the table in the place of the one between the two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n{END}{after}"


def main(arguments: list[str]) -> int:
    page = PAGE.read_text(encoding="utf-8")
    wanted = renewed(page)
    if arguments == ["--check"]:
        if page != wanted:
            print("docs/operation.md is not what the schema says: make settings", file=sys.stderr)
        return int(page != wanted)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
