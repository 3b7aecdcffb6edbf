"""Lists written in the form that nodes load, against the original converter's counts and our own reader."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.tdb import TdbAu, TdbPublisher, TdbTitle, parse_tdb, parse_title_db_xml, title_db_xml
from apps.lockss.tdb.xmlwriting import escape, short_name
from tests.shared import DATA, VECTORS, needs_shared

# Whole in the shared data: of the others only parts are there.
NETWORKS = (
    *("adpn", "cgipln", "clockss-triggered", "coppulpln", "digitalcommonspln", "dkdemopln", "ibictpln"),
    *("mctipln", "synergiespln", "usdocspln"),
)
PUBLISHER = TdbPublisher({"name": "Pub"})


def au(*, title=None, publisher=PUBLISHER, **values):
    attributes = {"name": "Title", **(title or {})}
    return TdbAu(TdbTitle(publisher, attributes), {"name": "Title Volume 1", "plugin": "a.B", **values}, 1, 0)


def written(*aus, **options):
    return b"".join(title_db_xml(aus, **options))


def pairs(data):
    """(key, value) of each numbered parameter, by number."""
    text = data.decode()
    found = re.findall(r'name="param\.(\d+)">\s*<[^>]*value="([^"]*)"/>\s*<[^>]*value="([^"]*)"/>', text)
    return {int(number): (key, value) for number, key, value in found}


@needs_shared
@pytest.mark.parametrize("network", NETWORKS)
def test_a_whole_network(network):
    told = json.loads((VECTORS / "tdb" / "counts.json").read_text())["networks"][network]
    aus = [
        au
        for file in sorted((DATA / "tdb" / network).rglob("*.tdb"))
        for au in parse_tdb(file.read_bytes()).aus
    ]
    names = [short_name(au) for au in aus]
    assert len(names) == told["tdbxml_title_elements"]
    assert len(set(names)) == told["tdbxml_distinct_short_names"]
    assert sum("." in name for name in names) == told["tdbxml_short_names_with_dot"]
    data = written(*aus)
    assert data.count(b'<property name="org.lockss.titleSet">') == told["tdbxml_titleset_elements"]
    read = parse_title_db_xml(data)
    assert len(read.aus) + len(read.findings) == len(aus)
    # An AU without empty parameters is the same AU on the other side.
    whole = {au.auid: au for au in aus if all(au.params.values()) and not au.nondef_params}
    same = [(whole[other.auid], other) for other in read.aus if other.auid in whole]
    assert len({one.auid for one, _ in same}) == len(whole)
    for one, other in same:
        # Of two AUs with one AUID only the first goes over, and nobody says which one a list means.
        if told["auids_defined_more_than_once"] == 0:
            assert (one.name, one.title.name, one.title.type) == (
                other.name,
                other.title.name,
                other.title.type,
            )
            assert one.publisher_down == other.publisher_down
            assert (one.get("year"), one.attrs) == (other.get("year"), other.attrs)


def test_parameters_are_numbered_in_the_converters_order():
    data = written(
        au(
            **{
                "param[zebra]": "z",
                "param[volume]": "1",
                "param[empty]": "",
                "param[base_url2]": "u2",
                "param[base_url]": "u",
                "param[apple]": "a",
                "nondefparam[issues]": "i",
            },
            status="down",
            proxy="direct",
        )
    )
    assert pairs(data) == {
        1: ("base_url", "u"),
        2: ("base_url2", "u2"),
        3: ("volume", "1"),
        4: ("apple", "a"),
        5: ("zebra", "z"),
        6: ("issues", "i"),
        98: ("crawl_proxy", "direct"),
        99: ("pub_down", "true"),
    }


def test_more_parameters_than_numbers_before_the_fixed_ones():
    keys = [f"k{n:03}" for n in range(100)]
    data = written(au(**{f"param[{key}]": "v" for key in keys}, status="down", proxy="direct"))
    told = pairs(data)
    assert (told[98][0], told[99][0], len(told)) == ("crawl_proxy", "pub_down", 102)
    (read,) = parse_title_db_xml(data).aus
    assert list(read.params) == keys


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("deepCrawl", True),
        ("frozen", True),
        ("finished", True),
        ("down", True),
        ("superseded", True),
        ("zapped", True),
        ("released", False),
        ("exists", False),
        ("", False),
    ],
)
def test_a_publisher_that_is_down(status, told):
    assert (99 in pairs(written(au(status=status)))) is told
    assert 99 not in pairs(written(au(status=status), pub_down=False))
    assert (b'"attributes.status" value="zapped"' in written(au(status=status))) is (status == "zapped")


@pytest.mark.parametrize(("rights", "told"), [("openaccess", True), ("open access", False), ("", False)])
def test_rights_count_in_one_spelling(rights, told):
    assert (b"attributes.rights" in written(au(rights=rights))) is told


def test_an_empty_year_is_told_and_a_missing_one_is_not():
    assert b'"attributes.year" value=""' in written(au(year=""))
    assert b"attributes.year" not in written(au())


def test_every_change_of_publisher_is_a_group():
    one, two = TdbPublisher({"name": "A. Ltd."}), TdbPublisher({"name": 'Say "B"'})
    data = written(au(publisher=one), au(publisher=two), au(publisher=one), au(publisher=one))
    assert data.count(b'<property name="org.lockss.titleSet">') == 3
    assert data.count(b'name="A Ltd"') == 2
    assert b"[attributes/publisher=&#34;A. Ltd.&#34;]" in data
    assert b"[attributes/publisher='Say &#34;B&#34;']" in data


def test_nothing_to_write_is_an_empty_document():
    assert parse_title_db_xml(written()) == parse_title_db_xml(b"<lockss-config/>")
    assert written(au(name=""), au(plugin="")) == written()


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Ågren & Sons Volume 12", "BAgrenSons12"),
        ("Title volume 12 (2001)", "BTitle12_2001"),
        ("Title Volume 12 [2001 b]", "BTitle12_2001b"),
        ("Title Volume 12- 13 (2001) [x]", "BTitle12-13_2001_x"),
        ("Title Volume 5_Suppl.1", "BTitle5_Suppl.1"),
        ("Ågren & Sons, 12", "BgrenSons12"),
        ("Title Volume 12 of many", "BTitleVolume12ofmany"),
        ("Hypervolume 3", "BHypervolume3"),
    ],
)
def test_short_name(name, short):
    assert short_name(au(name=name, plugin="org.x.B")) == short


def test_what_xml_cannot_hold_is_replaced():
    assert escape("a\x00<\ud800\t\n&é~\x7f") == "a&#65533;&#60;&#65533;&#9;&#10;&#38;&#233;~&#127;"


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
SPEAKABLE = TEXT.filter(lambda text: not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", text))
KEYS = st.sampled_from(["base_url", "volume", "zebra", "x.y"])
# A text with a list's own status; name and title by which nothing is derived.
AUS = st.builds(
    lambda name, title, publisher, params, attrs, more: au(
        publisher=TdbPublisher({"name": publisher}),
        title={"name": title, **more},
        name=name,
        status="released",
        **{f"param[{key}]": value for key, value in params.items()},
        **{f"attr[{key}]": value for key, value in attrs.items()},
    ),
    SPEAKABLE,
    SPEAKABLE,
    SPEAKABLE,
    st.dictionaries(KEYS, SPEAKABLE),
    st.dictionaries(st.sampled_from(["au_feature_key", "a/b"]), SPEAKABLE | st.just("")),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["journal", "book"])}, optional={"issn": SPEAKABLE, "doi": SPEAKABLE}
    ),
)


@given(st.lists(AUS, max_size=4, unique_by=lambda one: one.auid))
def test_what_is_written_is_read_back(aus):
    aus = [one for one in aus if one.params]
    read = parse_title_db_xml(written(*aus))
    assert read.findings == ()
    assert [(dict(r.values), r.title) for r in read.aus] == [(dict(one.values), one.title) for one in aus]
