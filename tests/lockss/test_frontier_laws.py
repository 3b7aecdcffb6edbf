"""A crawl of any link graph reads all that can be reached, and asks no more than the depth demands."""

from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.frontier import (
    Ask,
    Effect,
    Enqueue,
    OnStartError,
    ReadStored,
    Row,
    RowKind,
    Store,
)
from tests.lockss.fetch_results import NOW, answered
from tests.lockss.frontier_site import frontier


def crawl(
    pages: dict[str, tuple[str, ...]], held: set[str], refetch: int, dead: set[str]
) -> tuple[set[str], set[str]]:
    """Drives the machine as an owner would: what was asked and what was read for links."""
    machine = frontier(refetch_depth=refetch, on_start_error=OnStartError.CONTINUE)
    depth: dict[str, int] = {}
    pending: list[str] = []
    asked: set[str] = set()
    read: set[str] = set()

    def apply(effects: tuple[Effect, ...], here: Row | None) -> None:
        for effect in effects:
            if isinstance(effect, Enqueue):
                fresh = [url for url in effect.urls if url not in depth]
                depth.update(dict.fromkeys(fresh, effect.depth))
                pending.extend(fresh)
            elif isinstance(effect, Ask) and here is not None:
                url = effect.chain.current
                assert url not in asked
                asked.add(url)
                apply(machine.answered(here, effect.chain, answered(404 if url in dead else 200), NOW), here)
            elif isinstance(effect, Store | ReadStored) and here is not None:
                read.add(here.url)
                apply(machine.found(here, pages.get(here.url, ()), 10_000), here)

    apply(machine.begin(["http://a.org/0"]), None)
    while pending:
        url = pending.pop(0)
        here = Row(url, depth[url], RowKind.START if depth[url] == 1 else RowKind.LINK, held=url in held)
        apply(machine.visit(here), here)
    return asked, read


NAMES = [f"http://a.org/{number}" for number in range(8)]
GRAPHS = st.dictionaries(
    st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=4).map(tuple), max_size=8
)


def distances(pages: dict[str, tuple[str, ...]]) -> dict[str, int]:
    found = {NAMES[0]: 1}
    layer = [NAMES[0]]
    while layer:
        layer = [
            link
            for url in layer
            for link in pages.get(url, ())
            if link not in found and not found.update({link: found[url] + 1})  # type: ignore[func-returns-value]
        ]
    return found


@given(GRAPHS, st.sets(st.sampled_from(NAMES)), st.integers(0, 6))
def test_everything_reachable_is_read_and_asked_by_depth(
    pages: dict[str, tuple[str, ...]], held: set[str], refetch: int
) -> None:
    asked, read = crawl(pages, held, refetch, set())
    depth = distances(pages)
    assert read == set(depth)
    assert asked == {url for url in depth if url not in held or depth[url] <= refetch}


@given(GRAPHS, st.sets(st.sampled_from(NAMES)))
def test_a_failing_hub_that_is_held_hides_nothing(pages: dict[str, tuple[str, ...]], dead: set[str]) -> None:
    _, read = crawl(pages, set(NAMES), 99, dead)
    assert read == set(distances(pages))
