"""Members, decisions and what belongs to them, written by services alone."""

import datetime as dt
import hashlib
import uuid
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.network import services
from apps.network.choices import ContactRole, DecisionKind, DecisionState, Difference, MemberState
from apps.network.lists import different, known_nodes
from apps.network.models import Decision, KnownNode, Member, MemberContact, MemberNode, Paper
from apps.network.services import Institution, NodeSaid, Person, Terms, today
from apps.peers.services import own_identity
from tests import factories as make
from tests.accounts.factories import make_person
from tests.network.factories import DAY, make_member, make_node, ruling
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)
    return settings.NODE


@pytest.fixture
def admin():
    return make_person("nell", Role.NETWORK)


def institution(**more) -> Institution:
    return Institution(**{"name": "Alder College", "applied_on": today() - 20 * DAY, **more})


def paper(data: bytes = b"%PDF-1.7 signed") -> SimpleUploadedFile:
    return SimpleUploadedFile("charter.pdf", data)


def stored(node) -> list[Path]:
    folder = Path(node.media_dir) / "network"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_an_institution_begins_as_applicant(admin):
    row = services.register_member(user=admin, said=institution(isil="US-alder", country="US"))
    assert (row.state, row.version, row.admitted_on) == (MemberState.APPLIED, 0, None)
    event = AuditEvent.objects.get()
    assert (event.action, event.subject, event.user) == ("network.member", f"member:{row.pk}", admin)
    assert event.after["isil"] == "US-alder"


def test_one_form_is_one_member_and_loses_nothing(admin):
    key = uuid.uuid4()
    first = services.register_member(user=admin, said=institution(), request_key=key)
    assert services.register_member(user=admin, said=institution(), request_key=key) == first
    with pytest.raises(ValidationError, match="sent before"):
        services.register_member(user=admin, said=institution(name="Birch"), request_key=key)
    assert Member.objects.count() == 1
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": "  ALDER   Collége "}, "name"),
        ({"name": "Birch", "isil": "US-alder"}, "isil"),
        ({"name": "Birch", "ror": "013meh722"}, "ror"),
        ({"name": "   "}, "name"),
        ({"name": "Birch", "applied_on": dt.date(2999, 1, 1)}, "applied_on"),
    ],
)
def test_what_cannot_be_entered_is_told_with_its_field(admin, more, field):
    services.register_member(user=admin, said=institution(isil="US-alder", ror="013meh722"))
    with pytest.raises(ValidationError) as refused:
        services.register_member(user=admin, said=institution(**more))
    assert list(refused.value.message_dict) == [field]
    assert Member.objects.count() == 1


def test_an_old_form_over_a_newer_row_is_refused(admin):
    row = services.register_member(user=admin, said=institution())
    services.change_member(member=row, version=0, user=admin, said=institution(short_name="AC"))
    with pytest.raises(ValidationError, match="since your page was made"):
        services.change_member(member=row, version=0, user=admin, said=institution(short_name="XX"))
    row.refresh_from_db()
    assert (row.short_name, row.version) == ("AC", 1)


def test_a_decision_admits_and_another_excludes(admin):
    row = services.register_member(user=admin, said=institution())
    services.decide(user=admin, member=row, said=ruling(decided_on=today() - 5 * DAY))
    row.refresh_from_db()
    assert (row.state, row.admitted_on) == (MemberState.ADMITTED, today() - 5 * DAY)
    services.decide(user=admin, member=row, version=1, said=ruling(DecisionKind.EXCLUDE))
    row.refresh_from_db()
    assert (row.state, row.closed_on, row.version) == (MemberState.EXCLUDED, today(), 2)
    services.decide(user=admin, member=row, version=2, said=ruling())
    row.refresh_from_db()
    assert (row.state, row.admitted_on, row.closed_on) == (MemberState.ADMITTED, today(), None)
    kinds = list(Decision.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["admit", "exclude", "admit"]
    assert AuditEvent.objects.filter(action="network.decision").count() == 3


def test_what_was_rejected_is_on_record_and_moves_nobody(admin):
    row = services.register_member(user=admin, said=institution())
    made = services.decide(user=admin, member=row, said=ruling(state=DecisionState.REJECTED))
    row.refresh_from_db()
    assert (row.state, row.version) == (MemberState.APPLIED, 0)
    assert (made.state, made.deciders, made.signature) == ("rejected", ["Ada Marsh", "Bo Rivers"], None)


@pytest.mark.parametrize(
    ("state", "more", "field"),
    [
        (MemberState.ADMITTED, {"kind": DecisionKind.ADMIT}, "kind"),
        (MemberState.APPLIED, {"kind": DecisionKind.EXCLUDE}, "kind"),
        (MemberState.LEFT, {"kind": DecisionKind.LEAVE}, "kind"),
        (MemberState.APPLIED, {"decided_on": dt.date(2999, 1, 1)}, "decided_on"),
        (MemberState.APPLIED, {"decided_on": dt.date(1999, 1, 1)}, "decided_on"),
        (MemberState.APPLIED, {"deciders": []}, "deciders"),
        (MemberState.APPLIED, {"deciders": ["x"] * 201}, "deciders"),
        (MemberState.APPLIED, {"state": DecisionState.OPEN}, "state"),
    ],
)
def test_what_cannot_be_decided_leaves_no_row_and_no_file(admin, node, state, more, field):
    row = make_member("Alder", state)
    with pytest.raises(ValidationError) as refused:
        services.decide(user=admin, member=row, said=ruling(**more), uploads=[paper()])
    assert list(refused.value.message_dict) == [field]
    assert not Decision.objects.exists()
    assert not stored(node)
    assert not AuditEvent.objects.exists()


def test_a_decision_on_an_old_page_is_refused(admin, node):
    row = services.register_member(user=admin, said=institution())
    services.change_member(member=row, version=0, user=admin, said=institution(short_name="AC"))
    with pytest.raises(ValidationError, match="since your page was made"):
        services.decide(user=admin, member=row, version=0, said=ruling(), uploads=[paper()])
    assert not Decision.objects.exists()
    assert not stored(node)


def test_one_form_is_one_decision_with_its_document(admin, node):
    row = services.register_member(user=admin, said=institution())
    key = uuid.uuid4()
    made = [
        services.decide(user=admin, member=row, said=ruling(), uploads=[paper()], request_key=key)
        for _ in range(2)
    ]
    assert made[0] == made[1]
    kept = Paper.objects.get()
    assert (kept.decision, kept.member, kept.size) == (made[0], row, 15)
    assert kept.sha256 == hashlib.sha256(b"%PDF-1.7 signed").hexdigest()
    assert [services.paper_path(kept)] == stored(node)
    assert stored(node)[0].read_bytes() == b"%PDF-1.7 signed"


def test_the_database_keeps_decisions_papers_and_members(admin):
    row = services.register_member(user=admin, said=institution())
    made = services.decide(user=admin, member=row, said=ruling(), uploads=[paper()])
    attempts = [
        lambda: Decision.objects.filter(pk=made.pk).delete(),
        lambda: Decision.objects.filter(pk=made.pk).update(text="Other words"),
        lambda: Decision.objects.filter(pk=made.pk).update(state="rejected"),
        lambda: Paper.objects.update(name="other.pdf"),
        lambda: Paper.objects.all().delete(),
    ]
    for attempt in attempts:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    alone = make_member("Birch")
    with pytest.raises(DatabaseError), transaction.atomic():
        Member.objects.filter(pk=alone.pk).delete()
    # The one thing that may still come to it.
    Decision.objects.filter(pk=made.pk).update(signature=b"signed")
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.filter(pk=made.pk).update(signature=b"forged")


def test_what_is_open_can_still_be_decided(admin):
    row = Decision.objects.create(
        kind="other", state="open", decided_on=today(), body="Board", text="?", entered_at=make.past()
    )
    Decision.objects.filter(pk=row.pk).update(state="adopted")
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.filter(pk=row.pk).update(state="open")


def test_an_empty_and_a_too_long_document_are_refused_and_none_stays(admin, node, settings):
    row = make_member()
    with pytest.raises(ValidationError, match="is empty"):
        services.add_papers(user=admin, member=row, uploads=[paper(), paper(b"")])
    from dataclasses import replace

    settings.NODE = replace(node, upload_max_bytes=10)
    with pytest.raises(ValidationError, match="more than 10 bytes"):
        services.add_papers(user=admin, member=row, uploads=[paper()])
    assert not Paper.objects.exists()
    assert not stored(node)


def test_the_same_document_twice_is_one(admin, node, django_capture_on_commit_callbacks):
    row = make_member()
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            services.add_papers(user=admin, member=row, uploads=[paper()])
    assert Paper.objects.count() == 1
    assert len(stored(node)) == 1


def test_a_contact_is_erased_and_the_record_never_had_the_name(admin):
    row = make_member()
    said = Person(role=ContactRole.TECHNICAL, name="Wanda Reed", email="wanda@alder.example")
    one = services.add_contact(member=row, user=admin, said=said)
    services.change_contact(
        contact=one, version=0, user=admin, said=Person(role=ContactRole.VOTING, name="Wanda Reed-Marsh")
    )
    for _ in range(2):
        services.erase_contact(contact=one, user=admin)
    one.refresh_from_db()
    assert (one.name, one.email, one.role) == ("", "", "voting")
    assert one.erased_at is not None
    acts = list(AuditEvent.objects.order_by("id").values_list("action", flat=True))
    assert acts == ["network.contact", "network.contact", "network.erase"]
    for event in AuditEvent.objects.all():
        assert "anda" not in f"{event.before}{event.after}"
    with pytest.raises(ValidationError, match="was erased"):
        services.change_contact(contact=one, version=2, user=admin, said=said)


def test_a_member_has_no_endless_contacts(admin):
    row = make_member()
    MemberContact.objects.bulk_create(MemberContact(member=row, role="other", name="x") for _ in range(50))
    with pytest.raises(ValidationError, match="50 contacts"):
        services.add_contact(member=row, user=admin, said=Person(role=ContactRole.OTHER, name="y"))


def test_a_node_is_one_members(admin):
    alder, birch = make_member("Alder"), make_member("Birch")
    said = NodeSaid(identity="TCP:[192.0.2.7]:9729", name="Alder 1")
    row = services.add_node(member=alder, user=admin, said=said)
    services.add_node(member=alder, user=admin, said=NodeSaid(identity="TCP:[192.0.2.8]:9729"))
    with pytest.raises(ValidationError, match="node of “Alder”"):
        services.add_node(member=birch, user=admin, said=said)
    services.change_node(node=row, version=0, user=admin, member=birch, said=said)
    with pytest.raises(ValidationError, match="since your page was made"):
        services.change_node(node=row, version=0, user=admin, member=alder, said=said)
    row.refresh_from_db()
    assert row.member == birch
    for _ in range(2):
        services.remove_node(node=row, user=admin)
    assert MemberNode.objects.count() == 1
    assert AuditEvent.objects.filter(action="network.node").count() == 4


def test_an_agreement_of_membership_has_editions_and_days(admin):
    row = make_member()
    one = services.add_membership(
        member=row, user=admin, said=Terms(name="Charter", edition="1.0", starts=dt.date(2020, 1, 1))
    )
    ended = Terms(
        name="Charter",
        edition="1.0",
        starts=dt.date(2020, 1, 1),
        ends=dt.date(2024, 12, 31),
        signed_on=today(),
    )
    services.change_membership(membership=one, version=0, user=admin, said=ended)
    services.add_membership(
        member=row, user=admin, said=Terms(name="Charter", edition="2.0", starts=dt.date(2025, 1, 1))
    )
    for wrong, field in (
        (Terms(name="C", starts=dt.date(2020, 1, 1), ends=dt.date(2019, 1, 1)), "ends"),
        (Terms(name="C", starts=dt.date(2020, 1, 1), signed_on=dt.date(2999, 1, 1)), "signed_on"),
    ):
        with pytest.raises(ValidationError) as refused:
            services.add_membership(member=row, user=admin, said=wrong)
        assert list(refused.value.message_dict) == [field]
    assert list(row.memberships.order_by("starts").values_list("edition", flat=True)) == ["1.0", "2.0"]


def test_an_agreement_brings_its_documents_once(admin, node):
    row, key = make_member(), uuid.uuid4()
    said = Terms(name="Charter", starts=dt.date(2020, 1, 1))
    made = [
        services.add_membership(member=row, user=admin, said=said, uploads=[paper()], request_key=key)
        for _ in range(2)
    ]
    assert made[0] == made[1] == Paper.objects.get().membership
    assert len(stored(node)) == 1
    with pytest.raises(ValidationError, match="is empty"):
        services.add_membership(member=row, user=admin, said=said, uploads=[paper(b"")])
    assert row.memberships.count() == 1


def test_where_people_and_the_protocol_know_two_networks():
    def peer_of(member, **more):
        peer = make.make_peer(**more.pop("peer", {}))
        make_node(member, peer.identity, **more)
        return peer

    member = make_member("Alder")
    known = peer_of(member)
    left = peer_of(make_member("Birch", MemberState.LEFT))
    left_and_shut = peer_of(make_member("Cedar", MemberState.EXCLUDED), peer={"enabled": False})
    shut = peer_of(member, peer={"enabled": False})
    named = peer_of(
        member, peer={"certificate": "PEM", "certificate_name": "other"}, certificate_name="alder.example"
    )
    same = peer_of(
        member,
        peer={"certificate": "PEM", "certificate_name": "alder.example"},
        certificate_name="alder.example",
    )
    unproved = peer_of(member, certificate_name="alder.example")
    stranger, silenced = make.make_peer(), make.make_peer(enabled=False)
    lacking = make_node(member)
    late = make_node(make_member("Elm", MemberState.APPLIED))
    found = dict(KnownNode.objects.values_list("identity", "difference"))
    assert found == {
        known.identity: "",
        left.identity: Difference.GONE,
        left_and_shut.identity: "",
        shut.identity: Difference.SHUT,
        named.identity: Difference.CERTIFICATE,
        same.identity: "",
        unproved.identity: "",
        stranger.identity: Difference.UNCLAIMED,
        silenced.identity: "",
        lacking.identity: Difference.NO_PEER,
        late.identity: "",
    }
    assert different().count() == 5


def test_this_node_is_no_peer_of_its_own(node):
    make_node(make_member(), str(own_identity()))
    assert KnownNode.objects.get().difference == Difference.NO_PEER
    assert not known_nodes().exists()
