"""Every part of a page that asks for news by itself says how to ask without scripts."""

from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
LIVE = sorted(path for path in TEMPLATES.rglob("*.html") if "data-live" in path.read_text())


def test_there_are_live_parts() -> None:
    assert len(LIVE) > 10


@pytest.mark.parametrize("path", LIVE, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_without_scripts_a_live_part_is_looked_at_again(path) -> None:
    text = path.read_text()
    assert "<noscript>" in text
    assert '{% translate "Look again" %}' in text.partition("<noscript>")[2].partition("</noscript>")[0]
