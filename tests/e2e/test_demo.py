"""The main job of the product, once through, with two of its processes killed on the way."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.e2e


def test_the_story_came_true(demo):
    assert demo.story["came_true"], demo.output
    assert [step["name"] for step in demo.story["steps"]] == [
        "start",
        "prepare",
        "crawl",
        "poll",
        "damage",
        "repair",
        "proof",
        "report",
        "deliver",
    ]
    assert all(step["came_true"] for step in demo.story["steps"])
    assert len(demo.story["kills"]) == 2


def test_aus_are_selected_in_three_ways(demo):
    # One of the four by hand is left for the visitor.
    assert demo.step("prepare")["facts"]["ways"] == {"aus": 3, "holdings": 1, "subscription": 1}


def test_the_wrong_word_is_explained(demo):
    said = demo.step("crawl")["facts"]["nearly"]
    assert said == ["“serve” is written “provide”."]


def test_nothing_was_collected_without_permission(demo):
    refused = demo.step("crawl")["facts"]["refused"]
    assert [name.rpartition(" Volume ")[2] for name in refused] == ["3"]
    assert all("permission statement" in message for message in refused.values())


def test_three_kinds_of_damage_were_repaired(demo):
    done = demo.step("damage")["facts"]["damage"]
    assert len({each["kind"] for each in done}) == 3
    facts = demo.step("repair")["facts"]
    assert facts["repaired"] + facts["late"] >= sum(each["urls"] for each in done)


def test_all_copies_are_equal_again(demo):
    facts = demo.step("proof")["facts"]
    assert facts["equal_urls"] > 30
    # Two journals' pages of news change at every request; one AU was left and one refused.
    assert facts["filtered_urls"] == 4


def test_every_warc_file_passes_warcio(demo):
    files = sorted(demo.home.glob("node*/content/**/*.warc.gz"))
    assert files
    # Node 2's files were damaged on purpose; what was written since lies in files of its own.
    sound = [f for f in files if "/node2/" not in str(f)]
    done = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", *sound],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_report_is_kbart(demo):
    lines = (demo.home / "kbart.tsv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("publication_title\tprint_identifier\tonline_identifier")
    assert {line.split("\t")[0] for line in lines[1:]} == {
        "Journal of Tidal Archives",
        "Annals of Paper and Light",
    }
