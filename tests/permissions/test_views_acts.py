"""Agreements are entered by network administrators; documents and evidence are handed out, never run."""

import gzip

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.choices import Role
from apps.permissions.models import PublisherAgreement
from apps.permissions.services import document_path
from tests import factories as make
from tests.asking import as_person, last_audit
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db
NEW = "/permissions/agreements/new/"


@pytest.fixture
def node(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)
    return settings.NODE


@pytest.fixture
def publisher(node):
    return make.make_publisher()


def entered(owner, **changes) -> dict:
    return {
        "publisher": owner.pk,
        "name": "Agreement 2026",
        "state": "signed",
        "starts": "2026-01-01",
        "ends": "2030-12-31",
        "scope": "publisher",
        **changes,
    }


def test_enter_an_agreement(client, publisher):
    document = SimpleUploadedFile("signed.pdf", b"%PDF-1.7 signed", content_type="application/pdf")
    client.logout()
    assert client.post(NEW, entered(publisher))["Location"].startswith("/accounts/sign-in/")
    for role in (Role.LIBRARIAN, Role.REPORTS, Role.READER):
        as_person(client, role)
        assert client.post(NEW, entered(publisher)).status_code == 403
    assert not PublisherAgreement.objects.exists()
    as_person(client, Role.NETWORK)
    assert client.get(f"{NEW}?publisher={publisher.pk}").status_code == 200
    page = client.post(NEW, entered(publisher, document=document), follow=True).content.decode()
    row = PublisherAgreement.objects.get()
    assert "is entered" in page
    assert "signed.pdf" in page
    assert document_path(row).read_bytes() == b"%PDF-1.7 signed"
    assert (last_audit().action, last_audit().subject) == ("permissions.agreement", f"agreement:{row.pk}")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ends": "2025-12-31"}, "ends"),
        ({"starts": "soon"}, "starts"),
        ({"scope": "titles"}, "titles"),
        ({"scope": "titles", "titles": "Journal of Nothing"}, "titles"),
        ({"scope": "aus", "listed_aus": "org|lockss|None&x~1"}, "listed_aus"),
        ({"publisher": "999999"}, "publisher"),
        ({"name": ""}, "name"),
        ({"state": "whim"}, "state"),
    ],
)
def test_what_cannot_be_entered_is_told_at_its_field(client, publisher, change, field):
    as_person(client, Role.NETWORK)
    answer = client.post(NEW, entered(publisher, **change))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not PublisherAgreement.objects.exists()


def test_titles_are_named_by_issn_or_name(client, publisher):
    tides = make.make_title("Tides", publisher)
    mud = make.make_title("Mud Quarterly", publisher)
    mud.issn = "0000-006X"
    mud.save()
    make.make_title("Tides", make.make_publisher("Somebody Else"))
    as_person(client, Role.NETWORK)
    client.post(NEW, entered(publisher, scope="titles", titles="  TIDES\n\n0000006x\n"))
    assert set(PublisherAgreement.objects.get().titles.all()) == {tides, mud}


def test_unknown_lines_are_named_and_the_rest_counted(client, publisher):
    as_person(client, Role.NETWORK)
    lines = "\n".join(f"None {n}" for n in range(9))
    answer = client.post(NEW, entered(publisher, scope="titles", titles=lines))
    said = str(answer.context["form"].errors["titles"])
    assert "“None 0”" in said
    assert "and 4 more" in said


def test_aus_are_named_by_auid(client, publisher):
    au = make.make_au(title=make.make_title("Tides", publisher))
    as_person(client, Role.NETWORK)
    client.post(NEW, entered(publisher, scope="aus", listed_aus=au.auid))
    row = PublisherAgreement.objects.get()
    assert list(row.listed_aus.all()) == [au.listed]
    assert "1 selected archival unit" in client.get(f"/permissions/agreements/{row.pk}/").content.decode()


def test_change_an_agreement(client, publisher):
    row = make.make_agreement(publisher)
    path = f"/permissions/agreements/{row.pk}/change/"
    as_person(client, Role.LIBRARIAN)
    assert client.get(path).status_code == 403
    as_person(client, Role.NETWORK)
    assert row.name in client.get(path).content.decode()
    client.post(path, entered(publisher, state="withdrawn", ends=""))
    row.refresh_from_db()
    assert (row.state, row.ends, row.name) == ("withdrawn", None, "Agreement 2026")
    assert last_audit().before["state"] == "signed"


def test_documents_are_handed_out_and_never_shown(client, publisher):
    as_person(client, Role.NETWORK)
    evil = SimpleUploadedFile("x.html", b"<script>alert(1)</script>", content_type="text/html")
    client.post(NEW, entered(publisher, document=evil))
    path = f"/permissions/agreements/{PublisherAgreement.objects.get().pk}/document/"
    for role, status in ((Role.LIBRARIAN, 200), (Role.NETWORK, 200), (Role.READER, 403), (Role.REPORTS, 403)):
        as_person(client, role)
        answer = client.get(path)
        assert answer.status_code == status, role
        if status == 200:
            # Read to its end, the file is closed.
            assert b"".join(answer.streaming_content)
    as_person(client, Role.LIBRARIAN)
    answer = client.get(path)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    client.logout()
    assert client.get(path).status_code == 302


def test_an_agreement_without_a_document_has_none(client, publisher):
    row = make.make_agreement(publisher)
    as_person(client, Role.NETWORK)
    assert client.get(f"/permissions/agreements/{row.pk}/document/").status_code == 404


@pytest.mark.parametrize(
    ("page", "headers", "said"),
    [
        (b"<b>caf\xe9</b>", [["Content-Type", "text/html; charset=iso-8859-1"]], "&lt;b&gt;café&lt;/b&gt;"),
        (
            gzip.compress(b"<i>packed</i>", mtime=0),
            [["Content-Encoding", "gzip"]],
            "&lt;i&gt;packed&lt;/i&gt;",
        ),
        (b"broken \xff", [["Content-Type", "text/html; charset=utf-8"]], "broken \N{REPLACEMENT CHARACTER}"),
        (b"odd", [["Content-Type", "text/html; charset=klingon"]], "odd"),
        (
            gzip.compress(b"x" * 5_000_000, mtime=0),
            [["Content-Encoding", "gzip"]],
            "Only its beginning is shown",
        ),
        (b"not gzip", [["Content-Encoding", "gzip"]], "The page itself"),
        (b"\n" * 3000, [], "Only its beginning is shown"),
        (None, [], "No page came."),
        (b"a", ["Server: odd", 7, None], "Server"),
    ],
)
def test_evidence_is_text_whatever_it_is(client, node, page, headers, said):
    row = make.make_evidence(make.make_au(), page=page, response_headers=headers)
    as_person(client)
    shown = client.get(f"/permissions/evidence/{row.pk}/").content.decode()
    assert said in shown
    assert len(shown) < 1_000_000


def test_evidence_of_a_refusal(client, node):
    row = make.make_evidence(make.make_au(), granted=False, message="The page has no statement.")
    as_person(client)
    page = client.get(f"/permissions/evidence/{row.pk}/").content.decode()
    assert "The page has no statement." in page
    assert "HTTP 404" in page
