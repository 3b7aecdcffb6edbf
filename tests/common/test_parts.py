"""Shelf, status word, bars, words of state."""

import datetime as dt
import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from apps.common import parts, words
from apps.common.pages import Bar
from apps.common.parts import Copy, CopyState, Day
from apps.common.words import Tone, Word

LETTERS = {"a": CopyState.AGREED, "d": CopyState.DIFFERS, "o": CopyState.OLD, "s": CopyState.SELECTED}


def copies(text: str) -> list[Copy]:
    return [Copy(f"node {i}", LETTERS[letter]) for i, letter in enumerate(text)]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("", "no copies yet"),
        ("a", "1 of 1 copy agrees"),
        ("aaaaads", "5 of 7 copies agree, 1 differs, 1 not proved"),
        ("oods", "0 of 4 copies agree, 1 differs, 2 not proved lately, 1 not proved"),
        ("a" * 1200 + "dd", "1,200 of 1,202 copies agree, 2 differ"),
    ],
)
def test_a_shelf_reads_itself_out(text, label) -> None:
    drawn = parts.shelf(copies(text))
    assert isinstance(drawn, SafeString)
    assert f'aria-label="{label}"' in drawn


@given(st.text("ados", max_size=30))
def test_a_shelf_is_well_formed_and_has_a_spine_for_every_copy_up_to_twelve(text: str) -> None:
    root = ET.fromstring(parts.shelf(copies(text)))
    svg = root if root.tag == "svg" else root.find("svg")
    marks = [
        element.get("class")
        for element in svg.iter()
        if element.get("class") in {"safe", "harm", "care", "idle"}
    ]
    if len(text) <= parts.MOST_SPINES:
        assert len(marks) == len(text)
    else:
        assert len(marks) == len(set(text))
        widths = [float(rect.get("width")) for rect in svg.iter("rect")]
        assert abs(sum(widths) - 100) < 0.5
        assert f"{text.count('a')}/{len(text)}" in ET.tostring(root, encoding="unicode")


def test_spines_stand_apart_and_inside() -> None:
    root = ET.fromstring(parts.shelf(copies("dadsa")))
    left = [float(rect.get("x")) for rect in root.iter("rect")]
    assert all(b - a >= 10 for a, b in pairwise(left))
    assert left[-1] + 7 <= float(root.get("width"))


def test_names_of_nodes_are_escaped() -> None:
    drawn = parts.shelf([Copy("<b>&", CopyState.AGREED)])
    assert "<title>&lt;b&gt;&amp;: agrees</title>" in drawn


@pytest.mark.parametrize("tone", list(Tone))
def test_every_tone_has_a_sign_of_its_own(tone) -> None:
    drawings = {re.search("<svg.*</svg>", parts.toned(other, "x"))[0] for other in Tone}
    assert len(drawings) == len(Tone)
    assert f'class="word {tone}"' in parts.toned(tone, "x")


def test_a_word_leads_to_its_definition() -> None:
    word = Word("well-kept", Tone.SAFE, "Well <kept>", "It is.")
    drawn = parts.status_word(word)
    assert 'href="/words/#well-kept"' in drawn
    assert "Well &lt;kept&gt;" in drawn
    assert 'title="It is."' in drawn


def test_a_word_means_one_thing(monkeypatch) -> None:
    monkeypatch.setattr(words, "_words", {})
    word = Word("kept", Tone.SAFE, "Kept", "It is.")
    words.register(word)
    words.register(word)
    assert words.word("kept") is word
    with pytest.raises(ValueError, match="kept"):
        words.register(Word("kept", Tone.HARM, "Kept", "It is not."))
    with pytest.raises(ValueError, match="No Code"):
        words.register(Word("No Code", Tone.HARM, "x", "y"))


def test_bars_show_every_day_and_never_nothing_for_something() -> None:
    start = dt.date(2026, 10, 23)
    days = [
        Day(start + dt.timedelta(days=i), good, bad)
        for i, (good, bad) in enumerate([(1000, 0), (1, 1), (0, 0)])
    ]
    root = ET.fromstring(parts.day_bars(days))
    heights = [float(rect.get("height")) for rect in root.iter("rect") if rect.get("class") != "ground"]
    assert heights[0] <= 100
    assert heights[1:3] == [2.0, 2.0]
    assert "23 Oct" in ET.tostring(root, encoding="unicode")
    assert parts.day_bars([]) == ""


def test_what_had_no_full_result_is_a_part_of_its_own() -> None:
    root = ET.fromstring(parts.day_bars([Day(dt.date(2026, 10, 23), 3, 2, 5)]))
    found = {rect.get("class"): rect for rect in root.iter("rect")}
    tall = {name: float(found[name].get("height")) for name in ("safe", "care", "harm")}
    assert tall["care"] > tall["safe"] > tall["harm"] > 0
    assert float(found["harm"].get("y")) >= 0
    assert float(found["harm"].get("y")) + tall["harm"] < float(found["care"].get("y"))
    assert float(found["care"].get("y")) + tall["care"] < float(found["safe"].get("y"))
    said = ET.tostring(root, encoding="unicode")
    assert "3 went well, 2 did not, 5 had no full result, from" in said


@pytest.mark.parametrize(
    ("bar", "text"),
    [
        (Bar(62, 100, "", 2400), "62 %, about 40 minutes left"),
        (Bar(1, 3, "fetching"), "33.3 %, fetching"),
        (Bar(5, None), ""),
        (Bar(0, 0, "beginning"), "beginning"),
    ],
)
def test_progress_in_words(bar, text) -> None:
    assert bar.text.replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_word_begins_with_a_capital_wherever_it_comes_from() -> None:
    assert ">Done</" in parts.toned(Tone.SAFE, "done").replace("</svg>", ">")
    assert "100 %" in parts.toned(Tone.SAFE, "100 %")
