"""Two versions of a definition: what they do differently with an AU, and where their texts differ."""

from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.plugin.au_make import NoAu, make_au
from apps.lockss.plugin.compare import Aspect, Sample, compare
from apps.lockss.plugin.template import parse_template
from apps.lockss.plugin.versions import key_differences, readable
from tests.lockss.plugin.maps import BASE_URL, VOLUME, YEAR, define, element, entry, xml

CONFIG = {"base_url": "http://pub.example/", "year": "2020"}
PLAIN = {
    "plugin_config_props": [BASE_URL, YEAR],
    "au_name": '"Pub %d", year',
    "au_start_url": '"%s%d/", base_url, year',
    "au_crawlrules": ['1,"^%s%d/", base_url, year', '1,"^%sshared/", base_url'],
}


def au(**changes):
    return make_au(define({**PLAIN, **changes}), CONFIG)


def found(old, new, *urls: str) -> set[tuple[str, str]]:
    return {(one.aspect.value, one.subject) for one in compare(old, new, [Sample(url) for url in urls])}


urls = st.from_regex(r"https?://(pub|cdn)\.example/(2020|2021|shared)?/?[a-z?&=%#.]{0,12}", fullmatch=True)


@given(st.lists(urls, max_size=10))
def test_a_definition_does_nothing_differently_from_itself(addresses):
    assert found(au(), au(), *addresses) == set()
    assert found(au(), au(plugin_notes="other words", plugin_version="9"), *addresses) == set()


@given(st.lists(urls, max_size=10, unique=True))
def test_the_rules_are_compared_page_by_page(addresses):
    old, new = au(), au(au_crawlrules=['1,"^%s%d/", base_url, year'])
    expected = {url for url in addresses if old.verdict(url).included != new.verdict(url).included}
    assert {subject for aspect, subject in found(old, new, *addresses) if aspect == Aspect.RULES} == expected
    # What is gone one way is new the other way.
    assert found(old, new, *addresses) == found(new, old, *addresses)


def test_start_permission_and_poll_are_about_the_whole_au():
    assert found(au(), au(au_permission_url='"%slockss.html", base_url')) == {
        ("permission", "http://pub.example/lockss.html"),
        ("permission", "http://pub.example/2020/"),
    }
    assert ("poll", "") in found(au(), au(plugin_feature_version_map={"Poll": "2"}))


def test_an_au_that_cannot_be_made_says_which_key():
    new = au(plugin_config_props=[BASE_URL, YEAR, VOLUME])
    assert isinstance(new, NoAu)
    (one,) = compare(au(), new, [])
    assert one.aspect is Aspect.UNMADE
    assert one.after.startswith("volume: ")


values = st.one_of(
    st.text("abc% <&", max_size=8),
    st.integers(-9, 9),
    st.booleans(),
    st.lists(st.text("ab", max_size=3), min_size=1, max_size=3),
    st.dictionaries(st.text("ab", min_size=1, max_size=2), st.text("ab", max_size=3), min_size=1, max_size=2),
)
maps = st.dictionaries(st.sampled_from(["a", "b", "c", "plugin_name", "au_start_url"]), values, max_size=5)


@given(maps, maps)
def test_keys_that_differ_are_told_and_no_others(before, after):
    told = key_differences(xml(before), xml(after))
    assert {one.key for one in told} == {
        key for key in {*before, *after} if _said(before, key) != _said(after, key)
    }
    assert all((one.before is None) == (one.key not in before) for one in told)
    assert all((one.after is None) == (one.key not in after) for one in told)
    assert key_differences(xml(before), xml(before)) == ()


def _said(values: dict, key: str) -> object:
    """True and "true" read the same side by side, and so do one text and a list of it."""
    if key not in values:
        return None
    return element(values[key]).replace("boolean>", "string>").replace("int>", "string>").replace("list>", "")


def test_a_version_that_is_no_map_has_no_keys():
    told = key_differences(b"<broken", xml({"a": "1"}))
    assert [(one.key, one.before, one.after) for one in told] == [("a", None, ("1",))]
    assert entry("a", "1") in xml({"a": "1"}).decode()


def test_a_template_is_read_with_the_names_of_its_parameters():
    assert (
        readable(parse_template('"%sissue/%03d?x=%%", url_host(base_url), year'))
        == "{url_host(base_url)}issue/{year}?x=%"
    )
    assert readable(parse_template("http://a.example/%d")) == "http://a.example/%d"
    assert readable(parse_template('"%s%s", base_url')) == "{base_url}{?}"
