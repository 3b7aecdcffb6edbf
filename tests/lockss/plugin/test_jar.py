"""Plugin JARs: what the manifest names, and archives that mean harm (plugins §1)."""

import io
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.lockss.plugin import (
    DefinitionCode,
    JarLimits,
    load_definition,
    newest,
    path_of_plugin_id,
    plugin_id_of_path,
    plugin_key,
    read_jar,
    version_number,
)
from apps.lockss.plugin.jar import manifest_plugins
from tests.lockss.plugin.maps import BASE_URL, xml

MANIFEST = (
    b"Manifest-Version: 1.0\r\n\r\n"
    b"Name: org/example/\r\n Child.xml\r\nLockss-Plugin: true\r\n\r\n"
    b"Name: org/example/Other.xml\r\nSHA-256-Digest: x\r\n\r\n"
    b"Name: org/example/Gone.xml\r\nLockss-Plugin: TRUE\r\n"
)


def jar(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_the_manifest_names_plugins_and_parents_come_from_the_same_jar() -> None:
    start = {"au_start_url": '"%s", base_url', "plugin_config_props": [BASE_URL]}
    found = read_jar(
        jar(
            {
                "META-INF/MANIFEST.MF": MANIFEST,
                "org/example/Child.xml": xml({"plugin_parent": "org.example.Parent"}),
                "org/example/Parent.xml": xml(start),
                "org/example/Code.class": b"\xca\xfe\xba\xbe",
            }
        )
    )
    assert found.plugin_ids == ("org.example.Child",)
    assert [finding.code for finding in found.findings] == [DefinitionCode.NOT_FOUND]
    assert set(found.files) == {"org/example/Child.xml", "org/example/Parent.xml"}
    definition = load_definition(found.plugin_ids[0], found.load)
    assert definition.usable
    assert [link.plugin_id for link in definition.chain] == ["org.example.Child", "org.example.Parent"]


def test_bombs_inside_are_passed_over() -> None:
    data = jar({"big.xml": b" " * (8 << 20), "META-INF/MANIFEST.MF": b"", "small.xml": b"<map/>"})
    found = read_jar(data)
    assert set(found.files) == {"small.xml"}
    assert [finding.code for finding in found.findings] == [DefinitionCode.TOO_LARGE]
    many = read_jar(jar({f"{number}.xml": b"<map/>" for number in range(50)}), JarLimits(max_entries=10))
    assert [finding.code for finding in many.findings] == [DefinitionCode.TOO_MANY]
    total = read_jar(jar({f"{number}.xml": b"x" * 100 for number in range(5)}), JarLimits(max_total=250))
    assert len(total.files) == 2
    assert len(total.findings) == 3
    assert [finding.code for finding in read_jar(b"x" * 20, JarLimits(max_bytes=10)).findings] == [
        DefinitionCode.TOO_LARGE
    ]


@given(st.binary(max_size=200), st.integers(0, 400))
@example(b"\x00\x02", 28)
def test_any_bytes_are_a_jar_or_a_finding(noise: bytes, at: int) -> None:
    whole = jar({"a.xml": b"<map/>", "META-INF/MANIFEST.MF": MANIFEST})
    for data in (noise, whole[:at] + noise + whole[at + len(noise) :], whole[:at]):
        found = read_jar(data)
        assert found.files or found.findings or not found.plugin_ids


def test_manifests() -> None:
    assert manifest_plugins(MANIFEST) == ("org/example/Child.xml", "org/example/Gone.xml")
    assert manifest_plugins(b"") == ()
    assert manifest_plugins(b"Lockss-Plugin: true\n\nName: a.xml\nLockss-Plugin: false") == ()
    assert manifest_plugins(b"name: a.xml\nlockss-plugin: true") == ("a.xml",)


@pytest.mark.parametrize(
    ("path", "plugin_id"),
    [
        ("org/example/CPlugin.xml", "org.example.CPlugin"),
        ("/a/B.xml", "a.B"),
        ("B.xml", "B"),
        ("a/B.class", None),
        ("a/.xml", None),
        ("", None),
    ],
)
def test_the_path_is_the_id(path: str, plugin_id: str | None) -> None:
    assert plugin_id_of_path(path) == plugin_id
    if plugin_id is not None:
        assert path_of_plugin_id(plugin_id) == path.strip("/")
        assert "." not in plugin_key(plugin_id)


@pytest.mark.parametrize(
    ("version", "number"), [("12", 12), ("9-beta", 9), (" 7", 7), ("x", 0), ("", 0), ("1.9", 1)]
)
def test_versions(version: str, number: int) -> None:
    assert version_number(version) == number


def test_the_highest_number_wins() -> None:
    assert newest(["9", "10", "10-rc", "x"]) == "10"
    assert newest([]) is None
