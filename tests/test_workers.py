"""What several workers of one run share (tests/workers.py)."""

from types import SimpleNamespace

from xdist.remote import Producer
from xdist.scheduler import loadscope

from tests import workers
from tests.workers import MOST, units_of


def names_in(module: str, number: int, first: int = 0) -> list[str]:
    return [f"{module}::test_{n}[a::b]" for n in range(first, first + number)]


def test_neighbours_of_a_module_are_one_unit_up_to_a_bound() -> None:
    one, other = names_in("tests/a/test_x.py", MOST + 3), names_in("tests/a/test_y.py", 2)
    units = units_of([*one, *other])
    told = list(dict.fromkeys(units.values()))
    assert [list(units.values()).count(unit) for unit in told] == [MOST, 3, 2]
    assert units[one[MOST]] != units[other[0]]


def test_the_order_of_the_collection_stays() -> None:
    """What empties the tables is collected behind what needs them, also of one module."""
    module = "tests/a/test_x.py"
    collected = [*names_in(module, 3), *names_in("tests/a/test_y.py", 3), *names_in(module, 3, first=3)]
    units = units_of(collected)
    assert list(units) == collected
    assert len(set(units.values())) == 3
    assert units[collected[0]] != units[collected[-1]]


def test_what_watches_the_story_is_together_wherever_it_stands() -> None:
    story = [*names_in("tests/e2e/test_demo.py", 2), *names_in("tests/e2e/test_walk.py", MOST)]
    units = units_of([story[0], *names_in("tests/a/test_x.py", 1), *story[1:]])
    assert len({units[one] for one in story}) == 1


class Node:
    """A worker that notes what it is given."""

    shutting_down = False

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.given: list[int] = []
        self.done = 0

    def send_runtest_some(self, indexes: list[int]) -> None:
        self.given += indexes

    def shutdown(self) -> None:
        self.shutting_down = True


def test_every_test_is_run_once_and_the_story_first(monkeypatch) -> None:
    monkeypatch.setattr(loadscope, "parse_tx_spec_config", lambda _config: [1, 2])
    config = SimpleNamespace(
        getvalue=lambda _name: "load",
        option=SimpleNamespace(loadscopereorder=True),
        getoption=lambda _n: None,
    )
    scheduler = workers.scheduling(config, Producer("test", enabled=False))
    collected = [
        *names_in("tests/a/test_x.py", 3 * MOST),
        *names_in("tests/e2e/test_demo.py", 5),
        *names_in("tests/a/test_y.py", 7),
    ]
    nodes = [Node("one"), Node("two")]
    for node in nodes:
        scheduler.add_node(node)
    for node in nodes:
        scheduler.add_node_collection(node, collected)
    scheduler.schedule()
    while waiting := [node for node in nodes if node.done < len(node.given)]:
        for node in waiting:
            scheduler.mark_test_complete(node, node.given[node.done])
            node.done += 1
    ran = [collected[index] for node in nodes for index in node.given]
    assert sorted(ran) == sorted(collected)
    assert [collected[index].partition("::")[0] for index in nodes[0].given[:5]] == [
        "tests/e2e/test_demo.py"
    ] * 5
    assert all(node.given == [*node.given[:5], *sorted(node.given[5:])] for node in nodes)
    assert scheduler.tests_finished


def test_the_second_worker_copies_the_tables_of_the_first(tmp_path, monkeypatch) -> None:
    database: dict[str, str] = {}
    copied = []
    monkeypatch.setattr(workers, "copy_of_own", lambda: copied.append(dict(database)))
    for _worker in range(3):
        with workers.tables_made_once(tmp_path, database) as keep:
            keep()
    assert copied == [{}]
    assert database == {"TEMPLATE": workers.MADE}
