"""Entering, changing and shutting out peers: what network administrators do, and nobody else."""

from dataclasses import replace

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.peers.certificates import ensure_certificate, fingerprint
from apps.peers.models import Peer
from tests import factories as make
from tests.asking import as_person, check_acting, last_audit
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def node(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)
    return settings.NODE


@pytest.fixture
def certificate(tmp_path) -> str:
    return ensure_certificate(tmp_path / "other", "TCP:[192.0.2.7]:9729")[0].read_text()


def test_enter_a_peer(client, node, certificate):
    data = {"identity": "tcp:[192.0.2.7]:9729", "name": "Elm", "certificate": certificate, "address": ""}
    client.logout()
    assert client.post("/peers/new/", data)["Location"].startswith("/accounts/sign-in/")
    for role in (Role.LIBRARIAN, Role.REPORTS, Role.READER):
        as_person(client, role)
        assert client.get("/peers/new/").status_code == 403
        assert client.post("/peers/new/", data).status_code == 403
    assert not Peer.objects.exists()
    as_person(client, Role.NETWORK)
    assert client.get("/peers/new/").status_code == 200
    page = client.post("/peers/new/", data, follow=True).content.decode()
    peer = Peer.objects.get()
    assert (peer.identity, peer.name, peer.source) == ("TCP:[192.0.2.7]:9729", "Elm", "registered")
    assert peer.fingerprint == fingerprint(certificate)
    assert "is entered" in page
    assert (last_audit().action, last_audit().subject) == ("peers.register", "peer:TCP:[192.0.2.7]:9729")


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"identity": "elm.example"}, "identity", "is no peer identity"),
        ({"identity": ""}, "identity", "required"),
        ({"certificate": "-----BEGIN"}, "certificate", "PEM form"),
        ({"address": "elm.example"}, "address", "host:port"),
        ({"address": "elm.example:99999"}, "address", "host:port"),
        ({"name": "x" * 201}, "name", "200"),
    ],
)
def test_what_cannot_be_entered_is_told_at_its_field(client, node, change, field, said):
    as_person(client, Role.NETWORK)
    answer = client.post("/peers/new/", {"identity": "TCP:[192.0.2.7]:9729", **change})
    assert answer.status_code == 422
    assert said in str(answer.context["form"].errors[field])
    assert not Peer.objects.exists()


def test_a_node_does_not_enter_itself(client, node):
    as_person(client, Role.NETWORK)
    answer = client.post("/peers/new/", {"identity": node.lcap_identity})
    assert answer.status_code == 422
    assert "this node itself" in str(answer.context["form"].errors)


def test_two_peers_do_not_share_a_certificate(client, node, certificate):
    as_person(client, Role.NETWORK)
    client.post("/peers/new/", {"identity": "TCP:[192.0.2.7]:9729", "certificate": certificate})
    answer = client.post("/peers/new/", {"identity": "TCP:[192.0.2.8]:9729", "certificate": certificate})
    assert answer.status_code == 422
    assert Peer.objects.count() == 1


def test_change_a_peer(client, node):
    peer = make.make_peer("Elm")
    path = f"/peers/{peer.pk}/change/"
    as_person(client, Role.LIBRARIAN)
    assert client.post(path, {"name": "Oak"}).status_code == 403
    as_person(client, Role.NETWORK)
    assert peer.identity in client.get(path).content.decode()
    # The identity is fixed, whatever is posted.
    client.post(
        path,
        {"identity": "TCP:[192.0.2.99]:1", "name": "Oak", "certificate": "", "address": "oak.example:9729"},
    )
    changed = Peer.objects.get()
    assert (changed.identity, changed.name, changed.address) == (peer.identity, "Oak", "oak.example:9729")
    assert last_audit().before["name"] == "Elm"


def test_close_and_open_the_door(client, node):
    peer = make.make_peer("Elm")
    close, opened = f"/peers/{peer.pk}/disable/", f"/peers/{peer.pk}/enable/"
    check_acting(client, close, [Role.NETWORK])
    page = client.post(close, follow=True).content.decode()
    assert f'action="{opened}"' in page
    peer.refresh_from_db()
    assert not peer.enabled
    assert last_audit().action == "peers.disable"
    check_acting(client, opened, [Role.NETWORK])
    client.post(opened)
    peer.refresh_from_db()
    assert peer.enabled
    events = AuditEvent.objects.count()
    client.post(opened)
    assert AuditEvent.objects.count() == events


def test_own_certificate(client, node):
    as_person(client)
    assert client.get("/peers/own-certificate/").status_code == 404
    pem = ensure_certificate(node.keys_dir, node.lcap_identity)[0].read_text()
    answer = client.get("/peers/own-certificate/")
    assert answer.content.decode() == pem
    assert "attachment" in answer["Content-Disposition"]
    page = client.get("/peers/").content.decode()
    assert fingerprint(pem) in page
    assert "PRIVATE KEY" not in page
    client.logout()
    assert client.get("/peers/own-certificate/").status_code == 302


def test_in_the_clear_nobody_asks_for_certificates(client, settings, node):
    from dataclasses import replace

    settings.NODE = replace(node, lcap_tls=False)
    make.make_peer("Elm")
    as_person(client)
    page = client.get("/peers/").content.decode()
    assert "speaks in the clear" in page
    assert "No certificate" not in page


def test_a_peer_without_certificate_is_not_said_to_be_asked(client, node):
    as_person(client, Role.NETWORK)
    data = {"identity": "TCP:[192.0.2.7]:9729", "name": "Elm"}
    page = client.post("/peers/new/", data, follow=True).content.decode()
    assert "may be asked and answered from now on" not in page
    assert "nobody can speak with it" in page
    peer = Peer.objects.get()
    assert f'href="/peers/{peer.pk}/change/"' in page
    # Its page goes on saying so, until the certificate is there.
    assert "Enter its certificate" in client.get(f"/peers/{peer.pk}/").content.decode()
    assert "is enabled, but" in client.post(f"/peers/{peer.pk}/enable/", follow=True).content.decode()


def test_a_peer_with_certificate_is_asked(client, node, certificate):
    as_person(client, Role.NETWORK)
    data = {"identity": "TCP:[192.0.2.7]:9729", "name": "Elm", "certificate": certificate}
    page = client.post("/peers/new/", data, follow=True).content.decode()
    assert "may be asked and answered from now on" in page
    assert "Enter its certificate" not in page


def test_where_nodes_speak_in_the_clear_no_certificate_is_missed(client, settings, tmp_path):
    settings.NODE = replace(sample_settings(tmp_path), lcap_tls=False)
    as_person(client, Role.NETWORK)
    page = client.post("/peers/new/", {"identity": "TCP:[192.0.2.7]:9729"}, follow=True).content.decode()
    assert "may be asked and answered from now on" in page
    assert "Enter its certificate" not in page
