"""The XML form of title databases: what a node takes in, what it leaves out and says so, and hostile files."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.tdb import NodeFacts, Severity, TdbCode, parse_title_db_xml
from apps.lockss.tdb.xmlconditions import version_of
from apps.lockss.tdb.xmldb import XmlLimits

BASE = {
    "attributes.publisher": "Pub",
    "journalTitle": "Title",
    "title": "Title Volume 1",
    "plugin": "org.a.B",
}


def prop(name, value=None, *inner):
    told = "" if value is None else f' value="{value}"'
    return f'<property name="{name}"{told}>{"".join(inner)}</property>'


def param(number, key, value):
    return prop(f"param.{number}", None, prop("key", key), prop("value", value))


def record(name="R", *inner, **changes):
    values = {**BASE, **{key.replace("__", "."): value for key, value in changes.items()}}
    return prop(name, None, *(prop(k, v) for k, v in values.items() if v is not None), *inner)


def document(*records, head=""):
    titles = prop("org.lockss.title", None, *records)
    return f"<?xml version='1.0'?>\n{head}<lockss-config>\n{titles}\n</lockss-config>\n".encode()


def read_one(*inner, facts=None, **changes):
    read = parse_title_db_xml(document(record("R", *inner, **changes)), facts or NodeFacts())
    assert read.findings == ()
    (au,) = read.aus
    return au


def codes(read):
    return [(finding.code, finding.severity) for finding in read.findings]


def test_a_record_is_an_au():
    read = parse_title_db_xml(
        document(
            record(
                "BVolume1",
                param(1, "base_url", "http://x.example/?a=1&amp;b=2"),
                param(2, "volume_name", "1"),
                param(98, "crawl_proxy", "proxy.example:80"),
                attributes__year="2001",
                attributes__au_feature_key="f",
                attributes__rights="openaccess",
                issn="1234-5679",
                journalDoi="10.1/x",
                type="proceedings",
                estSize="3MB",
            )
        )
    )
    (au,) = read.aus
    assert dict(au.values) == {
        "name": "Title Volume 1",
        "plugin": "org.a.B",
        "param[base_url]": "http://x.example/?a=1&b=2",
        "param[volume_name]": "1",
        "proxy": "proxy.example:80",
        "year": "2001",
        "rights": "openaccess",
        "attr[au_feature_key]": "f",
        "estSize": "3MB",
        "status": "released",
    }
    assert au.auid == "org|a|B&base_url~http%3A%2F%2Fx%2Eexample%2F%3Fa%3D1%26b%3D2&volume_name~1"
    assert dict(au.title.attributes) == {
        "name": "Title",
        "issn": "1234-5679",
        "doi": "10.1/x",
        "type": "proceedings",
    }
    assert (au.title.publisher.name, au.line) == ("Pub", 3)
    assert (read.publishers, read.titles) == ((au.title.publisher,), (au.title,))


@pytest.mark.parametrize(
    ("inner", "changes", "status", "down"),
    [
        ((), {}, "released", False),
        ((param(99, "pub_down", "true"),), {}, "down", True),
        ((param(99, "pub_down", "false"),), {}, "released", False),
        ((), {"attributes__status": "zapped"}, "zapped", True),
        ((param(99, "pub_down", "true"),), {"attributes__status": "zapped"}, "zapped", True),
    ],
)
def test_status(inner, changes, status, down):
    au = read_one(*inner, **changes)
    assert (au.get("status"), au.publisher_down) == (status, down)


def test_without_a_listed_status_an_au_has_none():
    read = parse_title_db_xml(document(record()), listed_status="")
    assert "status" not in read.aus[0].values


@pytest.mark.parametrize("key", ["pub_never", "au_closed", "protocol_version", "nc_interval"])
def test_what_every_plugin_knows_is_no_part_of_the_auid(key):
    au = read_one(param(1, "volume", "1"), param(2, key, "5"))
    assert au.auid == "org|a|B&volume~1"
    assert au.nondef_params == {key: "5"}


@pytest.mark.parametrize(
    ("changes", "publisher", "title", "kind"),
    [
        ({"attributes__publisher": None, "publisher__name": "Other"}, "Other", "Title", "journal"),
        ({"attributes__publisher": None}, "unknown publisher [Title]", "Title", "journal"),
        ({"journalTitle": None, "journal__title": "J"}, "Pub", "J", "journal"),
        (
            {"journalTitle": None, "title": "Rocks Vol 7", "attributes__volume": "7"},
            "Pub",
            "Rocks",
            "journal",
        ),
        (
            {"journalTitle": None, "title": "Rocks volume 7", "attributes__volume": "7"},
            "Pub",
            "Rocks",
            "journal",
        ),
        (
            {"journalTitle": None, "title": "Rocks Issue 7", "attributes__issue": "7"},
            "Pub",
            "Rocks",
            "journal",
        ),
        (
            {"journalTitle": None, "title": "Rocks 1999", "attributes__year": "1999"},
            "Pub",
            "Rocks",
            "journal",
        ),
        ({"journalTitle": None, "title": "Rocks"}, "Pub", "unknown title [Rocks]", "journal"),
        ({"attributes__isbn": "978-3-16-148410-0"}, "Pub", "Title", "book"),
        ({"attributes__eisbn": "9783161484100", "issn": "1234-5679"}, "Pub", "Title", "bookSeries"),
        ({"attributes__isbn": "none"}, "Pub", "Title", "journal"),
        ({"attributes__isbn": "9783161484100", "type": "journal"}, "Pub", "Title", "journal"),
    ],
)
def test_publisher_title_and_type_where_a_record_tells_less(changes, publisher, title, kind):
    au = read_one(**changes)
    assert (au.title.publisher.name, au.title.name, au.title.type) == (publisher, title, kind)


@pytest.mark.parametrize("key", ["volume_name", "volume_str", "volume"])
def test_a_title_is_the_name_without_the_volume_of_a_parameter(key):
    assert read_one(param(1, key, "9"), journalTitle=None, title="Rocks Volume 9").title.name == "Rocks"


@pytest.mark.parametrize("missing", ["plugin", "title"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_record_without_plugin_or_name_is_left_out(missing, value):
    read = parse_title_db_xml(document(record("A", **{missing: value}), record("B", title="Sound")))
    assert [au.name for au in read.aus] == ["Sound"]
    (finding,) = read.findings
    assert (finding.code, finding.severity, finding.line) == (TdbCode.RECORD, Severity.ERROR, 3)
    assert finding.message == f"expected {missing}"


def test_equal_identity_comes_in_once_and_equal_names_twice():
    first = record("Same", param(1, "volume", "1"), title="First")
    again = record("Other", param(7, "volume", "1"), title="Again")
    other = record("Same", param(1, "volume", "2"), title="Second")
    down = record("Same", param(1, "volume", "1"), param(99, "pub_down", "true"), title="Down")
    read = parse_title_db_xml(document(first, again, other, down))
    assert [au.name for au in read.aus] == ["First", "Second", "Down"]
    assert codes(read) == [(TdbCode.DUPLICATE_AUID, Severity.ERROR)]
    assert read.findings[0].entry == "Again"


def test_half_parameters_are_left_out_and_told():
    half = [
        prop("param.1", None, prop("key", "a")),
        prop("param.2", None, prop("value", "b")),
        param(3, "c", "1"),
        param(4, "c", "2"),
        param(5, "d", ""),
    ]
    read = parse_title_db_xml(document(record("R", *half)))
    assert read.aus[0].params == {"c": "1", "d": ""}
    assert codes(read) == [(TdbCode.RECORD, Severity.WARNING)] * 3


def test_one_title_id_keeps_its_first_name():
    read = parse_title_db_xml(
        document(
            record("A", param(1, "v", "1"), journalTitle="Old", journalId="7"),
            record("B", param(1, "v", "2"), journalTitle="New", journalId="7"),
        )
    )
    assert [title.name for title in read.titles] == ["Old"]
    assert codes(read) == [(TdbCode.RECORD, Severity.WARNING)]


def test_titles_that_tell_other_numbers_are_other_values_with_one_name():
    read = parse_title_db_xml(
        document(record("A", issn="1234-5679"), record("B", param(1, "v", "2"), eissn="2434-561X"))
    )
    assert [(t.name, t.get("issn"), t.get("eissn")) for t in read.titles] == [
        ("Title", "1234-5679", ""),
        ("Title", "", "2434-561X"),
    ]
    assert len(read.publishers) == 1


@pytest.mark.parametrize(
    "config",
    [
        prop("org", None, prop("lockss", None, prop("title", None, record("X")))),
        prop("org.lockss", None, prop("title.X", None, *(prop(k, v) for k, v in BASE.items()))),
        prop("org.lockss.title.X", None, *(prop(k, v) for k, v in BASE.items())),
        prop("org.lockss.title", None, record("5_Suppl. 1")),
        "".join(prop(f"org.lockss.title.X.{key}", value) for key, value in BASE.items()),
        prop("org.lockss.title", None, *(prop(f"X.{key}", value) for key, value in BASE.items())),
        prop("org.lockss.titleSet", None, record("Y")) + prop("org.lockss.title", None, record("X")),
        prop("org.lockss.titles", None, record("Y")) + prop("org.lockss.title", None, record("X")),
        prop("org.lockss.title", None, record("X", prop("unknown", None, prop("deeper", "1")))),
    ],
)
def test_dotted_names_are_nesting(config):
    read = parse_title_db_xml(f"<lockss-config>{config}</lockss-config>".encode())
    assert read.findings == ()
    assert [(au.name, au.plugin_id, au.title.name) for au in read.aus] == [
        ("Title Volume 1", "org.a.B", "Title")
    ]


def test_lists_are_joined():
    inner = [
        prop("note", None, "<list><value> a </value><value>b</value></list>"),
        prop("note", None, "<list append='true'><value>c</value></list>"),
        prop("other", None, "<list><value>a</value></list>"),
        prop("other", None, "<list><value>b</value></list>"),
        prop("single", None, "<value>s</value>"),
    ]
    au = read_one(*inner)
    assert (au.get("note"), au.get("other"), au.get("single")) == ("a;b;c", "b", "s")


NODE = NodeFacts(
    hostname="Node1.Example.org",
    groups=frozenset({"prod", "test"}),
    daemon_version="1.74.3",
    platform_name="OpenBSD LOCKSS CD",
    platform_version="301-r2",
)


@pytest.mark.parametrize(
    ("test", "holds"),
    [
        ("hostname='node1.example.ORG'", True),
        ("hostname='node2.example.org'", False),
        ("group='prod'", True),
        ("group='Prod'", False),
        ("platformName='openbsd lockss cd'", True),
        ("platformVersion='301-r2'", True),
        ("platformVersionMin='301'", True),
        ("platformVersionMin='302'", False),
        ("platformVersionMax='301'", False),
        ("platformVersionMax='302'", True),
        ("daemonVersion='1.74.3'", True),
        ("daemonVersion='1.74.3.0'", True),
        ("daemonVersion='1.74'", False),
        ("daemonVersionMin='1.74.3'", True),
        ("daemonVersionMin='1.9.0'", True),
        ("daemonVersionMin='1.100.0'", False),
        ("daemonVersionMax='1.74.3'", True),
        ("daemonVersionMax='1.74.2'", False),
        ("daemonVersionMin='1.70' daemonVersionMax='1.80' group='test'", True),
        ("daemonVersionMin='1.70' daemonVersionMax='1.80' group='none'", False),
        ("daemonVersionMin='new'", False),
        ("colour='red'", False),
        ("group='prod' colour='red'", False),
    ],
)
def test_one_test(test, holds):
    inner = f"<if><test {test}/><then>{prop('told', 'yes')}</then><else>{prop('told', 'no')}</else></if>"
    assert read_one(inner, facts=NODE).get("told") == ("yes" if holds else "no")
    # Of a node that tells nothing about itself no test holds.
    assert read_one(inner).get("told") == "no"


YES, NO = "<test group='prod'/>", "<test group='none'/>"


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (YES + YES, True),
        (YES + NO, False),
        (f"<and>{YES}{YES}</and>", True),
        (f"<and>{YES}{NO}</and>", False),
        (f"<or>{NO}{YES}</or>", True),
        (f"<or>{NO}{NO}</or>", False),
        (f"<not>{NO}</not>", True),
        (f"<not>{YES}</not>", False),
        (f"<not><or>{NO}<and>{YES}{YES}</and></or></not>", False),
        (f"<or>{NO}<not>{NO}</not></or>{YES}", True),
        ("", True),
    ],
)
def test_combined_tests(condition, holds):
    inner = f"<if>{condition}<then>{prop('told', 'yes')}</then><else>{prop('told', 'no')}</else></if>"
    assert read_one(inner, facts=NODE).get("told") == ("yes" if holds else "no")
    within = f"<if>{condition}{prop('told', 'yes')}</if>"
    assert read_one(within, facts=NODE).get("told") == ("yes" if holds else "")
    outer = f"<lockss-config><if>{condition}<then>{prop('org.lockss.title', None, record())}</then></if></lockss-config>"
    assert len(parse_title_db_xml(outer.encode(), NODE).aus) == holds


def test_conditions_in_conditions_and_in_the_opening_tag():
    inner = (
        f"<if group='prod'><then><if group='none'><then>{prop('a', '1')}</then><else>{prop('b', '2')}</else></if></then>"
        f"<else><if group='prod'><then>{prop('c', '3')}</then></if></else></if>"
    )
    au = read_one(inner, facts=NODE)
    assert [au.get(key) for key in "abc"] == ["", "2", ""]


@pytest.mark.parametrize(
    "wrong",
    [
        f"<then>{prop('a', '1')}</then>",
        f"<else>{prop('a', '1')}</else>",
        f"<if>{NO}<else>{prop('a', '1')}</else></if>",
        f"<property value='1'>{prop('a', '1')}</property>",
        f"<property name=' '>{prop('a', '1')}</property>",
    ],
)
def test_what_is_in_the_wrong_place_is_left_out_and_told(wrong):
    read = parse_title_db_xml(document(record("R", wrong)), NODE)
    assert codes(read) == [(TdbCode.XML, Severity.ERROR)]
    assert "a" not in read.aus[0].values


def test_an_unknown_element_is_a_warning():
    read = parse_title_db_xml(document(record("R", f"<strange>{prop('a', '1')}</strange>")))
    assert codes(read) == [(TdbCode.XML, Severity.WARNING)]
    assert "a" not in read.aus[0].values


DTD = "<!DOCTYPE lockss-config [<!ELEMENT lockss-config ANY><!ATTLIST property name CDATA #REQUIRED value CDATA 'd'>]>"


def test_a_dtd_is_let_through_and_supplies_nothing():
    read = parse_title_db_xml(document(record(), head=DTD))
    assert (len(read.aus), read.findings) == (1, ())
    assert "d" not in read.aus[0].values.values()


@pytest.mark.parametrize(
    ("head", "inner"),
    [
        ("<!DOCTYPE lockss-config [<!ENTITY a 'b'>]>", ""),
        ("<!DOCTYPE lockss-config [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>", prop("x", "&a;")),
        ("<!DOCTYPE lockss-config [<!ENTITY % a SYSTEM 'http://x.example/'> %a;]>", ""),
        ("<!DOCTYPE lockss-config SYSTEM 'http://x.example/a.dtd'>", prop("x", None, "<value>&a;</value>")),
        (f"<!DOCTYPE lockss-config [{'<!ELEMENT a ANY>' * 201}]>", ""),
    ],
)
def test_entities_end_the_reading(head, inner):
    read = parse_title_db_xml(document(record("R", inner), head=head))
    assert read.aus == ()
    assert codes(read) == [(TdbCode.XML, Severity.ERROR)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", TdbCode.XML),
        (b"{ publisher < name = P > }", TdbCode.XML),
        (b"<config/>", TdbCode.XML),
        (document(record())[:-5], TdbCode.XML),
        (document(record()) + b"<more/>", TdbCode.XML),
        (b"<lockss-config>\xff\xfe</lockss-config>", TdbCode.XML),
        (b"<?xml version='1.0' encoding='klingon'?><lockss-config/>", TdbCode.ENCODING),
    ],
)
def test_what_is_no_title_database_gives_nothing_and_says_so(data, code):
    read = parse_title_db_xml(data)
    assert (read.publishers, read.titles, read.aus) == ((), (), ())
    assert codes(read) == [(code, Severity.ERROR)]


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (XmlLimits(max_bytes=300), TdbCode.TOO_LARGE),
        (XmlLimits(max_depth=3), TdbCode.TOO_DEEP),
        (XmlLimits(max_records=1), TdbCode.TOO_LARGE),
    ],
)
def test_limits_of_the_file(limits, code):
    data = document(record("A"), record("B", param(1, "v", "1")))
    assert len(parse_title_db_xml(data).aus) == 2
    read = parse_title_db_xml(data, limits=limits)
    assert (read.aus, codes(read)) == ((), [(code, Severity.ERROR)])


@pytest.mark.parametrize(
    "inner",
    [
        prop("long", "x" * 51),
        prop("long", None, f"<value>{'x' * 51}</value>"),
        prop("long", None, f"<list>{'<value>xxxxxxxxxx</value>' * 6}</list>"),
        "".join(prop(f"n{n}", "x") for n in range(20)),
        prop("long", None, f"<list>{'<value/>' * 21}</list>"),
    ],
)
def test_limits_of_a_record_leave_out_that_record(inner):
    limits = XmlLimits(max_chars=50, max_values=20)
    data = document(record("A", inner), record("B", title="Sound"))
    read = parse_title_db_xml(data, limits=limits)
    assert [au.name for au in read.aus] == ["Sound"]
    assert codes(read) == [(TdbCode.RECORD, Severity.ERROR)]


@pytest.mark.parametrize("start", [b"<!--", b"<property name='", b"<![CDATA["])
def test_a_token_without_end_is_not_read_for_ever(start):
    data = b"<lockss-config>" + start + b"x" * (3 << 20)
    read = parse_title_db_xml(data, limits=XmlLimits(max_token=1 << 20))
    # Character data needs no waiting for its end.
    expected = TdbCode.XML if start == b"<![CDATA[" else TdbCode.TOO_LARGE
    assert codes(read) == [(expected, Severity.ERROR)]


def test_many_findings_are_cut_short():
    data = document(*(record("A", plugin=None) for _ in range(30)), record("B"))
    read = parse_title_db_xml(data, limits=XmlLimits(max_findings=10))
    assert (len(read.findings), len(read.aus)) == (10, 1)


WHOLE = document(
    record("A", param(1, "v", "é")),
    record("B", prop("l", None, "<list><value>a</value><value>ü</value></list>"), plugin="c.D"),
    record("C", plugin=None),
    head=DTD,
)


@given(st.lists(st.integers(0, len(WHOLE)), max_size=20))
def test_how_the_bytes_arrive_does_not_matter(cuts):
    places = [0, *sorted(cuts), len(WHOLE)]
    pieces = [WHOLE[a:b] for a, b in pairwise(places)]
    assert parse_title_db_xml(pieces) == parse_title_db_xml(WHOLE)


@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=5), st.integers(0, 5))
def test_no_file_raises(at, other, gone):
    read = parse_title_db_xml(WHOLE[:at] + other + WHOLE[at + gone :])
    # A changed name may be one that concerns no title: then there is nothing to say.
    assert all(au.name and au.plugin_id and au.title in read.titles for au in read.aus)
    assert len(read.aus) <= 3


@pytest.mark.parametrize("cut", range(0, len(WHOLE) - 1, 7))
def test_half_a_file_is_never_a_shorter_list(cut):
    read = parse_title_db_xml(WHOLE[:cut])
    assert (read.aus, [f.code for f in read.findings]) == ((), [TdbCode.XML])


@pytest.mark.parametrize(
    ("lower", "higher"),
    [("1.9", "1.10"), ("1.74", "1.74.1"), ("1.74-rc", "1.74.1"), ("1.74", "1.74-rc"), ("3", "4")],
)
def test_versions_compare_as_numbers(lower, higher):
    assert version_of(lower) < version_of(higher)


@pytest.mark.parametrize("text", ["", "new", "-", "1" * 13])
def test_what_is_no_version(text):
    assert version_of(text) is None
