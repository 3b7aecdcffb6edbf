"""Pages of peers: read by everybody, changed by network administrators, and no door for anybody else."""

import pytest

from apps.peers.models import Peer
from tests import factories as make
from tests.asking import as_person, check_reading

pytestmark = pytest.mark.django_db


def test_who_may_read(client, sample):
    check_reading(client, "/peers/", "peers/list.html")
    page = check_reading(client, f"/peers/{sample.peer.pk}/", "peers/peer.html")
    assert "what a poll found" in page
    assert "to it" in page
    third = Peer.objects.get(name="Dogwood Archive")
    assert "Its vote is out of order" in check_reading(client, f"/peers/{third.pk}/")


def test_what_tells_rows_apart_stays_on_a_narrow_page(client, sample):
    """Comparisons of one AU differ by what they were made in, messages by their way, repairs by their source, which
    stands below their URL there."""
    as_person(client)
    page = client.get(f"/peers/{sample.peer.pk}/").context
    kept = {
        head.label
        for name in ("list", "messages_list")
        for head in page[name].heads
        if head.css in ("", "number")
    }
    assert {"Archival unit", "In", "Way", "What"} <= kept
    repairs = client.get("/repairs/").context["list"]
    assert "URL" in {head.label for head in repairs.heads if head.css in ("", "number")}
    assert all("From: " in row.split("</td>")[0] for row in repairs.rows)


def test_agreements_of_a_peer_are_narrowed(client, sample):
    as_person(client)
    path = f"/peers/{sample.peer.pk}/"
    assert len(client.get(f"{path}?type=POR_HINT").context["list"].items) == 1
    assert client.get(f"{path}?whole=no").context["list"].total.number == 0
    assert client.get(f"{path}?type=whim").status_code == 400


def test_an_au_that_is_only_stored_is_told_by_its_auid(client, sample):
    from apps.peers.models import Agreement
    from apps.repository.models import AuKey

    key = AuKey.objects.create(auid="org|lockss|plugin|Unknown&x~1")
    at = make.past()
    Agreement.objects.create(
        au_key=key, peer=sample.peer, type="POR", last=1, last_at=at, highest=1, highest_at=at
    )
    as_person(client)
    assert "org|lockss|plugin|Unknown" in client.get(f"/peers/{sample.peer.pk}/").content.decode()
