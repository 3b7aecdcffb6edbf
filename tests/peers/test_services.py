"""Peers, their messages and agreements as rows: what is kept, when it leaves, when it is given up."""

import datetime as dt
import os
from dataclasses import replace

import psycopg
import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.common.clock import now
from apps.lockss.lcap.codec import decode, encode
from apps.lockss.lcap.errors import MessageError
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import (
    BlockVersion,
    Header,
    NoOp,
    PollAck,
    RepairReply,
    Vote,
    VoteBlock,
    props_of,
)
from apps.lockss.lcap.messages import Poll as PollMessage
from apps.lockss.strategies_lcap import messages
from apps.peers import services, spool
from apps.peers.certificates import ensure_certificate, fingerprint
from apps.peers.choices import REPAIR_RIGHTS, AgreementType, PeerSource
from apps.peers.errors import RegistrationError
from apps.peers.models import Agreement, InboundMessage, NoAuPeer, OutboundMessage, Peer
from apps.polls import tasks
from apps.repository.models import AuKey
from tests.accounts.factories import make_person

pytestmark = pytest.mark.django_db
OWN = PeerId.parse("TCP:[127.0.0.1]:9701")
PEER = PeerId.parse("TCP:[192.0.2.7]:9729")
SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    settings.NODE = replace(settings.NODE, spool_dir=tmp_path / "spool", lcap_identity=str(OWN))
    return settings.NODE


@pytest.fixture
def clock():
    with time_machine.travel(dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def peer(db) -> Peer:
    return services.ensure_peer(identity=PEER, source=PeerSource.CONFIGURED)


def header(**changes) -> Header:
    return Header(**{"key": "k" * 28, "auid": "a|b&c~d", "orig_id": OWN, "dest_id": PEER, **changes})


# The outbox


def stored(row) -> bytes:
    return b"".join(services.read_body(row, 0))


def enqueue(peer, message=None, **more) -> OutboundMessage:
    row = services.enqueue(peer=peer, message=message or NoOp(header()), **more)
    row.refresh_from_db()
    return row


def test_a_message_is_a_row_that_any_peer_can_read(peer, clock):
    message = PollMessage(header(duration_s=60, vote_duration_ms=1_000), effort_proof=b"x" * 20)
    row = enqueue(peer, message)
    assert decode(stored(row)) == message
    assert (row.key, row.auid, row.opcode, row.state) == ("k" * 28, "a|b&c~d", 10, "waiting")
    assert (row.next_attempt_at, row.expires_at, row.attempts, row.spool) == (now(), None, 0, "")
    assert row.size == len(row.body)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=messages().filter(lambda m: not isinstance(m, Vote | RepairReply)))
def test_every_message_without_a_body(peer, message):
    """Also with keys and AUs that no column could hold: the row's own texts are for people."""
    if getattr(message, "vote_blocks", ()):
        message = replace(message, vote_blocks=())
    with transaction.atomic():
        row = enqueue(peer, message)
        assert decode(stored(row)) == message
        opened = services.open_message(row)
        assert (opened.message, opened.offset, opened.blocks, opened.repair) == (message, row.size, 0, 0)


@pytest.mark.parametrize("more", [-1, 0, 1, 100_000])
def test_what_is_large_lies_in_a_file(peer, more):
    reply = RepairReply(header(), url="http://h/x", repair_props=props_of({"a": "b"}))
    head = enqueue(peer, reply).size
    data = os.urandom(spool.IN_ROW - head + more)
    pieces = (data[at : at + 999] for at in range(0, len(data), 999))
    row = enqueue(peer, reply, body=services.Body(pieces, len(data), repair=len(data)))
    assert (row.body is None) is (more > 0)
    assert bool(row.spool) is (more > 0)
    whole = stored(row)
    assert len(whole) == row.size
    assert decode(whole) == replace(reply, repair_bytes=data)
    opened = services.open_message(row)
    assert (opened.repair, b"".join(services.read_body(row, opened.offset))) == (len(data), data)


def test_vote_blocks_follow_their_head(peer):
    blocks = tuple(VoteBlock(f"http://h/{n}", (BlockVersion(plain_hash=b"p" * 20),)) for n in range(3))
    whole = encode(Vote(header(), vote_blocks=blocks))
    row = enqueue(peer, Vote(header()))
    records = whole[len(encode(Vote(header()))) :]
    row = enqueue(peer, Vote(header()), body=services.Body([records], len(records), blocks=3))
    assert decode(stored(row)).vote_blocks == blocks
    assert services.open_message(row).blocks == 3


def test_no_file_is_left_where_the_pieces_fail(peer):
    def pieces():
        yield b"x" * 70_000
        raise OSError("the disk does not answer")

    with pytest.raises(OSError, match="does not answer"), transaction.atomic():
        enqueue(peer, body=services.Body(pieces(), 140_000))
    assert not OutboundMessage.objects.exists()
    assert list(spool.folder("out").iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_the_dialler_hears_of_a_row_when_it_is_committed_and_only_then(peer):
    parameters = connection.get_connection_params()
    wanted = {k: parameters[k] for k in ("host", "port", "user", "dbname", "password") if parameters.get(k)}
    with psycopg.connect(**wanted, autocommit=True) as listening:
        listening.execute(f"LISTEN {services.OUTBOX_CHANNEL}")

        def heard(seconds=0.3):
            return [each.channel for each in listening.notifies(timeout=seconds, stop_after=1)]

        with transaction.atomic():
            services.enqueue(peer=peer, message=NoOp(header()))
            assert heard() == []
        assert heard(5) == ["lcap_outbox"]
        with transaction.atomic():
            services.enqueue(peer=peer, message=NoOp(header()))
            transaction.set_rollback(True)
        assert heard() == []


def fail(row) -> OutboundMessage:
    services.mark_unsent(row=row, error="connection refused")
    row.refresh_from_db()
    return row


def test_a_message_without_a_date_is_tried_as_often_as_it_says(peer, clock):
    row = enqueue(peer, retry_max=2)
    for attempt in (1, 2):
        row = fail(row)
        assert (row.state, row.attempts, row.error) == ("waiting", attempt, "connection refused")
        assert row.next_attempt_at == now() + services.RETRY_AFTER
        assert not OutboundMessage.objects.due(now()).exists()
        clock.shift(services.RETRY_AFTER)
        assert OutboundMessage.objects.due(now()).get() == row
    row = fail(row)
    assert (row.state, row.attempts, row.done_at) == ("expired", 3, now())


def test_a_message_with_a_date_is_tried_until_then(peer, clock):
    row = enqueue(peer, expires_at=now() + 100 * SECOND, retry_max=0, retry_interval=40 * SECOND)
    waits = []
    while (row := fail(row)).state == "waiting":
        waits.append((row.next_attempt_at - now()).total_seconds())
        clock.move_to(row.next_attempt_at)
        assert len(waits) < 20
    # At its own pace, then once just before the end, then just after, when it is given up.
    assert waits == [40, 40, 19, 1]
    assert (row.state, row.done_at) == ("expired", now())


def test_what_is_sent_is_sent_and_nothing_changes_that(peer, clock):
    row = enqueue(peer)
    fail(row)
    services.mark_sent(ids=[row.pk])
    row.refresh_from_db()
    assert (row.state, row.done_at, row.error) == ("done", now(), "")
    clock.shift(SECOND)
    fail(row)
    services.mark_sent(ids=[row.pk])
    row.refresh_from_db()
    assert (row.state, row.done_at, row.attempts) == ("done", now() - SECOND, 1)


def test_expiry_without_an_attempt(peer, clock):
    early, late, never = (enqueue(peer, expires_at=value) for value in (now() + SECOND, now() + DAY, None))
    assert services.expire_outbound() == 0
    clock.shift(2 * SECOND)
    assert services.expire_outbound() == 1
    assert services.expire_outbound() == 0
    for row, state in ((early, "expired"), (late, "waiting"), (never, "waiting")):
        row.refresh_from_db()
        assert row.state == state


def test_the_outbox_is_taken_in_its_order(peer, clock):
    first, second = enqueue(peer), enqueue(peer)
    fail(first)
    clock.shift(services.RETRY_AFTER)
    third = enqueue(peer)
    assert list(OutboundMessage.objects.due(now())) == [second, first, third]


def test_long_errors_are_cut(peer):
    row = enqueue(peer)
    services.mark_unsent(row=row, error="x" * 5_000)
    row.refresh_from_db()
    assert len(row.error) == 500


# The inbox


def receive(peer, message, **more) -> InboundMessage:
    wire = encode(message)
    given = {"body": wire, "spool_name": "", "size": len(wire), **more}
    return InboundMessage.objects.get(pk=services.store_inbound(peer=peer, message=message, **given))


def test_a_received_message_tells_of_its_peer(peer, clock):
    receive(peer, PollAck(header(groups=("harbour", "north"))))
    clock.shift(SECOND)
    receive(peer, NoOp(header()))
    peer.refresh_from_db()
    assert (peer.message_count, peer.last_message_at, peer.last_opcode) == (2, now(), 19)
    # Only what names groups says something of them.
    assert (peer.groups, peer.groups_at) == (["harbour", "north"], now() - SECOND)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=messages())
def test_whatever_can_be_decoded_can_be_kept(peer, message):
    with transaction.atomic():
        row = receive(peer, message)
        assert services.open_message(row).message.header == message.header


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "k" * 255},
        {"key": "a\0b"},
        {"auid": "a\0" * 3_000},
        {"groups": ("g\0",)},
        {"groups": tuple(f"g{n}" for n in range(5_000))},
        {"groups": ("x" * 20_000,)},
    ],
)
def test_texts_that_no_row_could_hold(peer, changes):
    row = receive(peer, PollAck(header(**changes)))
    peer.refresh_from_db()
    assert len(row.key) <= 64
    assert len(row.auid) <= 2_000
    assert "\0" not in row.key + row.auid + "".join(peer.groups)
    assert len(peer.groups) <= services.MOST_GROUPS
    assert all(len(group) <= 200 for group in peer.groups)


def test_a_message_is_finished_once(peer, clock):
    row = receive(peer, NoOp(header()))
    services.finish_inbound(row=row, error_code="poll-bad-key", error="odd")
    clock.shift(SECOND)
    services.finish_inbound(row=row)
    row.refresh_from_db()
    assert (row.state, row.error_code, row.error, row.done_at) == (
        "refused",
        "poll-bad-key",
        "odd",
        now() - SECOND,
    )
    assert not InboundMessage.objects.waiting().exists()


def test_a_repair_must_be_as_long_as_it_says(peer):
    reply = RepairReply(header(), url="u", repair_props=(), repair_bytes=b"12345")
    wire = encode(reply)
    row = receive(peer, reply)
    assert services.open_message(row).repair == 5
    for cut in (wire[:-1], wire + b"x"):
        InboundMessage.objects.filter(pk=row.pk).update(body=cut, size=len(cut))
        row.refresh_from_db()
        with pytest.raises(MessageError, match="repair bytes"):
            services.open_message(row)


@pytest.mark.parametrize("name", ["", "x", "in/", "in/../x", "votes/abc", "/etc/passwd", "in/a.b", "out/a/b"])
def test_only_files_of_ours(name):
    with pytest.raises(ValueError, match="not a spool file"):
        spool.path_of(name)


# Keeping and dropping


def test_old_messages_go_with_their_files(peer, clock):
    big = services.Body([b"x" * 70_000], 70_000)
    rows = [enqueue(peer, body=big) for _ in range(3)]
    kept = receive(peer, NoOp(header()))
    services.mark_sent(ids=[rows[0].pk, rows[1].pk])
    clock.shift(services.KEEP_HANDLED - SECOND)
    services.mark_sent(ids=[rows[2].pk])
    assert services.clean_boxes() == 0
    clock.shift(2 * SECOND)
    for path in spool.folder("out").iterdir():
        os.utime(path, (now().timestamp(),) * 2)
    assert services.clean_boxes(limit=1) == 1
    assert services.clean_boxes() == 1
    assert services.clean_boxes() == 0
    assert [path.name for path in spool.folder("out").iterdir()] == [rows[2].spool.removeprefix("out/")]
    # What has not been acted on is kept however old.
    clock.shift(10 * services.KEEP_HANDLED)
    services.clean_boxes()
    assert list(InboundMessage.objects.all()) == [kept]


def test_files_without_a_row_go_when_they_are_old(peer, clock):
    named = {enqueue(peer, body=services.Body([b"x" * 70_000], 70_000)).spool}
    orphans = {spool.write("out", [b"a"]), spool.write("in", [b"b"])}
    for name in named | orphans:
        os.utime(spool.path_of(name), ((now() - services.KEEP_ORPHANS - SECOND).timestamp(),) * 2)
    young = spool.write("in", [b"c"])
    os.utime(spool.path_of(young), (now().timestamp(),) * 2)
    services.clean_boxes()
    left = {f"{box}/{path.name}" for box in ("in", "out") for path in spool.folder(box).iterdir()}
    assert left == named | {young}


def test_the_cleaning_task_empties_the_boxes(peer, clock, monkeypatch):
    rows = [enqueue(peer) for _ in range(5)]
    services.mark_sent(ids=[row.pk for row in rows])
    clock.shift(services.KEEP_HANDLED + SECOND)
    monkeypatch.setattr(services.clean_boxes, "__kwdefaults__", {"limit": 2})
    tasks.clean_votes()
    assert not OutboundMessage.objects.exists()


# Peers by a person's hand, and by the settings


@pytest.fixture
def certificates(tmp_path) -> list[str]:
    return [
        ensure_certificate(tmp_path / name, f"TCP:[192.0.2.{number}]:9729")[0].read_text()
        for number, name in enumerate(("one", "two"))
    ]


@pytest.fixture
def admin(db):
    return make_person("rosa", Role.SYSTEM)


def test_registering_leaves_its_audit_event(admin, certificates):
    row = services.register_peer(
        identity=PEER, certificate=certificates[0], address="lib.example:9729", name="Lib", user=admin
    )
    assert (row.source, row.enabled) == (PeerSource.REGISTERED, True)
    assert row.fingerprint == fingerprint(certificates[0])
    event = AuditEvent.objects.get()
    assert (event.action, event.subject, event.user) == ("peers.register", f"peer:{PEER}", admin)
    assert (event.before, event.after["name"]) == (None, "Lib")


def test_a_change_is_one_event_and_no_change_is_none(admin, certificates):
    services.register_peer(identity=PEER, certificate=certificates[0], user=admin)
    services.register_peer(identity=PEER, certificate=certificates[0], user=admin)
    assert AuditEvent.objects.count() == 1
    services.register_peer(identity=PEER, certificate=certificates[1], name="New", user=admin)
    event = AuditEvent.objects.order_by("-pk").first()
    assert (event.before["name"], event.after["name"]) == ("", "New")
    assert event.before["fingerprint"] != event.after["fingerprint"]
    assert Peer.objects.count() == 1


@pytest.mark.parametrize("source", [PeerSource.NOMINATED, PeerSource.INBOUND])
def test_whom_a_person_enters_is_no_longer_only_heard_of(admin, source):
    """Else it would not be invited to polls."""
    services.ensure_peer(identity=PEER, source=source)
    row = services.register_peer(identity=PEER, user=admin)
    assert row.source == PeerSource.REGISTERED
    assert AuditEvent.objects.get().before["source"] == source
    assert services.ensure_peer(identity=PEER, source=source).source == PeerSource.REGISTERED


def test_a_configured_peer_stays_one(admin, peer):
    assert services.register_peer(identity=PEER, name="Lib", user=admin).source == PeerSource.CONFIGURED


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"identity": OWN}, "identity-own"),
        (
            {"certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"},
            "certificate-unreadable",
        ),
        ({"certificate": "hello"}, "certificate-unreadable"),
        ({"certificate": "taken"}, "certificate-taken"),
    ],
)
def test_what_cannot_be_entered(admin, certificates, values, code):
    other = replace(PEER, port=9_730)
    services.register_peer(identity=other, certificate=certificates[0], user=admin)
    if values.get("certificate") == "taken":
        values = {"certificate": certificates[0]}
    with pytest.raises(RegistrationError) as error:
        services.register_peer(**{"identity": PEER, "user": admin, **values})
    assert error.value.code == code
    assert (Peer.objects.count(), AuditEvent.objects.count()) == (1, 1)


def test_a_certificate_is_replaced_and_never_taken_away(admin, certificates):
    services.register_peer(identity=PEER, certificate=certificates[0], user=admin)
    row = services.register_peer(identity=PEER, name="Lib", user=admin)
    assert (row.name, row.certificate) == ("Lib", certificates[0])
    with pytest.raises(RegistrationError):
        services.register_peer(identity=replace(PEER, port=9_730), certificate=certificates[0], user=admin)


def test_entering_anew_writes_over_nobody(admin, certificates):
    services.register_peer(identity=PEER, certificate=certificates[0], name="Lib", user=admin, new_only=True)
    with pytest.raises(RegistrationError) as error:
        services.register_peer(identity=PEER, name="Other", user=admin, new_only=True)
    assert error.value.code == "identity-known"
    assert Peer.objects.get().name == "Lib"


def test_our_own_certificate_is_nobody_elses(admin, certificates, settings, tmp_path):
    settings.NODE = replace(settings.NODE, keys_dir=tmp_path)
    (tmp_path / "lcap.crt").write_text(certificates[0])
    with pytest.raises(RegistrationError) as error:
        services.register_peer(identity=PEER, certificate=certificates[0], user=admin)
    assert error.value.code == "certificate-taken"


def test_the_database_itself_refuses_a_certificate_twice(certificates):
    digest = fingerprint(certificates[0])
    Peer.objects.create(identity="a", source="configured", fingerprint=digest)
    with pytest.raises(IntegrityError), transaction.atomic():
        Peer.objects.create(identity="b", source="configured", fingerprint=digest)


def test_the_door_is_opened_and_closed(admin, peer):
    row = services.set_enabled(peer=peer, enabled=False, user=admin)
    assert not row.enabled
    services.set_enabled(peer=peer, enabled=False, user=admin)
    services.set_enabled(peer=peer, enabled=True, user=admin)
    events = AuditEvent.objects.order_by("pk").values_list("action", "before", "after")
    assert list(events) == [
        ("peers.disable", {"enabled": True}, {"enabled": False}),
        ("peers.enable", {"enabled": False}, {"enabled": True}),
    ]


PIN = "ab" * 32


@pytest.fixture
def configured(settings, node):
    def use(*peers: str) -> int:
        settings.NODE = replace(node, lcap_peers=peers)
        return services.configure_peers()

    return use


def test_the_peers_of_the_settings(configured):
    assert configured(str(PEER), "TCP:[192.0.2.8]:9729", str(OWN), f"{PEER}#sha256={PIN.upper()}") == 2
    assert configured(str(PEER)) == 0
    rows = Peer.objects.order_by("identity").values_list("identity", "source", "fingerprint")
    assert list(rows) == [
        (str(PEER), "configured", PIN),
        ("TCP:[192.0.2.8]:9729", "configured", ""),
    ]


def test_a_peer_heard_of_before_becomes_one_of_them(configured):
    services.ensure_peer(identity=PEER, source=PeerSource.NOMINATED)
    assert configured(str(PEER)) == 0
    assert Peer.objects.get().source == PeerSource.CONFIGURED


def test_what_a_person_entered_goes_before_the_settings(configured, admin, certificates):
    services.register_peer(identity=PEER, certificate=certificates[0], user=admin)
    configured(f"{PEER}#sha256={PIN}")
    assert Peer.objects.get().fingerprint == fingerprint(certificates[0])


def test_a_pin_stays_while_only_the_name_changes(configured, admin, certificates):
    configured(f"{PEER}#sha256={PIN}")
    assert services.register_peer(identity=PEER, name="Lib", user=admin).fingerprint == PIN
    row = services.register_peer(identity=PEER, name="Lib", certificate=certificates[0], user=admin)
    assert row.fingerprint == fingerprint(certificates[0])


def test_one_pin_for_two_is_given_to_one(configured):
    other = replace(PEER, port=9_730)
    assert configured(f"{PEER}#sha256={PIN}", f"{other}#sha256={PIN}") == 2
    assert Peer.objects.filter(fingerprint=PIN).count() == 1


def test_one_identity_is_one_row_whatever_its_spelling(db):
    first = services.ensure_peer(identity=PeerId.parse("tcp:[192.0.2.7]:9729"), source=PeerSource.INBOUND)
    assert services.ensure_peer(identity=PEER, source=PeerSource.CONFIGURED) == first


# Agreements


@pytest.fixture
def au_key(db) -> int:
    return AuKey.objects.create(auid="a|b&c~d").pk


def record(au_key, peer, value, kind=AgreementType.POR) -> Agreement:
    services.record_agreement(au_key_id=au_key, peer=peer, type=kind, value=value)
    return Agreement.objects.get(type=kind)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
def test_the_highest_is_the_true_maximum(peer, au_key, values):
    Agreement.objects.all().delete()
    for value in values:
        row = record(au_key, peer, value)
    assert (row.last, row.highest) == (values[-1], max(values))


def test_dates_of_the_last_and_the_highest(peer, au_key, clock):
    begin = now()
    for value in (0.5, 0.9, 0.3, 0.9, 0.1):
        row = record(au_key, peer, value)
        clock.shift(SECOND)
    assert (row.last, row.last_at - begin) == (0.1, 4 * SECOND)
    # Reached again counts as reached then.
    assert (row.highest, row.highest_at - begin) == (0.9, 3 * SECOND)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf"), 2])
def test_what_is_no_share_is_refused(peer, au_key, value):
    with pytest.raises(ValueError, match="not between 0 and 1"):
        services.record_agreement(au_key_id=au_key, peer=peer, type="POR", value=value)
    assert not Agreement.objects.exists()


def test_only_what_was_seen_gives_a_right_to_repairs(peer, au_key):
    for kind in AgreementType:
        if kind not in REPAIR_RIGHTS:
            record(au_key, peer, 1.0, kind)
    assert services.highest_repair_agreement(au_key_id=au_key, peer=peer) == 0.0
    for number, kind in enumerate(REPAIR_RIGHTS):
        record(au_key, peer, 0.2 + number / 10, kind)
    record(au_key, peer, 0.0, REPAIR_RIGHTS[-1])
    assert services.highest_repair_agreement(au_key_id=au_key, peer=peer) == pytest.approx(0.5)


def test_who_lacks_an_au(peer, au_key, clock):
    services.note_no_au(au_key_id=au_key, peers=[peer])
    begin = now()
    clock.shift(DAY)
    services.note_no_au(au_key_id=au_key, peers=[peer])
    assert NoAuPeer.objects.get().since == begin
    services.note_no_au(au_key_id=au_key, peers=[peer], anew=True)
    assert NoAuPeer.objects.get().since == now()
    services.forget_no_au(au_key_id=au_key, peer=peer)
    services.forget_no_au(au_key_id=au_key, peer=peer)
    assert not NoAuPeer.objects.exists()


# What is noted of a peer


def test_notes(peer, clock):
    services.note_invited(peer=peer)
    services.note_joined_ours(peer=peer)
    services.note_called(peer=peer)
    services.note_declined(peer=peer, nak=None)
    services.note_connection(peer=peer)
    services.note_connection(peer=peer, error="no route" + "x" * 600)
    services.learn_minor(peer=peer, minor=6)
    peer.refresh_from_db()
    assert (peer.invitations, peer.voter_polls, peer.poller_polls, peer.rejected_polls) == (1, 1, 1, 1)
    dates = (peer.last_invitation_at, peer.last_voter_at, peer.last_poller_at, peer.last_rejection_at)
    assert set(dates) == {now()} == {peer.last_connect_at, peer.last_error_at}
    assert (peer.last_nak, len(peer.last_error), peer.minor) == ("", 500, 6)
