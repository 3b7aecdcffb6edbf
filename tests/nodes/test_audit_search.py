"""The audit record is searched by what its list shows: the act in words, the name of what it is about, and who."""

import pytest
from django.db import transaction
from django.utils.translation import override

from apps.accounts import services
from apps.accounts.acts import said
from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.common import subjects as kinds
from apps.kbart.models import Series
from apps.network.models import Member
from apps.titles.models import TitleList
from tests.accounts.factories import make_person
from tests.asking import as_person
from tests.factories import DAY, make_au, make_job, past

pytestmark = pytest.mark.django_db


@pytest.fixture
def acts(client):
    """Subjects by name; the reader is an administrator."""
    au = make_au("Journal of Tidal Studies Volume 1")
    member = Member.objects.create(
        name="Hillside Library", name_key="hillside library", applied_on=past(DAY).date()
    )
    series = Series.objects.create(label="Holdings for EBSCO", slug="alder", part="preserved")
    listed = TitleList.objects.create(name="Riverside: 2026", source="upload")
    subjects = {
        "au": f"au:{au.slug}",
        "member": f"member:{member.pk}",
        "series": series.audit_subject,
        "list": f"title-list:{listed.name}",
        "store": "store:content",
        "job": f"job:{make_job().pk}",
        "far": "member:99999999999999999999",
    }
    as_person(client, Role.SYSTEM)
    bob = make_person("bob")
    with transaction.atomic():
        for subject in subjects.values():
            services.audit(action="x.y", subject=subject)
        services.audit(user=bob, action="aus.deactivate", subject=subjects["au"])
    return subjects


def found(client, text: str, language: str = "en") -> set[str]:
    address = {"q": text, "format": "csv"}
    page = client.get("/accounts/audit/", address, headers={"Accept-Language": language})
    assert page.status_code == 200
    told = b"".join(page.streaming_content).decode("utf-8-sig").splitlines()[1:]
    return {one.subject for one in AuditEvent.objects.filter(pk__in=[line.split(",")[0] for line in told])}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("hillside", {"member"}),
        ("Hillside Library", {"member"}),
        ("Journal of Tidal", {"au"}),
        ("deactivated tidal", {"au"}),
        ("bob deactivated", {"au"}),
        ("bob hillside", set()),
        ("ebsco", {"series"}),
        ("alder", {"series"}),
        ("riverside", {"list"}),
        ("the store", {"store"}),
        ("job", {"job"}),
        ("nowhere", set()),
        ("x.y tidal", {"au"}),
    ],
)
def test_what_the_list_shows_is_found(client, acts, text, names):
    assert found(client, text) == {acts[name] for name in names}


def test_what_the_node_itself_did_is_found_by_its_name(client, acts):
    # The word stands in names of nodes, too; nobody else's act is among them.
    assert found(client, "the node x.y") == set(acts.values())
    assert found(client, "the node deactivated") == set()


def test_acts_are_found_in_the_readers_language(client, acts):
    with override("es"):
        word = str(said("aus.deactivate")).split()[0]
    assert found(client, word, "es") == {acts["au"]}
    assert found(client, "deactivated", "es") == set()


def test_a_search_asks_as_often_for_one_word_as_for_a_kind_with_many_rows(
    client, acts, django_assert_max_num_queries
):
    client.get("/accounts/audit/?q=journal")
    with django_assert_max_num_queries(30) as before:
        client.get("/accounts/audit/?q=journal")
    for n in range(2, 12):
        au = make_au(f"Journal {n}")
        services.audit(action="x.y", subject=f"au:{au.slug}")
    with django_assert_max_num_queries(len(before)):
        page = client.get("/accounts/audit/?q=journal").content.decode()
    assert "Journal 11" in page


def test_every_kind_whose_name_is_not_its_code_can_be_searched():
    # Their names are what follows the kind, which is kept.
    assert {kind for kind in kinds.known() if not isinstance(kinds._looks[kind], kinds.Kind)} == {
        "address",
        "plugin",
        "title-list",
    }
    assert kinds.links(["plugin:a.b"])["plugin:a.b"].label == "a.b"


def test_on_a_telephone_it_says_who(client, acts):
    """The column of who did it fell away there."""
    page = client.get("/accounts/audit/?q=deactivated").content.decode()
    assert '<span class="note only-narrow">By bob</span>' in page
