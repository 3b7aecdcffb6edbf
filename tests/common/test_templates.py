"""Rules for every template: nothing inline, every word translatable, one style sheet."""

import re
from pathlib import Path

import pytest
from django.template import engines
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[2] / "templates"
TEMPLATES = sorted(file for file in ROOT.rglob("*") if file.suffix in {".html", ".txt", ".xml"})
HTML = [file for file in TEMPLATES if file.suffix == ".html"]
INLINE = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "a script without a source": r"<script\b(?![^>]*\bsrc=)",
    "an event handler": r"<[^>]*\son[a-z]+\s*=",
    "a javascript address": r"javascript:",
    "hx-on": r"\bhx-on\b|\bhx-on:",
    "hx-vals with code": r"hx-vals\s*=\s*[\"']\s*js:",
    "something from elsewhere": r"(?:src|href)\s*=\s*[\"'](?:https?:)?//",
}
BLOCK = re.compile(r"{%\s*blocktranslate\b.*?{%\s*endblocktranslate\s*%}", re.DOTALL)
NOT_TEXT = re.compile(
    r"{#.*?#}|{%.*?%}|{{.*?}}|<!--.*?-->|<script\b.*?</script>|<meta\b[^>]*>|<!doctype[^>]*>|&[a-z]+;",
    re.DOTALL,
)
SAID = re.compile(r"""\s(?:aria-label|title|alt|placeholder|label)\s*=\s*(["'])(.*?)\1""", re.DOTALL)
LETTERS = re.compile(r"[^\W\d_]{2,}")


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_there_are_templates() -> None:
    assert len(HTML) > 20


@pytest.mark.parametrize("file", HTML, ids=name)
def test_nothing_stands_inline(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    # Tags of the template engine inside an HTML tag may hold ">".
    plain = re.sub(r"{[{%#].*?[}%#]}", "", text, flags=re.DOTALL)
    found = [what for what, pattern in INLINE.items() if re.search(pattern, plain, re.IGNORECASE)]
    assert found == []


@pytest.mark.parametrize("file", HTML, ids=name)
def test_every_word_can_be_translated(file: Path) -> None:
    text = BLOCK.sub("", file.read_text(encoding="utf-8"))
    said = [NOT_TEXT.sub("", value) for _, value in SAID.findall(text)]
    shown = re.sub(r"<[^>]*>", " ", NOT_TEXT.sub(" ", text))
    assert LETTERS.findall(shown) + LETTERS.findall(" ".join(said)) == []


@pytest.mark.parametrize("file", TEMPLATES, ids=name)
def test_it_compiles(file: Path) -> None:
    assert get_template(name(file)) is not None


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color: red">x</p>',
        "<style>p {}</style>",
        "<script>alert(1)</script>",
        '<a onclick="x()">y</a>',
        '<a href="javascript:x()">y</a>',
        '<div hx-on:click="x()">y</div>',
        '<img src="https://elsewhere.example/x.png">',
    ],
)
def test_the_rule_finds_what_it_forbids(text) -> None:
    assert any(re.search(pattern, text, re.IGNORECASE) for pattern in INLINE.values())


def test_the_engine_escapes() -> None:
    assert engines["django"].from_string("{{ x }}").render({"x": "<b>"}) == "&lt;b&gt;"
