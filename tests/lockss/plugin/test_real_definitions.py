"""Every real definition loads, or says precisely what is missing (plugins §10)."""

from collections import Counter
from pathlib import Path

import pytest

from apps.lockss.plugin import (
    AuDefinition,
    Can,
    DefinitionCode,
    PluginDefinition,
    Severity,
    capabilities,
    load_definition,
    make_au,
    path_of_plugin_id,
    plugin_id_of_path,
)
from apps.lockss.plugin.params import ParamType
from tests.shared import DATA, needs_shared

ROOT = DATA / "plugins"
FILES = sorted(ROOT.rglob("*.xml")) if ROOT.is_dir() else []
VALUES = {
    ParamType.STRING: "abc",
    ParamType.INT: "7",
    ParamType.URL: "http://www.example.com/",
    ParamType.YEAR: "2005",
    ParamType.BOOLEAN: "true",
    ParamType.POS_INT: "12",
    ParamType.RANGE: "a-c",
    ParamType.NUM_RANGE: "1-3",
    ParamType.SET: "a,b",
    ParamType.USER_PASSWORD: "u:p",
    ParamType.LONG: "5",
    ParamType.TIME_INTERVAL: "1d",
}
pytestmark = needs_shared


def load(plugin_id: str) -> bytes | None:
    path = ROOT / path_of_plugin_id(plugin_id)
    return path.read_bytes() if path.is_file() else None


def definition(path: Path, testing_mode: str = "") -> PluginDefinition:
    plugin_id = plugin_id_of_path(path.relative_to(ROOT).as_posix())
    assert plugin_id is not None
    return load_definition(plugin_id, load, testing_mode=testing_mode)


def example_au(plugin: PluginDefinition) -> AuDefinition:
    made = make_au(plugin, {param.key: VALUES[param.type] for param in plugin.parameters})
    assert isinstance(made, AuDefinition), made
    return made


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_loads_or_names_what_is_missing(path: Path) -> None:
    for mode in ("", "clockss"):
        plugin = definition(path, mode)
        errors = [finding for finding in plugin.findings if finding.severity is Severity.ERROR]
        # A parent that is not in the folder is the only thing that may keep a real definition from loading.
        assert {finding.code for finding in errors} <= {DefinitionCode.PARENT_MISSING}
        for finding in errors:
            assert finding.place.line > 0
            missing = plugin.chain[-1].plugin_id
            assert missing in str(finding.place)
        assert plugin.usable == (errors == [])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_makes_an_au(path: Path) -> None:
    plugin = definition(path)
    if not plugin.usable:
        pytest.skip(str(plugin.findings[-1]))
    au = example_au(plugin)
    assert au.auid.startswith(f"{plugin.key}&")
    assert au.name() or plugin.collection.name is None
    assert au.start_urls or "plugin_crawl_seed_factory" in plugin.classes
    for url in (*au.start_urls, *au.permission_urls):
        assert au.verdict(url).included
    assert au.pause_ms >= 6_000
    assert au.refetch_depth >= 0
    assert au.results[200].action == "store"
    for url in ("http://www.example.com/a.css", "http://other.example.net/" + "a/b" * 300):
        au.verdict(url)
        au.in_polls(url)
        au.weights.of(url)
        au.substance.is_substance(url)


def test_counts() -> None:
    plugins = [definition(path) for path in FILES]
    usable = [plugin for plugin in plugins if plugin.usable]
    found = [capabilities(plugin) for plugin in plugins]
    findings = Counter(finding.code.value for plugin in plugins for finding in plugin.findings)
    collect = Counter(each.collect.can.value for each in found)
    poll = Counter(each.poll.can.value for each in found)
    chains = Counter(len(plugin.chain) for plugin in plugins)
    print(
        f"\n{len(plugins)} definitions, {len(usable)} usable; files in a chain: {dict(sorted(chains.items()))}"
    )
    print(f"collect {dict(collect)}, poll {dict(poll)}")
    for code, count in sorted(findings.items()):
        print(f"{count:4} {code}")
    assert len(plugins) > 100
    assert len(usable) >= len(plugins) - 1
    assert findings[DefinitionCode.UNKNOWN_KEY] >= 1
    assert collect[Can.YES] > 0
    assert collect[Can.NO] > 0


def test_a_known_definition_in_detail() -> None:
    plugin = load_definition("org.lockss.plugin.ojs2.OJS2Plugin", load)
    if not plugin.usable:
        pytest.skip("not in this folder")
    assert plugin.poll_version == "Poll_27"
    made = make_au(plugin, {"base_url": "http://ojs.example.org/", "journal_id": "a b", "year": "2005"})
    assert isinstance(made, AuDefinition)
    assert made.auid == (
        "org|lockss|plugin|ojs2|OJS2Plugin&base_url~http%3A%2F%2Fojs%2Eexample%2Eorg%2F&journal_id~a+b&year~2005"
    )
    inside = [
        "http://ojs.example.org/index.php/a%20b/article/view/1/2",
        "https://ojs.example.org/a+b/article/view/3/",
    ]
    assert all(made.verdict(url).included for url in inside)
    assert not made.verdict("http://ojs.example.org/index.php/other/article/view/1").included
    assert made.verdict("http://ojs.example.org/x/x/x/article/view/1").rule == 0
    found = capabilities(plugin)
    assert "org.lockss.plugin.ojs2.OJS2UrlNormalizer" in {reason.missing for reason in found.collect.reasons}
    assert [reason.missing for reason in found.poll.reasons] == [
        "org.lockss.plugin.ojs2.OJS2HtmlFilterFactory"
    ]
