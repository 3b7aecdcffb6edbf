"""What the pages of lists and imports say: before, after, and after it was taken back."""

import pytest

from apps.accounts.models import AuditEvent
from apps.titles.choices import ImportState
from apps.titles.models import ListedAu, ListImport, TitleList
from apps.titles.services import import_tdb_files, users
from tests.accounts.factories import make_person
from tests.asking import last_audit
from tests.titles.test_decisions import previewed
from tests.titles.test_pages import TDB, as_admin, media, text, upload, work  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
WHOLE = TDB.replace("    au < released ; 2003 ; too few >\n", "")
PART = "\n".join(line for line in WHOLE.splitlines() if "Volume 2" not in line and "Volume 4" not in line)


def applied(client, data: str = WHOLE, **more) -> ListImport:
    row = previewed(client, data=data.encode(), **more)
    client.post(
        f"/lists/imports/{row.pk}/apply/", {"version": row.version, **({"retire": "on"} if more else {})}
    )
    return work(row)


def test_a_preview_says_what_follows_of_the_present_choice(as_admin):  # noqa: F811
    applied(as_admin)
    newer = PART.replace("2001", "2011")
    row = previewed(as_admin, data=newer.encode())
    own = f"/lists/imports/{row.pk}/"
    assert "they stay listed unless you choose otherwise below" in text(as_admin.get(own))
    page = text(as_admin.get(f"{own}preview/"))
    assert "1 change " in page
    assert "2 more only if this is applied as the whole list" in page
    assert "no longer listed only if" not in page
    page = text(as_admin.get(f"{own}preview/?kind=retired"))
    assert "2 changes" in page
    assert "only if this is applied as the whole list; as chosen now it stays listed" in page
    row = previewed(as_admin, data=newer.encode(), retire="on")
    own = f"/lists/imports/{row.pk}/"
    page = text(as_admin.get(own))
    assert "would be no longer listed, unless you choose otherwise below" in page
    assert "stay listed" not in page
    page = text(as_admin.get(f"{own}preview/"))
    assert "3 changes" in page
    assert "only if" not in page


def test_a_preview_shows_what_is_new(as_admin):  # noqa: F811
    row = previewed(as_admin, data=WHOLE.encode())
    page = text(as_admin.get(f"/lists/imports/{row.pk}/preview/"))
    assert "publisher: Tidewater Press; " in page
    assert "year: 2001" in page
    assert "plugin: Sample" in page


def test_an_import_that_was_taken_back_is_told_in_the_past(as_admin):  # noqa: F811
    row = applied(as_admin)
    own = f"/lists/imports/{row.pk}/"
    assert "3 archival units are new in this list" in text(as_admin.get(own))
    as_admin.post(f"{own}undo/", {"version": row.version})
    page = text(as_admin.get(own))
    assert "are new in this list" not in page
    assert "archival units had been new, and were taken back" in page
    assert "It was undone by nina" in page
    assert "3 taken back" in text(as_admin.get(f"/lists/{row.title_list_id}/"))
    row = previewed(as_admin)
    own = f"/lists/imports/{row.pk}/"
    as_admin.post(f"{own}discard/", {"version": row.version})
    page = text(as_admin.get(own))
    assert "archival units would have been new" in page
    assert "It was given up by nina" in page
    assert "3 given up" in text(as_admin.get(f"/lists/{row.title_list_id}/"))


def test_the_lists_tell_what_was_applied_last(as_admin):  # noqa: F811
    done = applied(as_admin)
    waits = previewed(as_admin)
    page = as_admin.get("/lists/").content.decode()
    assert "Waits for a decision" in page
    # It was read into the catalogue all the same.
    assert "<time" in page[page.index("<tbody>") : page.index("</tbody>")]
    as_admin.post(f"/lists/imports/{waits.pk}/discard/", {"version": waits.version})
    page = as_admin.get("/lists/").content.decode()
    assert "Given up" not in page
    assert f'href="/lists/imports/{done.pk}/"' in page


def test_what_is_no_title_list_can_only_be_given_up(as_admin):  # noqa: F811
    row = previewed(as_admin, data=b"nothing\tof\tthis\n1\t2\t3\n", name="notes.tsv")
    own = f"/lists/imports/{row.pk}/"
    page = as_admin.get(own).content.decode()
    assert ">Apply</button>" not in page
    assert "there is nothing to apply" in page
    as_admin.post(f"{own}apply/", {"version": row.version})
    row.refresh_from_db()
    assert row.state == ImportState.PREVIEW
    as_admin.post(f"{own}discard/", {"version": row.version})
    row.refresh_from_db()
    assert row.state == ImportState.DISCARDED


def test_a_list_that_came_to_nothing_can_be_deleted(as_admin):  # noqa: F811
    row = previewed(as_admin)
    own = f"/lists/{row.title_list_id}/"
    assert f"{own}delete/" in as_admin.get(own).content.decode()
    assert "was ever applied" in text(as_admin.post(f"{own}delete/"))
    as_admin.post(f"{own}delete/", {"confirmed": "yes", "was": "Another"})
    assert TitleList.objects.exists()
    as_admin.post(f"{own}delete/", {"confirmed": "yes", "was": "Riverside"})
    assert not TitleList.objects.exists()
    assert last_audit().action == "titles.delete-list"
    row = applied(as_admin)
    own = f"/lists/{row.title_list_id}/"
    assert f"{own}delete/" not in as_admin.get(own).content.decode()
    as_admin.post(f"{own}delete/", {"confirmed": "yes", "was": "Riverside"})
    as_admin.post(f"/lists/imports/{row.pk}/undo/", {"version": row.version})
    as_admin.post(f"{own}delete/", {"confirmed": "yes", "was": "Riverside"})
    assert TitleList.objects.get().name == "Riverside"


def test_a_list_is_renamed_with_its_record(as_admin):  # noqa: F811
    row = applied(as_admin).title_list
    import_tdb_files(files=[("b.tdb", WHOLE.encode())], list_name="Taken")
    address = f"/lists/{row.pk}/rename/"
    form = as_admin.get(address).context["form"].initial
    answer = as_admin.post(address, {**form, "name": "Taken"})
    assert answer.status_code == 422
    assert "Another list is called Taken." in text(answer)
    assert as_admin.post(address, {**form, "name": " River  bank "})["Location"] == f"/lists/{row.pk}/"
    row.refresh_from_db()
    assert row.name == "River bank"
    # An old form says so and changes nothing.
    assert "is called River bank since" in text(as_admin.post(address, {**form, "name": "Delta"}))
    event = AuditEvent.objects.get(action="titles.rename-list")
    assert (event.before, event.after) == ({"name": "Riverside"}, {"name": "River bank"})


def test_who_may_rename_and_delete(client, as_admin):  # noqa: F811
    row = previewed(as_admin).title_list
    for role in ("reader", "librarian"):
        client.force_login(make_person(role, role))
        page = client.get(f"/lists/{row.pk}/").content.decode()
        for act in ("rename/", "delete/"):
            assert f"/lists/{row.pk}/{act}" not in page
            assert (
                client.post(f"/lists/{row.pk}/{act}", {"confirmed": "yes", "was": row.name}).status_code
                == 403
            )


def test_without_users_nothing_stands_in_the_way(as_admin):  # noqa: F811
    row = applied(as_admin)
    assert not users(row).exists()
    assert "Nothing stands in the way" in text(as_admin.get(f"/lists/imports/{row.pk}/used/"))
    assert ListedAu.objects.count() == 3


def test_new_units_of_titles_with_one_name_belong_to_each_of_them(as_admin):  # noqa: F811
    other = WHOLE.replace("Tidewater Press", "Harbour House").replace("tide.example", "harbour.example")
    row = previewed(as_admin, data=f"{WHOLE}\n{other}".encode())
    named = {(line.fields["publisher"][1], line.title_name) for line in row.preview.filter(kind="added")}
    assert len({title for _, title in named}) < len(named)
    assert f"belong to {len(named)} titles" in text(as_admin.get(f"/lists/imports/{row.pk}/"))


def test_new_lines_of_one_title_belong_to_one(as_admin):  # noqa: F811
    heads = ("publication_title", "print_identifier", "date_first_issue_online", "date_last_issue_online")
    lines = [heads, *(("Kelp Letters", "2049-3630", str(year), str(year + 2)) for year in (1990, 1995, 2001))]
    data = "".join(
        "\t".join((*line, "Harbour House" if n else "publisher_name")) + "\n" for n, line in enumerate(lines)
    )
    row = previewed(as_admin, data=data.encode(), name="kelp.txt")
    assert row.added == 3
    assert "belong to 1 title." in text(as_admin.get(f"/lists/imports/{row.pk}/"))


def test_nothing_to_choose_about_is_promised_where_nothing_would_go(as_admin):  # noqa: F811
    row = previewed(as_admin, data=WHOLE.encode(), retire="on")
    assert row.retired == 0
    assert "choose otherwise" not in text(as_admin.get(f"/lists/imports/{row.pk}/"))


def test_a_preview_that_was_decided_about_is_told_in_the_past(as_admin):  # noqa: F811
    row = previewed(as_admin, data=WHOLE.encode())
    own = f"/lists/imports/{row.pk}/preview/"
    assert "Nothing of it is done yet." in text(as_admin.get(own))
    as_admin.post(f"/lists/imports/{row.pk}/apply/", {"version": row.version})
    work(row)
    page = text(as_admin.get(own))
    assert "Nothing of it is done yet." not in page
    assert "As it was shown before it was decided." in page
