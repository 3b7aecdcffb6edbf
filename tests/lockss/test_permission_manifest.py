"""The page that publishers copy: whatever they are called, a node finds the statement and every address on it."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.permission import AccessType, Checker, ManifestVolume, Network, manifest_page, try_page

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.add(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"])


@given(NAMES, NAMES, st.lists(st.tuples(NAMES, NAMES), max_size=5), st.sampled_from(Network), st.booleans())
def test_what_is_written_is_recognised(title, publisher, volumes, network, open_access) -> None:
    page = manifest_page(
        title=title,
        publisher=publisher,
        volumes=[ManifestVolume(name, url) for name, url in volumes],
        network=network,
        open_access=open_access,
    )
    trial = try_page(page.encode(), network)
    assert trial.granted
    assert trial.charset == "utf-8"
    assert trial.checker == (Checker.OPEN_ACCESS_STATEMENT if open_access else Checker.STATEMENT)
    assert trial.access_type == (AccessType.OPEN_ACCESS if open_access else AccessType.SUBSCRIPTION)
    links = _Links()
    links.feed(page)
    assert links.links == [url for _name, url in volumes]
    assert not links.tags & {"script", "b", "img"}


@pytest.mark.parametrize("network", Network)
def test_the_other_networks_statement_is_not_on_it(network) -> None:
    page = manifest_page(title="Tides", publisher="", volumes=(), network=network)
    other = Network.CLOCKSS if network == Network.LOCKSS else Network.LOCKSS
    assert not try_page(page.encode(), other).granted
