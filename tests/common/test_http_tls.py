"""Trust levels, the chain's fault as data, and a cut TLS connection told from an ended one (collecting §4)."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps.common.http import FetcherPolicy, GuardedFetcher
from apps.common.http_guard import Guard
from apps.common.http_tls import TlsPolicy
from apps.lockss.fetch import Fault, FetchLimits, FetchRequest, FetchResult, Framing, TrustLevel
from tests.contracts.fetcher import ListSink
from tests.simulators.hostile_server import HostileServer, hostile_server
from tests.simulators.publisher import Reply, Script, page

LIMITS = FetchLimits(connect=5, idle=1, total=10)
EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Forge:
    """Certificates for 127.0.0.1 in all the wrong ways, and one right one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca_key = ec.generate_private_key(ec.SECP256R1())
        self.ca = self._make("a test root", self.ca_key, None, authority=True)
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(self.ca.public_bytes(serialization.Encoding.PEM))

    def _make(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        issuer: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None,
        *,
        address: str = "127.0.0.1",
        authority: bool = False,
        days: int = 36_500,
    ) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer_name, issuer_key = issuer or (subject, key)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(EPOCH - dt.timedelta(days=2_000))
            .not_valid_after(EPOCH + dt.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False
            )
        )
        return builder.sign(issuer_key, hashes.SHA256())

    def context(self, kind: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        ours = (self.ca.subject, self.ca_key)
        other_key = ec.generate_private_key(ec.SECP256R1())
        other = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")]), other_key)
        made = {
            "good": lambda: self._make("site", key, ours),
            "self-signed": lambda: self._make("site", key, None),
            "wrong-name": lambda: self._make("site", key, ours, address="192.0.2.1"),
            "expired": lambda: self._make("site", key, ours, days=-1_000),
            "unknown-issuer": lambda: self._make("site", key, other),
        }[kind]()
        path = self.folder / f"{kind}.pem"
        path.write_bytes(
            made.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Forge:
    return Forge(tmp_path_factory.mktemp("tls"))


async def ask(
    server: HostileServer, forge: Forge, level: TrustLevel, path: str = "/", times: int = 1
) -> tuple[FetchResult, bytes]:
    policy = FetcherPolicy(guard=Guard.of([server.endpoint]), trust=level, ca_file=str(forge.ca_file))
    async with GuardedFetcher(policy) as fetcher:
        for _ in range(times):
            sink = ListSink()
            result = await fetcher.fetch(FetchRequest(server.url(path), limits=LIMITS), sink)
    return result, sink.data


# kind of certificate -> (any, self-signed, trusted): whether its content is taken
ACCEPTED = {
    "good": (True, True, True),
    "self-signed": (True, True, False),
    "wrong-name": (True, True, False),
    "expired": (True, False, False),
    "unknown-issuer": (True, False, False),
}


@pytest.mark.parametrize("level", list(TrustLevel))
@pytest.mark.parametrize("kind", ACCEPTED)
async def test_trust_levels(forge: Forge, kind: str, level: TrustLevel) -> None:
    expected = ACCEPTED[kind][(TrustLevel.ANY, TrustLevel.SELF_SIGNED, TrustLevel.TRUSTED).index(level)]
    script = Script().on("/", page("over TLS"))
    async with hostile_server(script, forge.context(kind)) as server:
        result, data = await ask(server, forge, level)
    if not expected:
        assert (result.fault, data, script.asked) == (Fault.TLS_UNTRUSTED, b"", [])
        return
    assert (result.fault, data) == (None, b"over TLS")
    assert result.tls is not None
    assert (result.tls.chain_fault is None) == (kind == "good")
    assert len(result.tls.certificate_sha256) == 64
    assert result.tls.version.startswith("TLSv1.")


async def test_the_fault_is_kept_for_every_capture_of_the_crawl(forge: Forge) -> None:
    script = Script().on("/", page("x", ("Connection", "close")))
    async with hostile_server(script, forge.context("expired")) as server:
        result, _ = await ask(server, forge, TrustLevel.ANY, times=3)
        # One handshake finds the fault, then one connection for each request.
        assert server.connections <= 4
    assert result.tls is not None
    assert "expired" in (result.tls.chain_fault or "")


async def test_plain_text_on_a_tls_port_is_a_tls_fault() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Plain text here\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    endpoint = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, GuardedFetcher(FetcherPolicy(guard=Guard.of([endpoint]))) as fetcher:
        result = await fetcher.fetch(FetchRequest(f"https://{endpoint}/", limits=LIMITS), ListSink())
        server.close()
    assert result.fault is Fault.TLS


@pytest.mark.parametrize(
    ("kind", "refused"), [("self-signed", False), ("unknown-issuer", True), ("good", True)]
)
def test_a_self_signed_certificate_may_not_become_another_one(forge: Forge, kind: str, refused: bool) -> None:
    """Between the handshake that found the fault and the next one the server may change: judged again."""
    forge.context(kind)
    made = x509.load_pem_x509_certificate((forge.folder / f"{kind}.pem").read_bytes())

    class Peer:
        def getpeercert(self, *, binary_form: bool) -> bytes:
            return made.public_bytes(serialization.Encoding.DER)

    policy = TlsPolicy(TrustLevel.SELF_SIGNED, str(forge.ca_file))
    error = ssl.SSLCertVerificationError("self-signed certificate")
    error.verify_code, error.verify_message = 18, "self-signed certificate"
    assert policy.refuses_peer("h:443", Peer()) is None
    assert policy.accepts("h:443", error)
    assert not policy.accepts("h:443", error)
    assert (policy.refuses_peer("h:443", Peer()) is not None) is refused


@asynccontextmanager
async def bare_tls(forge: Forge, answer: bytes, *, goodbye: bool) -> AsyncIterator[str]:
    """Sends an answer and closes: with TLS's close_notify, or by cutting the TCP connection under it."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        if goodbye:
            writer.close()
        else:
            # The transport below TLS: its FIN comes without a close_notify.
            transport = writer.transport
            transport._ssl_protocol._transport.close()  # type: ignore[attr-defined]
            # asyncio does not see that it is gone; said so, it does not complain of an unclosed one.
            transport._closed = True  # type: ignore[attr-defined]

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=forge.context("good"))
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.gather(*tasks, return_exceptions=True)


ANSWER = b"HTTP/1.1 200 OK\r\n\r\n" + b"half a file?" * 100


@pytest.mark.parametrize(("goodbye", "fault"), [(True, None), (False, Fault.CUT_TLS)])
async def test_a_body_without_a_length_must_end_with_a_goodbye(
    forge: Forge, goodbye: bool, fault: Fault | None
) -> None:
    async with bare_tls(forge, ANSWER, goodbye=goodbye) as endpoint:
        policy = FetcherPolicy(guard=Guard.of([endpoint]), ca_file=str(forge.ca_file))
        async with GuardedFetcher(policy) as fetcher:
            sink = ListSink()
            result = await fetcher.fetch(FetchRequest(f"https://{endpoint}/", limits=LIMITS), sink)
    assert result.fault is fault
    assert result.body is not None
    assert result.body.complete is goodbye
    assert result.body.framing is Framing.CLOSE
    assert sink.data == b"half a file?" * 100


async def test_with_a_length_the_goodbye_does_not_matter(forge: Forge) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour"
    async with bare_tls(forge, answer, goodbye=False) as endpoint:
        policy = FetcherPolicy(guard=Guard.of([endpoint]), ca_file=str(forge.ca_file))
        async with GuardedFetcher(policy) as fetcher:
            result = await fetcher.fetch(FetchRequest(f"https://{endpoint}/", limits=LIMITS), ListSink())
    assert result.fault is None


async def test_the_contract_holds_over_tls(forge: Forge) -> None:
    script = Script().on("/~'x?", Reply(body=b"z" * 100_000, framing=Framing.CHUNKED))
    async with hostile_server(script, forge.context("good")) as server:
        result, data = await ask(server, forge, TrustLevel.TRUSTED, "/~'x?")
    assert (result.fault, data) == (None, b"z" * 100_000)
