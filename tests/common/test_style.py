"""The style sheet: contrasts as promised (WCAG 2.2 §1.4.3, §1.4.11), every class that templates name exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CSS = (ROOT / "static/css/portal.css").read_text(encoding="utf-8")
TOKENS = dict(re.findall(r"--([a-z-]+):\s*light-dark\((#[0-9a-f]{6}, #[0-9a-f]{6})\)", CSS))
TEXT = [
    *((text, ground) for text in ("ink", "soft", "faint", "link") for ground in ("paper", "card")),
    *((text, "mark") for text in ("ink", "link")),
    *((tone, f"{tone}-ground") for tone in ("safe", "care", "harm", "idle")),
    *((tone, "card") for tone in ("safe", "care", "harm", "idle")),
    ("on-link", "link"),
    ("link-strong", "card"),
    ("soft", "mark"),
]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def token(name: str, mode: int) -> str:
    return TOKENS[name].split(", ")[mode]


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_can_be_read(text, ground, mode) -> None:
    assert contrast(token(text, mode), token(ground, mode)) >= 4.5


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_edges_of_fields_can_be_seen(mode) -> None:
    assert contrast(token("edge", mode), token("card", mode)) >= 3


def test_what_takes_a_colour_is_given_no_gradient() -> None:
    """A field's ground is a gradient with its sign: as a fill or a line it is not valid, and the thing is black."""
    gradients = set(re.findall(r"--([a-z-]+):[^;]*gradient", CSS))
    assert gradients == {"care-field", "harm-field"}
    paints = r"(?<![a-z-])(?:fill|stroke|color|background-color|outline|border[a-z-]*):([^;}]*)"
    used = set(re.findall(r"var\(--([a-z-]+)\)", " ".join(re.findall(paints, CSS))))
    assert "care" in used
    assert not used & gradients


def test_colours_stand_in_tokens_alone() -> None:
    rules = CSS[CSS.index("/* --- Ground --- */") :]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;, )])", rules.replace("--paper: #fff;", "")) == []


def test_every_class_of_the_common_parts_has_a_rule() -> None:
    used = set()
    for file in [ROOT / "templates/base.html", *(ROOT / "templates/common").glob("*.html")]:
        text = re.sub(r"{%.*?%}|{{.*?}}", " ", file.read_text(encoding="utf-8"))
        for names in re.findall(r'class="([^"]*)"', text):
            used |= set(names.split())
    hooks = {"code", "need-word", "need-said", "fixed", "when", "bulk", "past"}
    missing = {name for name in used - hooks if f".{name}" not in CSS}
    assert missing == set()
    assert len(used) > 40


def test_there_is_one_style_sheet_and_no_foreign_address() -> None:
    assert [file.name for file in (ROOT / "static").rglob("*.css")] == ["portal.css"]
    assert "url(" not in CSS
    assert "@import" not in CSS


def test_a_part_is_laid_out_in_one_place() -> None:
    """Two rules of one name for two parts: the later one spoils the earlier."""
    outside = re.sub(r"@media[^{]*{(?:[^{}]*{[^{}]*})*[^{}]*}", "", CSS)
    laid = re.findall(r"^(\.[a-z-]+) {[^}]*display:", outside, re.MULTILINE)
    assert {name for name in laid if laid.count(name) > 1} == set()
