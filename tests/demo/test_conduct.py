"""When the demonstration calls its damage repaired."""

from datetime import UTC, datetime
from types import SimpleNamespace

from lockss_portal.demo.conduct import Demonstration

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
HARMED = [SimpleNamespace(au="A", urls=2), SimpleNamespace(au="B", urls=1)]


class Node:
    """A node whose eye answers what the test wrote down."""

    def __init__(self, repaired: list[tuple[str, str]], agreed: list[str], *, idle: bool) -> None:
        self.asked = 0
        repairs = [
            SimpleNamespace(name=name, url=url, phase="repaired", source="publisher")
            for name, url in repaired
        ]
        polls = [SimpleNamespace(name=name, quorate=True, agreement=1.0) for name in agreed]
        self.eye = SimpleNamespace(
            repairs=lambda: repairs,
            polls_since=lambda since: polls if since == SINCE else [],
            rows=lambda sql: [SimpleNamespace(n=0 if idle else 1)],
        )

    def manage(self, *words: str) -> None:
        assert words == ("request_polls", "--all")
        self.asked += 1


def judge(node: Node):
    told = Demonstration.__new__(Demonstration)
    return told._repaired(node, HARMED, 3, SINCE)


def test_every_harmed_url_has_a_repair() -> None:
    node = Node([("A", "1"), ("A", "2"), ("B", "1")], [], idle=False)
    done, late = judge(node)
    assert (len(done), late, node.asked) == (3, 0, 0)


def test_a_copy_that_came_as_its_poll_ended_is_found_whole_by_the_next() -> None:
    node = Node([("A", "1"), ("B", "1")], ["A", "B"], idle=True)
    done, late = judge(node)
    assert (len(done), late, node.asked) == (2, 1, 0)


def test_an_open_poll_is_waited_for() -> None:
    node = Node([("A", "1"), ("B", "1")], ["A", "B"], idle=False)
    assert judge(node) is None
    assert node.asked == 0


def test_what_no_poll_has_seen_whole_is_asked_for_again() -> None:
    node = Node([("A", "1"), ("B", "1")], ["B"], idle=True)
    assert judge(node) is None
    assert node.asked == 1
