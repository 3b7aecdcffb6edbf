"""Agreements are entered by network administrators; documents and evidence are handed out, never run."""

import datetime as dt
import gzip
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.common.search import fold
from apps.permissions.models import PublisherAgreement
from apps.permissions.services import document_path
from apps.titles.models import Title
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
    """As a browser sends the form."""
    return {
        "publisher": owner.name,
        "name": "Agreement 2026",
        "state": "signed",
        "starts": "2026-01-01",
        "ends": "2030-12-31",
        "scope": "publisher",
        "renewal": "none",
        "renewal_months": "12",
        "notice_days": "0",
        "remind_days": "90",
        "unsaid": "on",
        **changes,
    }


def upload(name="signed.pdf", data=b"%PDF-1.7 signed", kind="application/pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type=kind)


@pytest.mark.parametrize("name", ["a\0b", "\0", "A" * 120_000, "\u202e\N{FISH}%s"])
def test_a_publisher_that_none_is_named_like_is_an_error_of_its_field(client, publisher, name):
    as_person(client, Role.NETWORK)
    answer = client.post(NEW, {**entered(publisher), "publisher": name})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["publisher"]


def test_enter_an_agreement(client, publisher):
    client.logout()
    assert client.post(NEW, entered(publisher))["Location"].startswith("/accounts/sign-in/")
    for role in (Role.LIBRARIAN, Role.REPORTS, Role.READER):
        as_person(client, role)
        assert client.post(NEW, entered(publisher)).status_code == 403
    assert not PublisherAgreement.objects.exists()
    as_person(client, Role.NETWORK)
    assert client.get(f"{NEW}?publisher={publisher.pk}").status_code == 200
    sent = entered(
        publisher,
        documents=[upload(), upload("annex.pdf", b"annex")],
        collect="yes",
        serve_openly="no",
        networks="Riverside PLN",
    )
    page = client.post(NEW, sent, follow=True).content.decode()
    row = PublisherAgreement.objects.get()
    assert "is entered" in page
    assert "signed.pdf" in page
    assert "annex.pdf" in page
    assert (row.collect, row.serve, row.serve_openly, row.networks) == ("yes", "", "no", ["Riverside PLN"])
    assert document_path(row.documents.get(name="signed.pdf")).read_bytes() == b"%PDF-1.7 signed"
    assert {act.action for act in AuditEvent.objects.filter(subject=f"agreement:{row.pk}")} == {
        "permissions.agreement",
        "permissions.document",
    }


def test_a_form_sent_thrice_is_one_agreement(client, publisher):
    as_person(client, Role.NETWORK)
    form = client.get(NEW).context["form"]
    key = str(form["request_key"].value())
    pages = [client.post(NEW, entered(publisher, request_key=key))["Location"] for _ in range(3)]
    assert len(set(pages)) == 1
    assert PublisherAgreement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_thrice_at_once_is_one_agreement(client, publisher):
    as_person(client, Role.NETWORK)
    data = entered(publisher, request_key=str(uuid.uuid4()))

    def send(_n) -> int:
        try:
            other = Client()
            other.cookies = client.cookies
            return other.post(NEW, data).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(send, range(3))) == [302] * 3
    assert PublisherAgreement.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ends": "2025-12-31"}, "ends"),
        ({"starts": "soon"}, "starts"),
        ({"scope": "titles"}, "titles"),
        ({"scope": "titles", "titles": "Journal of Nothing"}, "titles"),
        ({"scope": "aus", "listed_aus": "org|lockss|None&x~1"}, "listed_aus"),
        ({"platforms": "org.example.NoPlugin"}, "platforms"),
        ({"publisher": "Nobody"}, "publisher"),
        ({"name": ""}, "name"),
        ({"state": "whim"}, "state"),
        ({"state": "lapsed"}, "state"),
        ({"since": "2126-01-01"}, "since"),
        ({"collect": "perhaps"}, "collect"),
        ({"renewal": "automatic", "ends": ""}, "renewal"),
        ({"notice_days": "-1"}, "notice_days"),
        ({"documents": SimpleUploadedFile("empty.pdf", b"")}, "documents"),
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


def test_aus_are_named_by_auid_and_platforms_by_what_lists_say(client, publisher):
    au = make.make_au(title=make.make_title("Tides", publisher))
    as_person(client, Role.NETWORK)
    sent = entered(publisher, scope="aus", listed_aus=au.auid, platforms=au.listed.plugin_id)
    client.post(NEW, sent)
    row = PublisherAgreement.objects.get()
    assert list(row.listed_aus.all()) == [au.listed]
    assert row.platforms == [au.listed.plugin_id]
    assert "1 selected archival unit" in client.get(f"/permissions/agreements/{row.pk}/").content.decode()


def test_change_an_agreement(client, publisher):
    row = make.make_agreement(publisher, clause="Keep it.", collect="", preserve="")
    path = f"/permissions/agreements/{row.pk}/change/"
    as_person(client, Role.LIBRARIAN)
    assert client.get(path).status_code == 403
    as_person(client, Role.NETWORK)
    shown = client.get(path)
    assert row.name in shown.content.decode()
    assert shown.context["form"]["clause"].value() == "Keep it."
    client.post(path, entered(publisher, version="0", ends="", serve="no"))
    row.refresh_from_db()
    assert (row.ends, row.name, row.serve, row.state, row.version) == (
        None,
        "Agreement 2026",
        "no",
        "signed",
        1,
    )
    assert (last_audit().before["rights"], last_audit().after["rights"]) == ({}, {"serve": "no"})
    # The back button: the old form over the newer row.
    answer = client.post(path, entered(publisher, version="0", name="Older"))
    assert answer.status_code == 422
    assert "Somebody has changed this agreement" in answer.content.decode()
    row.refresh_from_db()
    assert row.name == "Agreement 2026"


def test_documents_are_handed_out_to_network_administrators_and_never_shown(client, publisher):
    as_person(client, Role.NETWORK)
    client.post(
        NEW, entered(publisher, documents=[upload("x.html", b"<script>alert(1)</script>", "text/html")])
    )
    row = PublisherAgreement.objects.get()
    path = f"/permissions/agreements/{row.pk}/documents/{row.documents.get().pk}/"
    for role, status in (
        (Role.NETWORK, 200),
        (Role.SYSTEM, 200),
        (Role.LIBRARIAN, 403),
        (Role.READER, 403),
        (Role.REPORTS, 403),
    ):
        as_person(client, role)
        answer = client.get(path)
        assert answer.status_code == status, role
        if status == 200:
            # Read to its end, the file is closed.
            assert b"".join(answer.streaming_content)
    as_person(client, Role.NETWORK)
    answer = client.get(path)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    # Of another agreement it is no document.
    other = make.make_agreement(publisher)
    elsewhere = f"/permissions/agreements/{other.pk}/documents/{row.documents.get().pk}/"
    assert client.get(elsewhere).status_code == 404
    client.logout()
    assert client.get(path).status_code == 302


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


def test_a_form_sent_again_with_another_document_leads_to_the_agreement(client, publisher):
    as_person(client, Role.NETWORK)
    data = entered(publisher, name="<b>One</b>", request_key=str(uuid.uuid4()))
    client.post(NEW, data | {"documents": [upload()]})
    row = PublisherAgreement.objects.get()
    assert client.post(NEW, data | {"documents": [upload()]}).status_code == 302
    answer = client.post(NEW, data | {"documents": [upload(data=b"other")]})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "was sent before and made “&lt;b&gt;One&lt;/b&gt;”" in shown
    assert f'<a href="/permissions/agreements/{row.pk}/change/">Change the agreement instead</a>' in shown
    assert row.documents.count() == 1


def test_more_networks_than_are_kept_are_refused(client, publisher):
    as_person(client, Role.NETWORK)
    many = "\n".join(f"Network {n}" for n in range(150))
    for networks in (many, "x" * 500_000):
        answer = client.post(NEW, entered(publisher, networks=networks))
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["networks"])
    assert not PublisherAgreement.objects.exists()


def test_the_page_of_an_agreement_from_the_first_of_days(client, publisher):
    """Such rows are refused by now; those that are there already can be looked at."""
    row = make.make_agreement(
        publisher, starts=dt.date(1, 1, 1), ends=dt.date(1, 2, 1), signed_on=None, notice_days=3660
    )
    as_person(client, Role.NETWORK)
    assert client.get(f"/permissions/agreements/{row.pk}/").status_code == 200


# Titles by their lines


def twins(publisher) -> list:
    """Three share one ISSN, in different fields, and two of these their name as well."""
    rows = [make.make_title(name, publisher) for name in ("Tide", "Shoal", "Reef")]
    for n, name in enumerate(("Tide", "Two\nlines", "#17")):
        rows.append(
            Title.objects.create(
                publisher=publisher, name=name, name_key=fold(name), identity=f"{fold(name)} {n}"
            )
        )
    Title.objects.filter(pk=rows[1].pk).update(issn="", eissn="1234-5679")
    Title.objects.filter(pk=rows[2].pk).update(issn="2049-3630", issn_l="1234-5679")
    return rows


def resend(client, row) -> None:
    """The form of a change as a browser shows it, sent back as it is."""
    page = f"/permissions/agreements/{row.pk}/change/"
    form = client.get(page).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    assert client.post(page, data | {"publisher": row.publisher.name}).status_code == 302


def test_an_agreement_that_is_saved_unchanged_keeps_its_titles(client, publisher):
    as_person(client, Role.NETWORK)
    for title in twins(publisher):
        row = make.make_agreement(publisher, scope="titles")
        row.titles.set([title])
        resend(client, row)
        assert list(row.titles.all()) == [title], title.name
    row.titles.set(publisher.titles.all())
    resend(client, row)
    assert row.titles.count() == publisher.titles.count() == 6


@pytest.mark.parametrize("line", ["1234-5679", "12345679", "tide"])
def test_a_line_that_means_two_titles_is_refused(client, publisher, line):
    as_person(client, Role.NETWORK)
    rows = twins(publisher)
    sent = entered(publisher, scope="titles", titles=line)
    answer = client.post(NEW, sent)
    meant = [rows[0], rows[3]] if line == "tide" else rows[:3]
    (said,) = answer.context["form"].errors["titles"]
    assert all(f"#{row.pk} “{row.name}”" in said for row in meant)
    assert not PublisherAgreement.objects.exists()
    client.post(NEW, sent | {"titles": f"#{meant[1].pk}"})
    assert PublisherAgreement.objects.get().titles.get() == meant[1]


def test_the_number_of_another_publishers_title_names_nothing(client, publisher):
    as_person(client, Role.NETWORK)
    other = make.make_title("Other", make.make_publisher("Aster House"))
    answer = client.post(NEW, entered(publisher, scope="titles", titles=f"#{other.pk}"))
    assert list(answer.context["form"].errors) == ["titles"]


def test_only_what_was_changed_stands_in_the_history(client, publisher):
    """A browser sends every end of a line as CR LF."""
    as_person(client, Role.NETWORK)
    row = make.make_agreement(publisher, clause="Keep it.\nFor good.", opening="Dear\n\nall", notes="a\nb")
    # As rows were kept before.
    older = make.make_agreement(publisher, name="Older", clause="Keep it.\r\nFor good.", notes="a\r\nb")
    for one in (row, older):
        page = f"/permissions/agreements/{one.pk}/change/"
        form = client.get(page).context["form"]
        data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
        data = {
            name: value.replace("\r\n", "\n").replace("\n", "\r\n") if isinstance(value, str) else value
            for name, value in data.items()
        }
        assert "\r\n" in data["clause"]
        data |= {"publisher": publisher.name, "ends": "2031-12-31"}
        assert client.post(page, data).status_code == 302
        one.refresh_from_db()
        assert (one.clause, one.notes) == ("Keep it.\nFor good.", "a\nb")
        event = last_audit()
        assert {key for key in event.after if event.after[key] != event.before.get(key)} == {"ends"}
        shown = client.get(f"/permissions/agreements/{one.pk}/").content.decode()
        assert "ends: " in shown
        assert "clause changed" not in shown


def test_an_older_note_of_the_same_words_is_no_change(client, publisher):
    row = make.make_agreement(publisher)
    AuditEvent.objects.create(
        at=row.created_at,
        action="permissions.agreement",
        subject=f"agreement:{row.pk}",
        before={"clause": "a\nb", "notes": "a"},
        after={"clause": "a\r\nb", "notes": "b"},
    )
    as_person(client, Role.NETWORK)
    shown = client.get(f"/permissions/agreements/{row.pk}/").content.decode()
    assert "notes changed" in shown
    assert "clause changed" not in shown
