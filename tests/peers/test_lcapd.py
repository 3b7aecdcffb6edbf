"""The endpoint over real sockets: two nodes of one process, each with a port, and strangers at the door."""

import asyncio
import socket
import ssl
import struct
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from apps.common.models import Finding
from apps.lockss.lcap.codec import decode, encode
from apps.lockss.lcap.framing import DataFrame, PeerIdRead, WholeFrameReader, data_frame, peerid_frame
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.limits import Limits
from apps.lockss.lcap.messages import BlockVersion, Header, NoOp, Poll, Vote, VoteBlock
from apps.peers import services
from apps.peers.certificates import ensure_certificate, fingerprint, make_context
from apps.peers.choices import PeerSource
from apps.peers.lcapd.admission import Rules
from apps.peers.lcapd.service import Config, Lcapd
from apps.peers.models import InboundMessage, OutboundMessage, Peer

pytestmark = pytest.mark.django_db(transaction=True)
OWN = PeerId.parse("TCP:[127.0.0.1]:9701")
PEER = PeerId.parse("TCP:[127.0.0.1]:9702")


def header(**changes) -> Header:
    return Header(key="k" * 28, auid="a|b&c~d", orig_id=PEER, dest_id=OWN, groups=("g",), **changes)


@pytest.fixture(autouse=True)
def spool(settings, tmp_path):
    from dataclasses import replace

    settings.NODE = replace(settings.NODE, spool_dir=tmp_path / "spool")


@pytest.fixture(autouse=True)
async def no_connection_left():
    """The thread behind sync_to_async keeps its connection, which would hold the test database."""
    yield
    await sync_to_async(connections.close_all)()


def config(tmp_path, *, tls=False, discovery=False, woken=None, **changes) -> Config:
    values = {
        "rules": Rules(own=OWN, tls=tls, discovery=discovery),
        "bind": "127.0.0.1",
        "port": 0,
        "keys_dir": tmp_path / "own",
        "tls_minimum": ssl.TLSVersion.TLSv1_3,
        "limits": Limits(max_frame=8 << 20),
        "idle_s": 60,
        "connect_timeout_s": 5,
        "max_per_address": 4,
        "wake": woken or (lambda: None),
    }
    return Config(**(values | changes))


class Talker:
    """The other side, as a bare socket: says what it is told and keeps what it hears."""

    def __init__(self, reader, writer):
        self.reader, self.writer, self.frames = reader, writer, WholeFrameReader()
        self.heard = []

    def say(self, *data: bytes) -> None:
        self.writer.writelines(data)

    async def hear(self, kind):
        async with asyncio.timeout(10):
            while not any(isinstance(e, kind) for e in self.heard):
                data = await self.reader.read(65536)
                if not data:
                    return None
                self.heard += self.frames.feed(data)
        return next(e for e in self.heard if isinstance(e, kind))

    async def closed(self) -> bool:
        async with asyncio.timeout(10):
            try:
                while await self.reader.read(65536):
                    pass
            except OSError:
                pass
        return True


@asynccontextmanager
async def talking(port, context=None):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    try:
        yield Talker(reader, writer)
    finally:
        writer.close()


async def eventually(question, seconds=10):
    async with asyncio.timeout(seconds):
        while not (answer := await sync_to_async(question)()):  # noqa: ASYNC110 - the answer lies in a database
            await asyncio.sleep(0.02)
    return answer


def a_peer(**changes) -> Peer:
    return Peer.objects.create(identity=str(PEER), source=PeerSource.REGISTERED, **changes)


def codes() -> set[str]:
    return set(Finding.objects.values_list("code", flat=True))


async def test_a_message_is_a_row_and_wakes_the_workers(tmp_path):
    woken = []
    await sync_to_async(a_peer)()
    message = Poll(header(duration_s=60), effort_proof=b"x" * 20)
    async with (
        Lcapd(config(tmp_path, woken=lambda: woken.append(1))) as endpoint,
        talking(endpoint.port) as other,
    ):
        other.say(peerid_frame(PEER) + data_frame(encode(message)))
        assert (await other.hear(PeerIdRead)).peer == OWN
        row = await eventually(InboundMessage.objects.first)
    assert decode(bytes(row.body)) == message
    assert (row.opcode, row.key, row.auid, row.spool) == (10, "k" * 28, "a|b&c~d", "")
    peer = await Peer.objects.aget()
    assert (peer.message_count, peer.last_opcode, peer.groups) == (1, 10, ["g"])
    assert woken == [1]


async def test_byte_by_byte(tmp_path):
    await sync_to_async(a_peer)()
    data = peerid_frame(PEER) + data_frame(encode(NoOp(header()))) * 2
    async with Lcapd(config(tmp_path)) as endpoint, talking(endpoint.port) as other:
        for at in range(len(data)):
            other.say(data[at : at + 1])
            await other.writer.drain()
        await eventually(lambda: InboundMessage.objects.count() == 2)


async def test_large_votes_lie_in_the_spool(tmp_path):
    await sync_to_async(a_peer)()
    blocks = tuple(
        VoteBlock(f"http://h/{i:05}", (BlockVersion(plain_hash=b"p" * 20, nonced_hash=b"n" * 20),))
        for i in range(1500)
    )
    message = Vote(header(voter_nonce=b"v" * 20), vote_blocks=blocks)
    async with Lcapd(config(tmp_path)) as endpoint, talking(endpoint.port) as other:
        other.say(peerid_frame(PEER) + data_frame(encode(message)))
        row = await eventually(InboundMessage.objects.first)
    assert row.spool.startswith("in/")
    assert row.body is None
    opened = services.open_message(row)
    assert (opened.blocks, opened.message.header.key) == (1500, "k" * 28)
    assert decode(b"".join([*services.read_body(row, 0)])) == message


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", "frame-check-byte", id="garbage"),
        pytest.param(
            peerid_frame(PEER) + b"\xff\x02" + (9 << 30).to_bytes(8, "big") + b"\0\0\0\x0a",
            "frame-too-long",
            id="over-long",
        ),
        pytest.param(data_frame(b"x"), "frame-data-before-peerid", id="no name"),
        pytest.param(
            peerid_frame(PEER) + peerid_frame(PeerId.parse("TCP:[127.0.0.1]:1")),
            "frame-conflicting-peerid",
            id="two names",
        ),
        pytest.param(peerid_frame(OWN), "peer-wrong-identity", id="our own name"),
        pytest.param(peerid_frame(PeerId.parse("TCP:[10.0.0.1]:9729")), "peer-unknown", id="a stranger"),
    ],
)
async def test_what_ends_a_channel(tmp_path, sent, code):
    await sync_to_async(a_peer)()
    async with Lcapd(config(tmp_path)) as endpoint:
        async with talking(endpoint.port) as other:
            other.say(sent)
            assert await other.closed()
        await eventually(lambda: code in codes())
        async with talking(endpoint.port) as other:  # the service goes on
            other.say(peerid_frame(PEER) + data_frame(encode(NoOp(header()))))
            await eventually(InboundMessage.objects.exists)


def spoiled(data: bytes) -> bytes:
    return data[:10] + bytes([data[10] ^ 1]) + data[11:]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        pytest.param(spoiled(encode(NoOp(header()))), "message-checksum", id="wrong checksum"),
        pytest.param(b"lpm", "message-truncated", id="too short"),
        pytest.param(
            encode(NoOp(Header(key="k", orig_id=PeerId.parse("TCP:[9.9.9.9]:1")))),
            "peer-wrong-origin",
            id="another's name",
        ),
        pytest.param(
            encode(NoOp(Header(key="k", dest_id=PeerId.parse("TCP:[9.9.9.9]:1")))),
            "peer-not-for-us",
            id="not for us",
        ),
        pytest.param(
            encode(NoOp(header())) + b"\0" * (3 << 20), "peer-message-too-large", id="too large for its kind"
        ),
    ],
)
async def test_a_bad_message_is_a_finding_and_the_channel_lives(tmp_path, payload, code):
    await sync_to_async(a_peer)()
    async with Lcapd(config(tmp_path)) as endpoint, talking(endpoint.port) as other:
        other.say(peerid_frame(PEER) + data_frame(payload) + data_frame(encode(NoOp(header()))))
        await eventually(lambda: code in codes())
        await eventually(lambda: InboundMessage.objects.count() == 1)
    assert [*(tmp_path / "spool" / "in").glob("*")] == []


async def test_a_disabled_peer_is_not_heard(tmp_path):
    await sync_to_async(a_peer)(enabled=False)
    async with Lcapd(config(tmp_path)) as endpoint, talking(endpoint.port) as other:
        other.say(peerid_frame(PEER))
        assert await other.closed()
        await eventually(lambda: codes() == {"peer-disabled"})


async def test_strangers_are_let_in_where_discovery_is_on(tmp_path):
    async with Lcapd(config(tmp_path, discovery=True)) as endpoint, talking(endpoint.port) as other:
        other.say(peerid_frame(PEER) + data_frame(encode(NoOp(header()))))
        await eventually(InboundMessage.objects.exists)
    assert (await Peer.objects.aget()).source == PeerSource.INBOUND


async def test_too_many_connections_from_one_address(tmp_path):
    async with (
        Lcapd(config(tmp_path, max_per_address=1)) as endpoint,
        talking(endpoint.port),
        talking(endpoint.port) as second,
    ):
        assert await second.closed()
        await eventually(lambda: codes() == {"peer-too-many-connections"})


async def test_silence_ends_every_channel_also_in_mid_frame(tmp_path, monkeypatch):
    await sync_to_async(a_peer)()
    monkeypatch.setattr("apps.peers.lcapd.service.LOOK_EVERY_S", 0.05)
    async with (
        Lcapd(config(tmp_path, idle_s=0.1)) as endpoint,
        talking(endpoint.port) as first,
        talking(endpoint.port) as second,
    ):
        first.say(peerid_frame(PEER))
        second.say(peerid_frame(PEER), data_frame(b"x" * 1_000)[:50])
        assert await first.closed()
        assert await second.closed()


async def test_the_outbox_is_sent_to_whom_it_is_for(tmp_path):
    heard = asyncio.Queue()

    async def answer(reader, writer):
        talker = Talker(reader, writer)
        talker.say(peerid_frame(PEER))
        heard.put_nowait((await talker.hear(PeerIdRead), await talker.hear(DataFrame)))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    peer = await sync_to_async(a_peer)(address=f"127.0.0.1:{port}")
    message = NoOp(Header(key="", orig_id=OWN, dest_id=PEER, auid="UNKNOWN", hash_algorithm=""))
    row = await sync_to_async(services.enqueue)(peer=peer, message=message)
    async with server, Lcapd(config(tmp_path)):
        name, frame = await asyncio.wait_for(heard.get(), 10)
        await eventually(lambda: OutboundMessage.objects.filter(state="done").exists())
    assert name.peer == OWN
    assert decode(frame.payload).header.dest_id == PEER
    assert bytes((await OutboundMessage.objects.aget(pk=row.pk)).body) == frame.payload


async def test_a_peer_that_says_another_name_gets_nothing(tmp_path):
    got = asyncio.Queue()

    async def answer(reader, writer):
        talker = Talker(reader, writer)
        talker.say(peerid_frame(PeerId.parse("TCP:[127.0.0.1]:9799")))
        got.put_nowait(await talker.hear(DataFrame))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    peer = await sync_to_async(a_peer)(address=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await sync_to_async(services.enqueue)(peer=peer, message=NoOp(header()))
    async with server, Lcapd(config(tmp_path, connect_timeout_s=1)):
        assert await asyncio.wait_for(got.get(), 10) is None
        row = await eventually(OutboundMessage.objects.filter(state="waiting", attempts__gte=1).first)
    assert row.error


async def test_unreachable_peers_leave_the_message_waiting(tmp_path):
    peer = await sync_to_async(a_peer)(address="127.0.0.1:9")
    await sync_to_async(services.enqueue)(peer=peer, message=NoOp(header()))
    async with Lcapd(config(tmp_path)):
        row = await eventually(OutboundMessage.objects.filter(attempts=1).first)
    assert row.state == "waiting"
    assert (await Peer.objects.aget()).last_error


class TestTls:
    @pytest.fixture
    def theirs(self, tmp_path):
        return ensure_certificate(tmp_path / "theirs", str(PEER))

    @pytest.fixture
    def client(self, tmp_path, theirs):
        own, _ = ensure_certificate(tmp_path / "own", str(OWN))
        certificate, key = theirs
        return make_context(
            server=False,
            certificate=certificate,
            key=key,
            trusted=[own.read_text()],
            minimum=ssl.TLSVersion.TLSv1_3,
        )

    async def test_the_pinned_certificate_is_heard(self, tmp_path, theirs, client):
        pem = theirs[0].read_text()
        await sync_to_async(a_peer)(certificate=pem, fingerprint=fingerprint(pem))
        async with Lcapd(config(tmp_path, tls=True)) as endpoint, talking(endpoint.port, client) as other:
            other.say(peerid_frame(PEER) + data_frame(encode(NoOp(header()))))
            await eventually(InboundMessage.objects.exists)
            assert other.writer.get_extra_info("ssl_object").version() == "TLSv1.3"

    async def test_another_peers_certificate_does_not_speak_in_this_name(self, tmp_path, theirs, client):
        pem = theirs[0].read_text()
        other_name = "TCP:[127.0.0.1]:9777"
        await Peer.objects.acreate(
            identity=other_name, source="registered", certificate=pem, fingerprint=fingerprint(pem)
        )
        second = ensure_certificate(tmp_path / "second", str(PEER))[0].read_text()
        await sync_to_async(a_peer)(certificate=second, fingerprint=fingerprint(second))
        async with Lcapd(config(tmp_path, tls=True)) as endpoint, talking(endpoint.port, client) as other:
            other.say(peerid_frame(PEER))
            assert await other.closed()
            await eventually(lambda: codes() == {"peer-wrong-certificate"})

    async def test_an_unknown_certificate_does_not_get_in(self, tmp_path, client):
        async with Lcapd(config(tmp_path, tls=True)) as endpoint:
            async with talking(endpoint.port, client) as other:
                other.say(peerid_frame(PEER))
                assert await other.closed()
            await eventually(lambda: codes() == {"peer-no-certificate"})

    async def test_plain_text_at_a_tls_port(self, tmp_path):
        async with Lcapd(config(tmp_path, tls=True)) as endpoint:
            async with talking(endpoint.port) as other:
                other.say(peerid_frame(PEER))
                assert await other.closed()
            await eventually(lambda: codes() == {"peer-no-certificate"})

    async def test_a_look_whether_the_port_answers_is_no_finding(self, tmp_path, theirs, client):
        pem = theirs[0].read_text()
        await sync_to_async(a_peer)(certificate=pem, fingerprint=fingerprint(pem))
        async with Lcapd(config(tmp_path, tls=True)) as endpoint:
            for reset in (False, True):
                with socket.create_connection(("127.0.0.1", endpoint.port)) as knock:
                    if reset:
                        knock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            async with talking(endpoint.port, client) as other:
                other.say(peerid_frame(PEER) + data_frame(encode(NoOp(header()))))
                await eventually(InboundMessage.objects.exists)
            assert await sync_to_async(codes)() == set()
            # Whoever sends a byte is asked for a certificate as ever.
            with socket.create_connection(("127.0.0.1", endpoint.port)) as knock:
                knock.sendall(b"\x16")
            await eventually(lambda: codes() == {"peer-no-certificate"})

    async def test_it_dials_with_its_own_certificate(self, tmp_path, theirs):
        own, _ = ensure_certificate(tmp_path / "own", str(OWN))
        certificate, key = theirs
        context = make_context(
            server=True,
            certificate=certificate,
            key=key,
            trusted=[own.read_text()],
            minimum=ssl.TLSVersion.TLSv1_3,
        )
        heard = asyncio.Queue()

        async def answer(reader, writer):
            talker = Talker(reader, writer)
            talker.say(peerid_frame(PEER))
            heard.put_nowait(await talker.hear(DataFrame))
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        pem = certificate.read_text()
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        peer = await sync_to_async(a_peer)(certificate=pem, fingerprint=fingerprint(pem), address=address)
        await sync_to_async(services.enqueue)(peer=peer, message=NoOp(header()))
        async with server, Lcapd(config(tmp_path, tls=True)):
            assert await asyncio.wait_for(heard.get(), 10) is not None
