"""The map format: every value, and files that are none or mean harm (plugins §2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.plugin.findings import DefinitionCode as Code
from apps.lockss.plugin.findings import Place, Severity
from apps.lockss.plugin.xmlmap import Marker, RawMap, parse_map
from apps.lockss.plugin.xmltree import Node, XmlLimits
from tests.lockss.plugin.maps import DEFAULT, NONE, Raw, element, xml


def plain(value: object) -> object:
    """Maps as dicts, lists as lists."""
    if isinstance(value, RawMap):
        return {key: plain(each.value) for key, each in value.entries.items()}
    return [plain(each) for each in value] if isinstance(value, tuple) else value


TREES = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))
    | st.integers(-(2**31), 2**31 - 1)
    | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.from_regex("[a-z_/]{1,12}", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.from_regex("[a-z_/]{1,12}", fullmatch=True), TREES, max_size=5))
def test_what_is_written_is_read(tree: dict[str, object]) -> None:
    raw, findings = parse_map(xml(tree))
    assert plain(raw) == tree
    assert findings == ()


def test_text_is_verbatim_and_comments_are_nothing() -> None:
    raw, findings = parse_map(
        b"<map><!-- a --><entry><string>k</string><!-- b --><string> a<!-- c -->b&amp;\n</string></entry></map>"
    )
    assert plain(raw) == {"k": " ab&\n"}
    assert findings == ()


def test_markers_numbers_and_objects() -> None:
    raw, findings = parse_map(
        xml(
            {
                "default": Raw(DEFAULT),
                "none": Raw(NONE),
                "long": Raw("<long> 5000000000 </long>"),
                "linked": Raw(
                    "<linked-hash-map><entry><string>a</string><int>1</int></entry></linked-hash-map>"
                ),
                "object": Raw("<x.Y><z>1</z></x.Y>"),
            }
        )
    )
    assert raw is not None
    assert raw.get("default") is Marker.DEFAULT
    assert raw.get("none") is Marker.NONE
    assert raw.get("long") == 5_000_000_000
    assert plain(raw.get("linked")) == {"a": 1}
    node = raw.get("object")
    assert isinstance(node, Node)
    assert node.text_of("z") == "1"
    assert findings == ()


@pytest.mark.parametrize(
    ("body", "code", "kept"),
    [
        ("<entry><string>k</string></entry>", Code.BAD_ENTRY, {}),
        ("<entry><int>1</int><int>2</int></entry>", Code.BAD_ENTRY, {}),
        ("<string>k</string>", Code.BAD_ENTRY, {}),
        ("<entry><string>k</string><int>1</int><int>2</int></entry>", Code.BAD_ENTRY, {"k": 1}),
        ("<entry><string>k</string><int>x</int></entry>", Code.BAD_NUMBER, {}),
        ("<entry><string>k</string><int>2147483648</int></entry>", Code.BAD_NUMBER, {}),
        ("<entry><string>k</string><boolean>yes</boolean></entry>", Code.BAD_BOOLEAN, {}),
        (
            "<entry><string>k</string><int>1</int></entry>" * 2
            + "<entry><string>k</string><int>3</int></entry>",
            Code.DUPLICATE_KEY,
            {"k": 3},
        ),
    ],
)
def test_one_bad_entry_costs_one_entry(body: str, code: Code, kept: dict[str, object]) -> None:
    raw, findings = parse_map(
        f"<map>\n{body}<entry><string>z</string><int>9</int></entry></map>".encode(), "p"
    )
    assert plain(raw) == {**kept, "z": 9}
    assert {finding.code for finding in findings} == {code}
    assert all(finding.severity is Severity.WARNING for finding in findings)
    assert all(finding.place.line == 2 and finding.place.plugin_id == "p" for finding in findings)


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b"", Code.NOT_XML, (1, 1)),
        (b"<map>\n <entry>\n</map>", Code.NOT_XML, (3, 3)),
        (b"<map>&nosuch;</map>", Code.NOT_XML, (1, 6)),
        (b"<map>\x00</map>", Code.NOT_XML, (1, 6)),
        (b'<?xml version="1.0" encoding="base64"?><map/>', Code.NOT_XML, (1, 1)),
        (b'<?xml version="1.0" encoding="utf-7"?><map/>', Code.NOT_XML, (1, 1)),
        (b'<?xml version="1.0" encoding="no-such"?><map/>', Code.NOT_XML, (1, 1)),
        (b"<!DOCTYPE map><map/>", Code.DOCTYPE, (1, 14)),
        (b"<Elements/>", Code.OBSOLETE_FORMAT, (1, 1)),
        (b"\n<list/>", Code.NOT_A_MAP, (2, 1)),
    ],
)
def test_files_that_are_no_map(data: bytes, code: Code, place: tuple[int, int]) -> None:
    raw, findings = parse_map(data, "p")
    assert raw is None
    assert [finding.code for finding in findings] == [code]
    assert findings[0].severity is Severity.ERROR
    assert findings[0].place == Place(*place, "p")


LAUGHS = (
    b"<!DOCTYPE lolz [<!ENTITY a0 'lol'>%s]><map><entry><string>&a9;</string><int>1</int></entry></map>"
    % (b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)))
)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (LAUGHS, Code.DOCTYPE),
        (b'<!DOCTYPE m SYSTEM "file:///etc/passwd"><map/>', Code.DOCTYPE),
        (b"<map>" * 200_000, Code.TOO_DEEP),
        (b"<map>" + b"<entry/>" * 200_000, Code.TOO_MANY),
        (b"x" * (10 << 20), Code.TOO_LARGE),
        (b"<map>" + b" " * (10 << 20) + b"</map>", Code.TOO_LARGE),
    ],
    ids=["laughs", "external", "deep", "many", "large", "blank"],
)
def test_bombs_do_not_go_off(data: bytes, code: Code) -> None:
    raw, findings = parse_map(data)
    assert raw is None
    assert [finding.code for finding in findings] == [code]


def test_limits_are_the_callers() -> None:
    limits = XmlLimits(max_bytes=80, max_depth=3, max_elements=5)
    one = {"k": "v"}
    assert parse_map(xml(one), limits=limits)[0] is not None
    assert parse_map(xml({"k": ["v"]}), limits=limits)[1][0].code is Code.TOO_DEEP
    assert parse_map(xml({"a": 1, "b": 2}), limits=XmlLimits(max_elements=5))[1][0].code is Code.TOO_MANY
    assert parse_map(b"<map>" + b" " * 80 + b"</map>", limits=limits)[1][0].code is Code.TOO_LARGE


@given(st.binary(max_size=200))
def test_any_bytes_give_a_map_or_a_finding(data: bytes) -> None:
    for noise in (data, b"<map>" + data, element({"a": "b"}).encode() + data):
        raw, findings = parse_map(noise)
        assert (raw is None) == any(finding.severity is Severity.ERROR for finding in findings)
