import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.auid import AuId, AuidError, canonical, encode, slug_of

params = st.dictionaries(st.text(min_size=1, max_size=12), st.text(max_size=20), min_size=1, max_size=4)
plugins = st.from_regex(r"[a-z]+(\.[A-Za-z]+){1,3}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("http://www.example.com/", "http%3A%2F%2Fwww%2Eexample%2Ecom%2F"),
        ("a b", "a+b"),
        ("a+b~c", "a%2Bb%7Ec"),
        ("-_*", "-_*"),
        ("é😀", "%C3%A9%F0%9F%98%80"),
        ("", ""),
    ],
)
def test_encoding(text, encoded):
    assert encode(text) == encoded


def test_keys_are_sorted_as_java_sorts_them():
    assert canonical({"b": "2", "a": "1"}) == "a~1&b~2"
    # UTF-16 puts what lies beyond the basic plane before U+FF01.
    assert canonical({"\uff01": "1", "😀": "2"}).startswith("%F0%9F%98%80")


def test_as_the_title_databases_have_it():
    auid = AuId.of("org.lockss.plugin.X", {"volume": "1", "base_url": "http://h/"})
    assert str(auid) == "org|lockss|plugin|X&base_url~http%3A%2F%2Fh%2F&volume~1"
    assert auid.slug == slug_of(str(auid))
    assert len(auid.slug) == 20


@given(plugins, params)
def test_printed_and_read_again(plugin, values):
    auid = AuId.of(plugin, values)
    assert AuId.parse(str(auid)) == auid


@pytest.mark.parametrize(
    "text",
    ["", "a|b", "a|b&", "a|b&x", "a|b&x~1&x~1", "a|b&b~1&a~2", "a|b&x~%2f", "a|b&x~a b", "a.b&x~1", "&x~1"],
)
def test_what_is_no_auid(text):
    with pytest.raises(AuidError):
        AuId.parse(text)
