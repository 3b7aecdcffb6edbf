"""The node's certificate authority, and CONNECT ended by it: for held hosts alone, one name all the way (rulings C21)."""

import asyncio
import datetime as dt
import os
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from cryptography import x509

from apps.delivery.proxy.authority import MOST_HOSTS, ROOT_DAYS, Authority
from apps.delivery.proxy.deciding import Manner
from apps.delivery.proxy.tunnel import NEW_A_MINUTE, Tunnel
from apps.lockss.delivery import DeliverySettings, Failure, Reader, Surface
from apps.lockss.delivery.verdict import Access
from tests.simulators.asked_publisher import ScriptedPublisher
from tests.simulators.proxy_library import COPY, HELD, MISSING, MemoryLibrary, Proxy, Told, proxy
from tests.simulators.publisher import Script

URL = "https://pub.example/a"


class Clock:
    def __init__(self) -> None:
        self.at = dt.datetime.now(dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def authority(tmp_path, clock) -> Authority:
    return Authority(tmp_path / "keys", "secret", "A library", clock)


def test_the_root_is_made_once_and_nobody_else_reads_its_key(authority, tmp_path, clock) -> None:
    first = authority.root()
    assert Authority(tmp_path / "keys", "secret", "A library", clock).root() == first
    assert authority.key_file.stat().st_mode & 0o777 == 0o600
    assert authority.certificate_file.stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert b"ENCRYPTED" in authority.key_file.read_bytes()
    assert b"PRIVATE" not in authority.certificate_file.read_bytes()
    constraints = first.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (constraints.ca, constraints.path_length) == (True, 1)


def test_another_secret_cannot_use_the_key(authority, tmp_path, clock) -> None:
    first = authority.root()
    assert Authority(tmp_path / "keys", "other", "A library", clock).root() != first


def test_a_new_root_is_made_before_the_old_one_ends(authority, clock) -> None:
    first = authority.root()
    clock.at += dt.timedelta(days=ROOT_DAYS - 20)
    second = authority.root()
    assert second != first
    assert second.not_valid_after_utc > clock.at + dt.timedelta(days=700)


def test_intermediates_may_sign_for_their_hosts_alone(authority, clock) -> None:
    for number in range(MOST_HOSTS + 5):
        authority.context(f"host-{number}.example")
    signer = authority._signer
    constraints = signer.certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    permitted = [
        each.value for each in constraints.value.permitted_subtrees if isinstance(each, x509.DNSName)
    ]
    assert len(permitted) == MOST_HOSTS
    assert permitted[-1] == f"host-{MOST_HOSTS + 4}.example"
    kinds = {type(each) for each in constraints.value.permitted_subtrees}
    assert kinds == {x509.DNSName, x509.IPAddress}, "what is not restricted would be allowed whole"
    basic = signer.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (basic.ca, basic.path_length) == (True, 0)
    assert signer.certificate.not_valid_after_utc - clock.at <= dt.timedelta(days=8)
    clock.at += dt.timedelta(days=2)
    authority.context("host-0.example")
    assert authority._signer is not signer


def test_nothing_but_the_root_is_left_on_the_disk(authority) -> None:
    authority.context("pub.example")
    assert sorted(os.listdir(authority.key_file.parent)) == ["proxy-ca.key", "proxy-ca.lock", "proxy-ca.pem"]


async def test_certificates_are_not_made_faster_than_anybody_needs(authority) -> None:
    now = [0.0]
    library = MemoryLibrary()
    tunnel = Tunnel(authority, library, clock=lambda: now[0])
    who = await library.admit("127.0.0.1", None)
    made = [await tunnel.context(f"h{n}.example", who) for n in range(NEW_A_MINUTE)]
    assert all(made)
    assert await tunnel.context("one-more.example", who) is None
    assert await tunnel.context("h0.example", who) is made[0], "those that are there are used again"
    now[0] = 61
    assert await tunnel.context("one-more.example", who) is not None
    assert len(library.certificates) == NEW_A_MINUTE + 1


TERMINATES = Manner(name="lockss-test", settings=DeliverySettings(terminate_tls=True))


def institution() -> MemoryLibrary:
    return MemoryLibrary(known={URL: HELD}, hosts={"pub.example": MISSING}, reader=Reader(proxy="university"))


@pytest.fixture
async def at(authority) -> AsyncIterator[Proxy]:
    library = institution()
    publisher = ScriptedPublisher(Script(), {"pub.example": Failure.REFUSED})
    async with proxy(library, publisher, manner=TERMINATES, tunnel=Tunnel(authority, library)) as found:
        yield found


def client(authority: Authority) -> ssl.SSLContext:
    authority.root()
    return ssl.create_default_context(cafile=str(authority.certificate_file))


async def inside(
    at: Proxy, context: ssl.SSLContext, request: bytes, *, host: str = "pub.example", sni: str = "pub.example"
) -> Told:
    """What is answered to a request in a tunnel to ``host``; TLS names ``sni``."""
    reader, writer = await asyncio.open_connection("127.0.0.1", at.port)
    writer.write(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        writer.close()
        return Told.read(head)
    await writer.start_tls(context, server_hostname=sni)
    writer.write(request)
    async with asyncio.timeout(10):
        raw = await reader.read(-1)
    writer.close()
    return Told.read(raw)


GET = b"GET /a HTTP/1.1\r\nHost: pub.example\r\nConnection: close\r\n\r\n"


async def test_https_of_a_held_host(at, authority) -> None:
    told = await inside(at, client(authority), GET)
    assert (told.status, told.body) == (200, COPY)
    assert at.listener._decider.library.asked == [(URL, None)]
    assert at.listener._decider.library.certificates == ["pub.example"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (GET.replace(b"Host: pub.example", b"Host: other.example"), 421),
        (GET.replace(b"Host: pub.example", b"Host: pub.example:8443"), 421),
        (GET.replace(b"Host: pub.example", b"Host: PUB.example:443"), 200),
        (GET.replace(b"/a", b"https://pub.example/a"), 400),
        (GET.replace(b"/a", b"http://127.0.0.1/"), 400),
        (GET.replace(b"/a", b"/healthz"), 504),
        (b"CONNECT pub.example:443 HTTP/1.1\r\nHost: pub.example:443\r\nConnection: close\r\n\r\n", 400),
    ],
)
async def test_inside_stands_the_same_host_or_nothing(at, authority, request_, status) -> None:
    await inside(at, client(authority), GET)
    assert (await inside(at, client(authority), request_)).status == status


async def test_tls_names_the_same_host(at, authority) -> None:
    blind = client(authority)
    blind.check_hostname = False
    assert (await inside(at, blind, GET, sni="other.example")).status == 421


async def test_the_certificate_is_for_that_host(at, authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await inside(at, client(authority), GET, sni="other.example")


async def test_hosts_that_are_not_held_and_other_ports(at, authority) -> None:
    assert (await inside(at, client(authority), GET, host="evil.example")).status == 403
    raw = await at.talk(b"CONNECT pub.example:22 HTTP/1.1\r\nHost: pub.example:22\r\n\r\n")
    assert raw.startswith(b"HTTP/1.1 403")
    early = b"CONNECT pub.example:443 HTTP/1.1\r\nHost: pub.example:443\r\n\r\n\x16\x03\x01"
    assert (await at.talk(early)).startswith(b"HTTP/1.1 403"), "nobody speaks before the tunnel stands"


async def test_readers_browsers_are_never_offered_it(authority) -> None:
    """Only an institution's proxy, whose people know whom it trusts."""
    library = replace(institution(), reader=Reader())
    tunnel = Tunnel(authority, library)
    async with proxy(library, ScriptedPublisher(Script()), manner=TERMINATES, tunnel=tunnel) as at:
        assert (await inside(at, client(authority), GET)).status == 403
    assert library.certificates == []


async def test_it_is_off_unless_it_is_switched_on(authority) -> None:
    library = institution()
    async with proxy(library, ScriptedPublisher(Script()), tunnel=Tunnel(authority, library)) as at:
        assert (await inside(at, client(authority), GET)).status == 403


async def test_auditors_over_https(authority) -> None:
    library = MemoryLibrary(
        surface=Surface.AUDIT,
        known={URL: replace(HELD, access=Access.OPEN)},
        hosts={"pub.example": replace(MISSING, access=Access.OPEN)},
    )
    async with proxy(library, None, manner=TERMINATES, tunnel=Tunnel(authority, library)) as at:
        assert (await inside(at, client(authority), GET)).body == COPY
        assert (await inside(at, client(authority), GET.replace(b"/a", b"/b"))).status == 404


async def test_who_begins_no_tls_is_let_go(at) -> None:
    raw = await at.talk(
        b"CONNECT pub.example:443 HTTP/1.1\r\nHost: pub.example:443\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        pause=0.1,
    )
    assert raw.startswith(b"HTTP/1.1 200 Connection established\r\n\r\n")
    assert b"HTTP/1.1 4" not in raw
