"""URL normalisers of definitions that are known here (plugins §8)."""

import pytest

from apps.lockss.plugin.normalizers import base_scheme
from apps.lockss.plugin.params import ParamType
from tests.lockss.plugin.maps import values


@pytest.mark.parametrize(
    ("base", "url", "name"),
    [
        ("http://h.org/", "https://h.org/a", "http://h.org/a"),
        ("http://h.org/", "HTTPS://H.ORG/a", "http://H.ORG/a"),
        ("http://h.org/", "http://h.org/a", "http://h.org/a"),
        ("http://h.org/", "https://other.org/a", "https://other.org/a"),
        ("https://h.org/", "http://h.org/a?b", "https://h.org/a?b"),
        ("https://h.org/", "httpx", "httpx"),
        ("ftp://h.org/", "http://h.org/a", "http://h.org/a"),
    ],
)
def test_urls_take_the_base_urls_scheme(base: str, url: str, name: str) -> None:
    params = values({"x": ParamType.STRING}, {"base_url": base})
    assert base_scheme(params)(url) == name
