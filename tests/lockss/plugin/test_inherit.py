"""Chains of definitions: parents, overrides, defaults, old names (plugins §3)."""

import pytest

from apps.lockss.plugin import DefinitionCode as Code
from apps.lockss.plugin import Severity, load_definition
from apps.lockss.plugin.inherit import MAX_CHAIN, Merged, merge
from tests.lockss.plugin.maps import DEFAULT, Raw, xml


def merged(files: dict[str, dict[str, object]], mode: str = "") -> Merged:
    data = {plugin_id: xml(entries) for plugin_id, entries in files.items()}
    return merge("c", data.get, testing_mode=mode)


def keys(result: Merged) -> dict[str, object]:
    assert result.entries is not None
    return {key: entry.value for key, entry in result.entries.entries.items()}


def test_whole_values_come_from_the_nearest() -> None:
    result = merged(
        {
            "c": {"plugin_parent": "b", "x": ["c"], "m": {"one": 1}},
            "b": {"plugin_parent": "a", "x": ["b", "b"], "y": "b", "plugin_version": "7"},
            "a": {"y": "a", "z": "a", "m": {"two": 2}, "plugin_version": "3"},
        }
    )
    found = keys(result)
    assert found["x"] == ("c",)
    assert found["y"] == "b"
    assert found["z"] == "a"
    # A map is never merged; even who the parent is gets inherited like anything else.
    assert list(found["m"].entries) == ["one"]  # type: ignore[attr-defined]
    assert found["plugin_version"] == "7"
    assert [(link.plugin_id, link.version) for link in result.chain] == [("c", "1"), ("b", "7"), ("a", "3")]
    assert result.findings == ()


@pytest.mark.parametrize(
    ("mode", "x", "y"), [("", "c", "b"), ("clockss", "over-c", "over-b"), ("content-testing", "c", "b")]
)
def test_overrides_replace_entries_of_their_own_file(mode: str, x: str, y: str) -> None:
    found = keys(
        merged(
            {
                "c": {"plugin_parent": "b", "x": "c", "clockss_override": {"x": "over-c"}},
                "b": {"x": "b", "y": "b", "clockss_override": {"x": "over-b", "y": "over-b"}},
            },
            mode,
        )
    )
    assert (found["x"], found["y"]) == (x, y)


def test_default_forgets_what_was_inherited() -> None:
    files = {
        "c": {"plugin_parent": "b", "x": Raw(DEFAULT), "clockss_override": {"y": Raw(DEFAULT)}},
        "b": {"x": "b", "y": "b"},
    }
    assert set(keys(merged(files))) == {"plugin_parent", "y", "clockss_override"}
    assert set(keys(merged(files, "clockss"))) == {"plugin_parent", "clockss_override"}


def test_old_names_win_even_over_new_ones() -> None:
    result = merged(
        {
            "c": {"plugin_parent": "b", "au_permission_url": "new", "au_crawl_depth": 2},
            "b": {"au_manifest": "old"},
        }
    )
    found = keys(result)
    assert found["au_permission_url"] == "old"
    assert found["au_refetch_depth"] == 2
    assert "au_manifest" not in found
    assert [finding.key for finding in result.findings] == ["au_manifest", "au_crawl_depth"]
    assert {finding.code for finding in result.findings} == {Code.OBSOLETE_KEY}


@pytest.mark.parametrize(
    ("files", "code", "severity"),
    [
        ({}, Code.NOT_FOUND, Severity.ERROR),
        ({"c": {"plugin_parent": "b"}}, Code.PARENT_MISSING, Severity.ERROR),
        ({"c": {"plugin_parent": "c"}}, Code.PARENT_LOOP, Severity.ERROR),
        ({"c": {"plugin_parent": "b"}, "b": {"plugin_parent": "c"}}, Code.PARENT_LOOP, Severity.ERROR),
        ({"c": {"plugin_parent": ["b"]}}, Code.WRONG_TYPE, Severity.ERROR),
        (
            {"c": {"plugin_parent": "b", "plugin_parent_version": "2"}, "b": {"plugin_version": "3"}},
            Code.PARENT_VERSION,
            Severity.WARNING,
        ),
        (
            {"c": {"plugin_parent": "b", "plugin_parent_version": "2"}, "b": {}},
            Code.PARENT_VERSION,
            Severity.WARNING,
        ),
    ],
)
def test_broken_chains(files: dict[str, dict[str, object]], code: Code, severity: Severity) -> None:
    result = merged(files)
    assert [(finding.code, finding.severity) for finding in result.findings] == [(code, severity)]
    assert (result.entries is None) == (severity is Severity.ERROR)


def test_a_parent_version_that_is_right_is_no_finding() -> None:
    files = {"c": {"plugin_parent": "b", "plugin_parent_version": "2"}, "b": {"plugin_version": "2"}}
    assert merged(files).findings == ()


def test_a_chain_without_an_end_ends() -> None:
    asked: list[str] = []

    def load(plugin_id: str) -> bytes:
        asked.append(plugin_id)
        return xml({"plugin_parent": f"{plugin_id}x"})

    result = merge("c", load)
    assert [finding.code for finding in result.findings] == [Code.PARENT_LOOP]
    assert len(asked) == MAX_CHAIN


def test_a_parent_that_is_no_map_is_named_with_its_own_place() -> None:
    files = {"c": xml({"plugin_parent": "b"}), "b": b"<map>"}
    definition = load_definition("c", files.get)
    assert not definition.usable
    assert [(str(finding.place), finding.code) for finding in definition.findings] == [
        ("b:1:6", Code.NOT_XML)
    ]


def test_an_override_that_is_no_map_is_told() -> None:
    result = merged({"c": {"x": "c", "clockss_override": "y"}}, "clockss")
    assert keys(result)["x"] == "c"
    assert [finding.code for finding in result.findings] == [Code.WRONG_TYPE]
