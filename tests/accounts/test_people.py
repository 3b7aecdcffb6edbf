"""People and their roles: who may change whom, and what is left of it in the audit record."""

import re
import threading

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client, RequestFactory

from apps.accounts import services
from apps.accounts.access import role_required
from apps.accounts.api import HasRole
from apps.accounts.choices import Role
from apps.accounts.errors import AccountCode, AccountError
from apps.accounts.models import AuditEvent, User
from tests.accounts.factories import PASSWORD, make_person

pytestmark = pytest.mark.django_db
PAGES = ("/accounts/people/", "/accounts/people/new/", "/accounts/audit/")
NEW = {
    "username": "dora",
    "password1": "seven quiet herons",
    "password2": "seven quiet herons",
    "roles": ["reader"],
}


@pytest.fixture
def alice() -> User:
    return make_person("alice", Role.SYSTEM)


@pytest.fixture
def bob() -> User:
    return make_person("bob", Role.LIBRARIAN)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def last() -> AuditEvent:
    return AuditEvent.objects.order_by("-pk").first()


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("role", [Role.NETWORK, Role.LIBRARIAN, Role.REPORTS, Role.READER])
def test_the_wrong_person_is_refused(address, role) -> None:
    assert as_(make_person("carol", role)).get(address).status_code == 403


@pytest.mark.parametrize("address", [*PAGES, "/me/", "/accounts/password/", "/accounts/people/1/"])
def test_nobody_is_sent_to_sign_in_and_back(client, alice, address) -> None:
    response = client.get(address + "?size=25")
    assert response.status_code == 302
    assert (
        response["Location"]
        == f"/accounts/sign-in/?next={(address + '?size=25').replace('/', '%2F').replace('?', '%3F').replace('=', '%3D')}"
    )


def test_htmx_is_told_to_leave_the_page(client, alice) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/aus/?state=x"}
    response = client.get("/accounts/people/", headers=headers)
    assert response.status_code == 200
    assert response["HX-Redirect"] == "/accounts/sign-in/?next=%2Faus%2F%3Fstate%3Dx"
    assert response.content == b""


@pytest.mark.parametrize("address", PAGES)
def test_the_right_person_sees_the_page(alice, address) -> None:
    assert as_(alice).get(address).status_code == 200


def test_a_person_is_added_with_roles_and_recorded(alice) -> None:
    response = as_(alice).post("/accounts/people/new/", {**NEW, "roles": ["reader", "librarian"]})
    assert response.status_code == 302
    dora = User.objects.get(username="dora")
    assert dora.roles == ["librarian", "reader"]
    assert dora.check_password(NEW["password1"])
    event = last()
    assert (event.action, event.subject, event.username, event.before) == (
        "accounts.create",
        "user:dora",
        "alice",
        None,
    )
    assert event.after["roles"] == ["librarian", "reader"]
    assert len(event.request_id) == 16
    assert "heron" not in str(event.after)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"username": "ALICE"}, "already has the name"),
        ({"username": "a b"}, "valid username"),
        ({"username": "a\0b"}, "Null characters"),
        ({"password2": "other"}, "not the same"),
        ({"password1": "short", "password2": "short"}, "too short"),
        (
            {"password1": "dora-dora-dora", "password2": "dora-dora-dora", "first_name": "dora-dora-dora"},
            "too similar",
        ),
        ({"roles": ["king"]}, "king is not one of"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_changed(alice, changes, said) -> None:
    response = as_(alice).post("/accounts/people/new/", {**NEW, **changes})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert User.objects.count() == 1
    assert not AuditEvent.objects.exists()


def test_roles_are_changed_and_recorded_before_and_after(alice, bob) -> None:
    data = {"first_name": "Bob", "roles": ["network"], "is_active": "on", "seen": services.mark_of(bob)}
    assert as_(alice).post(f"/accounts/people/{bob.pk}/", data).status_code == 302
    bob.refresh_from_db()
    assert (bob.roles, bob.first_name) == (["network"], "Bob")
    event = last()
    assert event.action == "accounts.change"
    assert (event.before["roles"], event.after["roles"]) == (["librarian"], ["network"])
    count = AuditEvent.objects.count()
    as_(alice).post(f"/accounts/people/{bob.pk}/", {**data, "seen": services.mark_of(bob)})
    assert AuditEvent.objects.count() == count


@pytest.mark.parametrize("data", [{"roles": ["reader"], "is_active": "on"}, {"roles": ["system"]}])
def test_the_last_administrator_stays_one(alice, bob, data) -> None:
    data = {**data, "seen": services.mark_of(alice)}
    response = as_(alice).post(f"/accounts/people/{alice.pk}/", data)
    assert response.status_code == 422
    assert "last system administrator" in response.content.decode()
    alice.refresh_from_db()
    assert alice.has_role(Role.SYSTEM)
    make_person("second", Role.SYSTEM)
    data |= {"confirmed": "yes"}
    assert as_(alice).post(f"/accounts/people/{alice.pk}/", data).status_code == 302


@pytest.mark.parametrize(
    ("data", "title", "said"),
    [
        ({"roles": []}, "Close your own account?", "cannot sign in any more"),
        ({"roles": ["reader", "reports"], "is_active": "on"}, "Give your own role", "is changed."),
        ({"roles": [], "is_active": "on"}, "Give your own role", "has no role now"),
    ],
)
def test_who_closes_themselves_out_is_asked_first(alice, data, title, said) -> None:
    make_person("second", Role.SYSTEM)
    client, page = as_(alice), f"/accounts/people/{alice.pk}/"
    asked = client.post(page, {"first_name": "Alice", "seen": services.mark_of(alice), **data})
    assert asked.status_code == 200
    assert title in asked.content.decode()
    alice.refresh_from_db()
    assert (alice.roles, alice.is_active) == (["system"], True)
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.content.decode())
    answer: dict[str, list[str]] = {}
    for name, value in fields:
        answer.setdefault(name, []).append(value)
    done = client.post(page, answer, follow=True)
    alice.refresh_from_db()
    assert (alice.roles, alice.is_active, alice.first_name) == (
        [role for role in Role.values if role in data["roles"]],
        "is_active" in data,
        "Alice",
    )
    assert done.status_code == 200
    assert said in done.content.decode()
    assert ("has no role now" in done.content.decode()) == (data == {"roles": [], "is_active": "on"})


def test_another_whose_account_is_closed_is_said_to_be_out_and_nobody_is_asked(alice, bob) -> None:
    data = {"roles": [], "seen": services.mark_of(bob)}
    done = as_(alice).post(f"/accounts/people/{bob.pk}/", data, follow=True).content.decode()
    assert "cannot sign in any more" in done
    assert "has no role now" not in done


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_take_the_role_from_each_other() -> None:
    pair = [make_person(name, Role.SYSTEM) for name in ("alice", "zoe")]
    barrier = threading.Barrier(2)
    refused = []

    def demote(by: User, person: User) -> None:
        barrier.wait(10)
        try:
            services.change_person(person=person, by=by, roles=[])
        except AccountError as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=args) for args in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert refused == [AccountCode.LAST_ADMINISTRATOR]
    assert User.objects.administrators().count() == 1


def test_a_person_who_may_not_sign_in_is_out_at_once(alice, bob) -> None:
    client = as_(bob)
    assert client.get("/me/").status_code == 200
    services.change_person(person=bob, by=alice, is_active=False)
    assert client.get("/me/").status_code == 302
    assert not Client().login(username="bob", password=PASSWORD)


def test_a_set_password_ends_the_others_sessions(alice, bob) -> None:
    client, page = as_(bob), f"/accounts/people/{bob.pk}/password/"
    assert as_(alice).get(page).status_code == 200
    data = {"password1": "seven quiet herons", "password2": "seven quiet herons"}
    assert as_(alice).post(page, data).status_code == 302
    assert client.get("/me/").status_code == 302
    assert last().action == "accounts.set-password"
    assert as_(User.objects.get(pk=bob.pk)).post(page, data).status_code == 403


def test_unknown_names_of_services_are_faults(alice) -> None:
    with pytest.raises(TypeError, match="password"):
        services.change_person(person=alice, by=alice, password="x")
    with pytest.raises(ValueError, match="king"):
        services.create_user(username="x", password="y", roles=["king"])


def test_the_list_of_people(alice, bob) -> None:
    client = as_(alice)

    def names(query: str) -> list[str]:
        return [user.username for user in client.get("/accounts/people/" + query).context["list"].items]

    assert names("") == ["alice", "bob"]
    assert names("?sort=-name") == ["bob", "alice"]
    assert names("?role=librarian") == ["bob"]
    assert names("?active=no") == []
    assert names("?q=ALI") == ["alice"]
    assert client.get("/accounts/people/?role=king").status_code == 400
    assert client.get("/accounts/people/?colour=red").status_code == 400
    rows = b"".join(client.get("/accounts/people/?format=tsv").streaming_content).decode()
    assert rows.splitlines()[1].startswith("alice\tsystem administrator\t")


@pytest.mark.parametrize(
    ("mine", "asked", "may"),
    [
        ([Role.SYSTEM], [Role.REPORTS], True),
        ([Role.LIBRARIAN], [Role.REPORTS, Role.LIBRARIAN], True),
        ([Role.LIBRARIAN], [Role.NETWORK], False),
        ([], [Role.READER], False),
        ([], [], True),
    ],
)
def test_roles_of_views_and_of_rest_agree(mine, asked, may) -> None:
    from django.core.exceptions import PermissionDenied

    request = RequestFactory().get("/")
    request.user = make_person("carol", *mine)
    view = role_required(*asked)(lambda request: "seen")
    if may:
        assert view(request) == "seen"
    else:
        with pytest.raises(PermissionDenied):
            view(request)
    assert HasRole.of(*asked)().has_permission(request, None) is may
    request.user.is_active = False
    assert not HasRole.of(*asked)().has_permission(request, None)
    request.user = AnonymousUser()
    assert not HasRole.of(*asked)().has_permission(request, None)


def test_djangos_own_command_makes_a_system_administrator() -> None:
    call_command("createsuperuser", username="root", email="r@alder.example", interactive=False, verbosity=0)
    assert User.objects.get(username="root").has_role(Role.SYSTEM)


def test_audit_needs_a_transaction_and_keeps_any_words(alice) -> None:
    with transaction.atomic():
        event = services.audit(
            action="x.y", subject="s\0", user=alice, before={"a": "\ud800"}, after=[float("inf")]
        )
    event.refresh_from_db()
    assert (event.subject, event.before, event.after) == ("s\ufffd", {"a": "\ufffd"}, ["inf"])


@pytest.mark.django_db(transaction=True)
def test_audit_outside_of_a_transaction_is_a_fault() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        services.audit(action="x.y", subject="s")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditevent SET subject = 'other'",
        "DELETE FROM accounts_auditevent",
    ],
)
def test_the_database_refuses_to_change_the_record(alice, statement) -> None:
    from django.db import DatabaseError

    with transaction.atomic():
        services.audit(action="x.y", subject="s", user=alice)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert AuditEvent.objects.get().subject == "s"


def test_truncating_the_record_is_refused_where_no_test_switched_it_off() -> None:
    """The suite disables this one trigger to empty its tables; a node never does."""
    from django.db import DatabaseError

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditevent ENABLE TRIGGER audit_no_truncate")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute("TRUNCATE accounts_auditevent")
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER audit_no_truncate")


def test_the_pages_of_the_record(alice, bob) -> None:
    services.change_person(person=bob, by=alice, roles=["network"], first_name="<Bob>")
    services.set_password(person=bob, password="x", by=alice)
    client = as_(alice)
    page = client.get("/accounts/audit/?subject=user:bob")
    assert "set somebody&#x27;s password" in page.content.decode()
    assert [event.action for event in page.context["list"].items] == [
        "accounts.set-password",
        "accounts.change",
    ]
    assert client.get("/accounts/audit/?who=bob").context["list"].items == []
    assert client.get("/accounts/audit/?since=2999-01-01").context["list"].items == []
    event = AuditEvent.objects.get(action="accounts.change")
    html = client.get(f"/accounts/audit/{event.pk}/").content.decode()
    assert "first_name: &lt;Bob&gt;" in html
    assert html.count('class="differs"') == 4
    assert client.get("/accounts/audit/999999/").status_code == 404


READS_ALL = "reads every page"


def test_the_form_says_what_somebody_without_a_role_can_do(alice) -> None:
    for page in ("/accounts/people/new/", f"/accounts/people/{make_person('dan').pk}/"):
        assert READS_ALL in as_(alice).get(page).content.decode()


def test_who_is_made_without_a_role_is_told_as_that(alice) -> None:
    browser = as_(alice)
    page = browser.post("/accounts/people/new/", {**NEW, "roles": []}, follow=True).content.decode()
    assert "dora may sign in from now on, without a role" in page
    # The list goes on saying so, in the row of that person alone.
    assert page.count("reads every page") == 2
    dora = User.objects.get(username="dora")
    assert "no role" in browser.get("/accounts/people/?role=none").content.decode()
    assert [row.pk for row in browser.get("/accounts/people/?role=none").context["list"].items] == [dora.pk]
    # What the words promise: reading is open, acting is not.
    reader = as_(dora)
    assert reader.get("/aus/").status_code == 200
    assert reader.post("/findings/act/").status_code == 403


def test_a_role_that_goes_leaves_somebody_without_any(alice, bob) -> None:
    browser = as_(alice)
    form = browser.get(f"/accounts/people/{bob.pk}/").context["form"]
    data = {"is_active": "on", "seen": form["seen"].value(), "roles": []}
    page = browser.post(f"/accounts/people/{bob.pk}/", data, follow=True).content.decode()
    assert "bob is changed, and has no role now" in page


def test_who_has_a_role_is_not_warned_of(alice) -> None:
    page = as_(alice).post("/accounts/people/new/", NEW, follow=True).content.decode()
    assert READS_ALL not in page
