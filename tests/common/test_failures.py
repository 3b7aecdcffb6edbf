"""What a library says of a failed exchange reaches no row: it is said in sentences of our own, by the fault and its number."""

import errno
import smtplib
import socket
import ssl

import aiohttp
import pytest
from django.utils import translation

from apps.common.failures import FAULTS, exchange_said, fault_said
from apps.common.http import FetcherPolicy, fetch_sync
from apps.common.http_guard import Guard
from apps.common.http_post import PostFailed, post
from apps.common.stored import retold
from apps.lockss.fetch import Fault, FetchRequest


def refused() -> OSError:
    return OSError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 9)")


def wrapped(inner: BaseException) -> BaseException:
    try:
        raise RuntimeError("wrapped by a library") from inner
    except RuntimeError as error:
        return error


def expired() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(
        1, "certificate verify failed: certificate has expired (_ssl.c:1007)"
    )
    error.verify_code, error.verify_message = 10, "certificate has expired"
    return error


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        (Fault.CONNECT, refused(), "the connection was refused"),
        (Fault.CONNECT, wrapped(refused()), "the connection was refused"),
        (Fault.CONNECT, OSError(errno.EADDRNOTAVAIL, "Cannot assign"), "no connection could be made"),
        (Fault.TLS_UNTRUSTED, expired(), "the server's certificate has ended"),
        (
            Fault.UNKNOWN_HOST,
            socket.gaierror(-2, "Name or service not known"),
            "the host's name is not known (DNS)",
        ),
        (
            Fault.CUT_CHUNK,
            aiohttp.ClientPayloadError("Response payload is <hostile>"),
            "what came ended before its end",
        ),
    ],
)
def test_a_fetch(fault, error, said):
    assert fault_said(fault, error) == said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (smtplib.SMTPDataError(554, b"<b>rejected</b>"), "the mail server answered 554: “<b>rejected</b>”"),
        (
            smtplib.SMTPRecipientsRefused({"a": (550, b"x"), "b": (450, b"y")}),
            "the mail server answered 450: “y”",
        ),
        (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), "the connection was broken off"),
        (TimeoutError("timed out"), "nothing more came in time"),
        (ValueError("<script>"), "the exchange failed (ValueError)"),
    ],
)
def test_any_other_exchange(error, said):
    assert exchange_said(error) == said
    with translation.override("es"):
        assert retold(said) != said


def test_causes_in_a_ring_come_to_an_end():
    one, two = ValueError("a"), ValueError("b")
    one.__cause__, two.__cause__ = two, one
    assert exchange_said(one) == "the exchange failed (ValueError)"


@pytest.fixture
def shut_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_fetch_that_meets_nobody_keeps_no_words_of_a_library(shut_port):
    class Nowhere:
        def write(self, _data):
            raise AssertionError("nothing comes")

    policy = FetcherPolicy(guard=Guard.of((f"127.0.0.1:{shut_port}",)))
    result = fetch_sync(FetchRequest(f"http://127.0.0.1:{shut_port}/"), Nowhere(), policy)
    assert (result.fault, result.detail) == (Fault.CONNECT, "the connection was refused")


def test_a_post_that_meets_nobody_keeps_none_either(shut_port):
    with pytest.raises(PostFailed) as failed:
        post(f"http://127.0.0.1:{shut_port}/", b"{}", {}, guard=Guard.of((f"127.0.0.1:{shut_port}",)))
    assert str(failed.value) == "the connection was refused"


def test_every_fault_is_said_in_spanish_too():
    with translation.override("es"):
        assert all(retold(said) != said for said in FAULTS.values())
