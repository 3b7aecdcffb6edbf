"""Ports: taken ones move on or say so."""

import socket
from collections.abc import Iterator

import pytest

from lockss_portal.supervisor.ports import PortTakenError, check_free, listen


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield holder.getsockname()[1]


def test_a_free_port_is_taken_as_wanted() -> None:
    found = listen("127.0.0.1", 0, "web_port", movable=False)
    with found.socket, socket.create_connection(("127.0.0.1", found.port), timeout=5):
        assert found.port > 0


def test_a_taken_port_moves_on(taken: int) -> None:
    found = listen("127.0.0.1", taken, "web_port", movable=True)
    with found.socket:
        assert taken < found.port <= taken + 100


def test_a_fixed_one_says_which_setting(taken: int) -> None:
    with pytest.raises(
        PortTakenError, match=f"web_port: port {taken} at 127.0.0.1 is taken.*LOCKSS_WEB_PORT"
    ):
        listen("127.0.0.1", taken, "web_port", movable=False)


def test_the_port_that_peers_know_says_why_it_does_not_move(taken: int) -> None:
    with pytest.raises(PortTakenError) as told:
        check_free("127.0.0.1", taken, "lcap_port")
    assert str(told.value) == (
        f"lcap_port: port {taken} at 127.0.0.1 is taken; give another by LOCKSS_LCAP_PORT "
        "(peers know the node by it, so it does not move to a free one as web_port does)"
    )


def test_an_address_that_is_not_ours() -> None:
    with pytest.raises(PortTakenError, match=r"web_port: cannot listen at 192\.0\.2\.1"):
        listen("192.0.2.1", 0, "web_port", movable=True)
