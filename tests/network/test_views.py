"""The network's pages: everybody signed in reads, network administrators write, nobody else."""

import datetime as dt
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.choices import Role
from apps.common.lists.query import FORMATS
from apps.network.choices import MemberState
from apps.network.models import Decision, Member, MemberContact, MemberNode, Membership, Paper
from apps.network.services import today
from tests import factories as make
from tests.asking import as_person, check_acting, check_reading
from tests.network.factories import DAY, make_member, make_node
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db
OTHERS = (Role.LIBRARIAN, Role.REPORTS, Role.READER)


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)
    return settings.NODE


@pytest.fixture
def member():
    return make_member("Alder College", MemberState.APPLIED, short_name="Alder")


def decided(**more) -> dict:
    """As a browser sends the form."""
    return {
        "version": "0",
        "kind": "admit",
        "state": "adopted",
        "decided_on": today().isoformat(),
        "body": "Steering committee",
        "deciders": "Ada Marsh\n\n Bo  Rivers ",
        "text": "Alder College is admitted.",
        **more,
    }


def test_everybody_reads(client, member):
    member.contacts.create(role="technical", name="Wanda Reed", email="wanda@alder.example")
    make_node(member, name="Alder 1")
    made = Decision.objects.create(
        kind="other",
        decided_on=today(),
        body="Board",
        deciders=["Ada"],
        text="So be it.",
        entered_at=make.past(),
    )
    for path, said in (
        ("/network/members/", "Alder College"),
        (f"/network/members/{member.pk}/", "Wanda Reed"),
        ("/network/nodes/", "Alder 1"),
        ("/network/decisions/", "So be it."),
        (f"/network/decisions/{made.pk}/", "So be it."),
        ("/network/copies/", "Copies in the network"),
        ("/network/copies/titles/", "Copies by title"),
        ("/network/copies/publishers/", "Copies by publisher"),
        ("/network/take/", "What this node could take"),
        ("/network/", "Who agrees with whom"),
    ):
        page = check_reading(client, path)
        assert said in page, path


def test_readers_are_not_offered_what_they_may_not(client, member):
    as_person(client, Role.READER)
    page = client.get(f"/network/members/{member.pk}/").content.decode()
    for said in ("Admit by a decision", "Add a contact", "Link a node", "Keep them"):
        assert said not in page
    as_person(client, Role.NETWORK)
    page = client.get(f"/network/members/{member.pk}/").content.decode()
    for said in ("Admit by a decision", "Add a contact", "Link a node", "Keep them"):
        assert said in page


def test_enter_a_member(client):
    new, key = "/network/members/new/", str(uuid.uuid4())
    sent = {
        "request_key": key,
        "name": "Alder College",
        "country": "us",
        "ror": "https://ror.org/013meh722",
        "isil": "US-alder",
        "web": "alder.example",
        "applied_on": today().isoformat(),
    }
    for role in OTHERS:
        as_person(client, role)
        assert client.post(new, sent).status_code == 403
    assert not Member.objects.exists()
    as_person(client, Role.NETWORK)
    for _ in range(2):
        answer = client.post(new, sent)
        assert answer.status_code == 302
    row = Member.objects.get()
    assert (row.country, row.ror, row.web, row.state) == (
        "US",
        "013meh722",
        "https://alder.example",
        "applied",
    )
    assert answer["Location"] == f"/network/members/{row.pk}/"
    page = client.get(answer["Location"]).content.decode()
    assert "https://ror.org/013meh722" in page


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("ror", "https://ror.org/013meh723"),
        ("isil", "alder"),
        ("country", "U1"),
        ("country", "Germany"),
        ("country", "XX"),
        ("web", "javascript:alert(1)"),
        ("web", "javascript://alder.example/%0aalert(1)"),
        ("applied_on", "2999-01-01"),
        ("name", ""),
    ],
)
def test_what_a_form_refuses(client, field, text):
    as_person(client, Role.NETWORK)
    sent = {"name": "Alder", "applied_on": today().isoformat(), field: text}
    answer = client.post("/network/members/new/", sent)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Member.objects.exists()


def test_a_name_of_a_country_is_not_cut_to_the_letters_of_another(client):
    """Of “Germany” a browser left GE, which is Georgia."""
    as_person(client, Role.NETWORK)
    page = client.get("/network/members/new/").content.decode()
    (field,) = re.findall(r'<input[^>]*name="country"[^>]*>', page)
    (longest,) = re.findall(r'maxlength="([0-9]+)"', field)
    assert int(longest) > len("South Georgia and the South Sandwich Islands")
    sent = {"name": "Alder", "applied_on": today().isoformat(), "country": "Germany"}
    page = client.post("/network/members/new/", sent).content.decode()
    assert "Expected the two letters of a country in ISO 3166, such as DE for Germany." in page
    assert 'value="Germany"' in page


def test_change_a_member(client, member):
    path = f"/network/members/{member.pk}/change/"
    sent = {"version": "0", "name": "Alder University", "applied_on": member.applied_on.isoformat()}
    as_person(client, Role.NETWORK)
    assert 'value="Alder College"' in client.get(path).content.decode()
    assert client.post(path, sent).status_code == 302
    answer = client.post(path, {**sent, "name": "Too late"})
    assert answer.status_code == 422
    assert "since your page was made" in answer.content.decode()
    assert Member.objects.get().name == "Alder University"


def test_admit_by_a_decision_with_its_document(client, member):
    path = f"/network/members/{member.pk}/decide/"
    for role in OTHERS:
        as_person(client, role)
        assert client.post(path, decided()).status_code == 403
    as_person(client, Role.NETWORK)
    file = SimpleUploadedFile("minutes.html", b"<script>alert(1)</script>", content_type="text/html")
    answer = client.post(path, decided(documents=[file]))
    assert answer.status_code == 302
    row = Decision.objects.get()
    assert row.deciders == ["Ada Marsh", "Bo Rivers"]
    page = client.get(answer["Location"]).content.decode()
    assert "A decision of the network admitted it." in page
    paper = Paper.objects.get()
    assert paper.sha256 in page
    given = client.get(f"/network/papers/{paper.pk}/")
    assert b"".join(given.streaming_content) == b"<script>alert(1)</script>"
    assert given["Content-Type"] == "application/octet-stream"
    assert given["Content-Disposition"].startswith("attachment")
    as_person(client, Role.READER)
    assert client.get(f"/network/papers/{paper.pk}/").status_code == 403
    assert "minutes.html" in client.get(f"/network/decisions/{row.pk}/").content.decode()


def test_a_decision_that_cannot_be_stands_at_its_field(client, member):
    as_person(client, Role.NETWORK)
    answer = client.post(f"/network/members/{member.pk}/decide/", decided(kind="exclude"))
    assert answer.status_code == 422
    assert "nothing of that kind to decide" in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_decision_about_the_network(client):
    as_person(client, Role.NETWORK)
    sent = decided(text="The charter, second edition, is adopted.")
    assert client.post("/network/decisions/new/", sent).status_code == 302
    row = Decision.objects.get()
    # What the form has no field for is not read.
    assert (row.kind, row.member) == ("other", None)
    page = client.get("/network/decisions/").content.decode()
    assert "The charter, second edition" in page


@pytest.mark.parametrize(
    ("part", "prefix", "sent", "model"),
    [
        (
            "contacts",
            "contact",
            {"role": "voting", "name": "Wanda Reed", "email": "w@a.example"},
            MemberContact,
        ),
        ("nodes", "node", {"identity": "TCP:[192.0.2.7]:9729", "name": "Alder 1"}, MemberNode),
        ("agreements", "terms", {"name": "Charter", "edition": "2.1", "starts": "2026-01-01"}, Membership),
    ],
)
def test_what_belongs_to_a_member_is_entered_once(client, member, part, prefix, sent, model):
    path = f"/network/members/{member.pk}/{part}/"
    sent = {f"{prefix}-{name}": value for name, value in {**sent, "request_key": str(uuid.uuid4())}.items()}
    check_acting(client, path, [Role.NETWORK], sent)
    for _ in range(2):
        assert client.post(path, sent).status_code == 302
    assert model.objects.get().member == member
    broken = {
        name: "x" if name.endswith(("email", "identity", "starts")) else value for name, value in sent.items()
    }
    answer = client.post(path, broken)
    assert answer.status_code == 422
    assert "<details open>" in answer.content.decode()
    assert model.objects.count() == 1


def test_documents_are_kept(client, member):
    path = f"/network/members/{member.pk}/papers/"
    check_acting(client, path, [Role.NETWORK])
    assert client.post(path).status_code == 422
    files = [SimpleUploadedFile("charter.pdf", b"%PDF-"), SimpleUploadedFile("annex.pdf", b"annex")]
    assert client.post(path, {"documents": files}).status_code == 302
    assert Paper.objects.count() == 2


def test_erase_a_contact(client, member):
    one = member.contacts.create(role="technical", name="Wanda Reed", email="wanda@alder.example")
    path = f"/network/contacts/{one.pk}/erase/"
    as_person(client, Role.NETWORK)
    assert "Wanda Reed" in client.get(path).content.decode()
    client.post(path)
    one.refresh_from_db()
    assert one.name == "Wanda Reed"
    page = client.post(path, {"confirmed": "yes"}, follow=True).content.decode()
    assert "That they were is on record" in page
    page = client.get(f"/network/members/{member.pk}/").content.decode()
    assert "anda" not in page
    assert "Erased on" in page
    assert "erased the personal data of a contact" in page


def test_change_what_belongs_to_a_member(client, member):
    other = make_member("Birch")
    contact = member.contacts.create(role="technical", name="Wanda Reed")
    node = make_node(member, "TCP:[192.0.2.7]:9729")
    terms = member.memberships.create(name="Charter", starts=dt.date(2020, 1, 1))
    as_person(client, Role.NETWORK)
    for path, sent in (
        (f"/network/contacts/{contact.pk}/change/", {"role": "voting", "name": "Wanda Marsh"}),
        (f"/network/nodes/{node.pk}/change/", {"member": other.pk, "identity": "TCP:[192.0.2.8]:9729"}),
        (f"/network/agreements/{terms.pk}/change/", {"name": "Charter", "starts": "2021-01-01"}),
    ):
        assert client.get(path).status_code == 200
        assert client.post(path, {**sent, "version": "0"}).status_code == 302, path
        assert client.post(path, {**sent, "version": "0"}).status_code == 422, path
    node.refresh_from_db()
    assert (node.member, node.identity) == (other, "TCP:[192.0.2.8]:9729")
    assert client.post(f"/network/nodes/{node.pk}/remove/", {"confirmed": "yes"}).status_code == 302
    assert not MemberNode.objects.exists()


def test_each_difference_has_its_next_act(client, member):
    left = make_member("Birch", MemberState.LEFT)
    gone = make.make_peer("Birch node")
    make_node(left, gone.identity)
    stranger = make.make_peer("Stranger")
    admitted = make_member("Cedar")
    make_node(admitted, "TCP:[192.0.2.7]:9729", name="Cedar node")
    as_person(client, Role.NETWORK)
    page = client.get("/network/nodes/").content.decode()
    assert f'action="/peers/{gone.pk}/disable/"' in page
    assert f"/network/nodes/claim/?peer={stranger.pk}" in page
    assert "/peers/new/?identity=TCP:[192.0.2.7]:9729" in page
    assert "is “left”, and its peer is still enabled" in page
    assert "TCP:[192.0.2.7]:9729" in client.get("/peers/new/?identity=TCP:[192.0.2.7]:9729").content.decode()
    form = client.get(f"/network/nodes/claim/?peer={stranger.pk}").content.decode()
    assert f'value="{stranger.identity}"' in form
    sent = {"member": admitted.pk, "identity": stranger.identity}
    assert client.post("/network/nodes/claim/", sent).status_code == 302
    for kind, names in (
        ("any", {"Birch node", "Cedar node"}),
        ("gone", {"Birch node"}),
        ("unclaimed", set()),
    ):
        rows = client.get(f"/network/nodes/?difference={kind}").context["list"].items
        assert {row.name for row in rows} == names, kind
    client.post(f"/peers/{gone.pk}/disable/")
    assert not client.get("/network/nodes/?difference=gone").context["list"].items
    assert client.get("/network/nodes/claim/?peer=x").status_code == 200


def test_this_node_is_a_members_and_lacks_nothing(client, node):
    row = make_member("Alder")
    make_node(row, node.lcap_identity, name="Ours")
    as_person(client, Role.NETWORK)
    page = client.get(f"/network/members/{row.pk}/").content.decode()
    assert "this node itself" in page
    assert "What does not fit together" not in page
    assert "No peer" not in page


def test_lists_sort_filter_and_download(client):
    for n, state in enumerate(MemberState):
        make_member(f"Library {n}", state, country="DE" if n % 2 else "MX", isil=f"DE-{n}")
    as_person(client, Role.READER)
    rows = client.get("/network/members/?sort=-name").context["list"].items
    assert [row.name for row in rows] == ["Library 3", "Library 2", "Library 1", "Library 0"]
    assert len(client.get("/network/members/?state=left").context["list"].items) == 1
    assert len(client.get("/network/members/?country=DE").context["list"].items) == 2
    assert [row.name for row in client.get("/network/members/?q=DE-2").context["list"].items] == ["Library 2"]
    assert client.get("/network/members/?state=other").status_code == 400
    for path in ("members", "nodes", "decisions", "copies", "copies/titles", "copies/publishers", "take"):
        for kind in FORMATS:
            answer = client.get(f"/network/{path}/?format={kind}")
            assert answer.status_code == 200, (path, kind)
    given = b"".join(client.get("/network/members/?format=csv").streaming_content).decode()
    assert "Library 3" in given


def test_a_closed_day_follows_the_decision(client, member):
    as_person(client, Role.NETWORK)
    client.post(f"/network/members/{member.pk}/decide/", decided(decided_on=(today() - 3 * DAY).isoformat()))
    client.post(
        f"/network/members/{member.pk}/decide/",
        decided(version="1", kind="leave", text="Alder College leaves."),
    )
    member.refresh_from_db()
    assert (member.state, member.closed_on) == (MemberState.LEFT, today())
