"""What an audit event is about, in a person's words with a link where the row is still there; the code stays beside it."""

import csv
import io

import pytest
from django.db import transaction

from apps.accounts import services
from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.aus.models import Selection
from apps.common.subjects import links
from apps.kbart.models import FeedToken, Series
from apps.network.models import Member
from apps.nodes.models import YearReport
from apps.titles.choices import SetKind
from apps.titles.models import TitleList, TitleSet
from tests.accounts.factories import make_person
from tests.asking import as_person
from tests.factories import DAY, make_job, past

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(client):
    """(subject, label, page) of what is there, by subject."""
    made = TitleSet.objects.create(name="Sea & shore", name_key="sea & shore", kind=SetKind.HAND)
    series = Series.objects.create(label="Holdings for EBSCO", slug="alder", part="preserved")
    token = FeedToken.objects.create(label="EBSCO's robot", key="k123", digest="d" * 64)
    member = Member.objects.create(
        name="Birch University", name_key="birch university", applied_on=past(DAY).date()
    )
    listed = TitleList.objects.create(name="Riverside: 2026", source="upload")
    bob = make_person("bob")
    as_person(client, Role.SYSTEM)
    expected = {
        f"title-set:{made.pk}": ("Sea &amp; shore", f"/sets/{made.pk}/"),
        series.audit_subject: ("Holdings for EBSCO", f"/reports/kbart/series/{series.pk}/"),
        token.audit_subject: ("EBSCO&#x27;s robot", "/reports/kbart/keys/"),
        f"member:{member.pk}": ("Birch University", f"/network/members/{member.pk}/"),
        f"title-list:{listed.name}": ("Riverside: 2026", f"/lists/{listed.pk}/"),
        "user:bob": ("bob", f"/accounts/people/{bob.pk}/"),
    }
    with transaction.atomic():
        for subject in (
            *expected,
            "kbart:gone/preserved",
            "title-set:999999",
            "title-list:Gone",
            "user:nobody",
            "odd",
        ):
            services.audit(action="x.y", subject=subject)
    return expected


def test_the_record_names_what_is_there_and_links_it(client, told):
    page = client.get("/accounts/audit/").content.decode()
    for subject, (label, address) in told.items():
        assert f'<a href="{address}">{label}</a><span class="note">{subject}</span>' in page, subject


def test_what_is_gone_keeps_its_code_and_has_no_link(client, told):
    page = client.get("/accounts/audit/?subject=title-set:999999").content.decode()
    assert "title-set:999999</td>" in page
    assert "/sets/999999/" not in page
    for subject in ("kbart:gone/preserved", "title-list:Gone", "odd"):
        event = AuditEvent.objects.get(subject=subject)
        page = client.get(f"/accounts/audit/{event.pk}/").content.decode()
        assert f"<dd>{subject}</dd>" in page, subject
    event = AuditEvent.objects.get(subject="user:nobody")
    page = client.get(f"/accounts/audit/{event.pk}/").content.decode()
    assert "<dd>person nobody <code>user:nobody</code></dd>" in page


def test_what_is_gone_and_has_a_name_keeps_it_beside_the_code(client):
    as_person(client, Role.SYSTEM)
    with transaction.atomic():
        services.audit(action="x.y", subject="export:999999")
    event = AuditEvent.objects.get(subject="export:999999")
    page = client.get("/accounts/audit/?subject=export:999999").content.decode()
    assert '<td>export 999999<span class="note">export:999999</span></td>' in page
    page = client.get(f"/accounts/audit/{event.pk}/").content.decode()
    assert "<dd>export 999999 <code>export:999999</code></dd>" in page


def test_the_page_of_an_event_names_it_too(client, told):
    for subject, (label, address) in told.items():
        event = AuditEvent.objects.get(subject=subject)
        page = client.get(f"/accounts/audit/{event.pk}/").content.decode()
        assert f'<a href="{address}">{label}</a>' in page, subject
        assert f"<code>{subject}</code>" in page, subject


def test_a_download_has_the_code(client, told):
    answer = b"".join(client.get("/accounts/audit/?format=csv").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(answer)))
    assert set(told) <= {row["Of what"] for row in rows}


def test_a_page_of_the_record_asks_once_for_each_kind(client, told, django_assert_max_num_queries):
    client.get("/accounts/audit/")
    with django_assert_max_num_queries(25) as before:
        client.get("/accounts/audit/")
    with transaction.atomic():
        for subject in [*told] * 4:
            services.audit(action="x.y", subject=subject)
    with django_assert_max_num_queries(len(before)):
        client.get("/accounts/audit/")


NUMBERED = (
    "alert",
    "job",
    "list-import",
    "holdings",
    "holdings-decision",
    "subscription",
    "selection",
    "decision",
)


@pytest.mark.parametrize("kind", [*NUMBERED, "kbart-edition", "kbart-check", "year"])
def test_a_number_of_what_is_gone_is_no_link(kind):
    subject = f"{kind}:999999"
    link = links([subject])[subject]
    assert link.url == ""
    assert "999999" in link.label


def test_a_number_of_what_is_there_is_one(client):
    job = make_job()
    done = Selection.objects.create(user=make_person("ann"), scope={"kind": "aus", "ids": []})
    year = YearReport.objects.create(year=2025, made_at=past(DAY))
    found = links([f"job:{job.pk}", f"selection:{done.pk}", f"year:{year.year}", "job:999999"])
    as_person(client, Role.SYSTEM)
    for subject, link in found.items():
        assert bool(link.url) == ("999999" not in subject)
        if link.url:
            assert client.get(link.url).status_code == 200, link.url


def test_many_of_a_kind_are_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        links(f"job:{n}" for n in range(50))
