"""The pages on which a person decides about an import: preview, apply, give up, undo."""

import re
import uuid

import pytest

from apps.common.display import day_text
from apps.common.models import Job
from apps.titles.models import ListedAu, ListImport
from apps.titles.services import import_kbart_file
from tests.accounts.factories import make_person
from tests.titles.test_pages import TDB, as_admin, media, text, upload, work  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


def previewed(client, **more) -> ListImport:
    upload(client, **more)
    return work(ListImport.objects.latest("pk"))


def test_an_upload_waits_for_a_person(as_admin):  # noqa: F811
    row = previewed(as_admin)
    own = f"/lists/imports/{row.pk}/"
    said = text(as_admin.get(own))
    assert "Waits for a decision" in said
    assert "3 archival units would be new" in said
    assert not ListedAu.objects.exists()
    assert "Journal of Estuarine Studies Volume 2" in text(as_admin.get(f"{own}preview/"))
    assert as_admin.get(f"{own}preview/?kind=nonsense").status_code == 400
    assert as_admin.get(f"{own}preview/?sort=nonsense").status_code == 400
    form = {"version": row.version}
    assert as_admin.post(f"{own}apply/", form)["Location"] == own
    # Sent twice: the same act.
    assert as_admin.post(f"{own}apply/", form)["Location"] == own
    assert "still" not in text(as_admin.get(own))
    work(row)
    assert ListedAu.objects.count() == 3
    page = as_admin.get(own)
    assert "Undo this import" in text(page)
    asked = as_admin.get(f"{own}undo/")
    assert "3 archival units that it added leave the list" in text(asked)
    row.refresh_from_db()
    assert as_admin.post(f"{own}undo/", {"version": row.version - 1})["Location"] == own
    assert ListedAu.objects.count() == 3
    as_admin.post(f"{own}undo/", {"version": row.version})
    assert not ListedAu.objects.exists()
    assert "Undone" in text(as_admin.get(own))


def test_what_an_import_added_is_not_denied(as_admin):  # noqa: F811
    row = previewed(as_admin)
    assert "This import was not applied." in text(as_admin.get(f"/lists/imports/{row.pk}/changes/"))
    as_admin.post(f"/lists/imports/{row.pk}/apply/", {"version": row.version})
    work(row)
    page = as_admin.get(f"/lists/imports/{row.pk}/")
    assert f"<h1>Import of {row.title_list.name}, {day_text(row.created_at)}</h1>" in page.content.decode()
    assert f"Import {row.pk} · " in text(page)
    changed = text(as_admin.get(f"/lists/imports/{row.pk}/changes/"))
    assert "Nothing else was changed" in changed
    assert "was known already" not in changed
    again = previewed(as_admin)
    as_admin.post(f"/lists/imports/{again.pk}/apply/", {"version": again.version})
    work(again)
    assert "was known already" in text(as_admin.get(f"/lists/imports/{again.pk}/changes/"))
    page = text(as_admin.get(f"/lists/imports/{row.pk}/"))
    assert "Undo this import" in page


def test_the_same_form_twice_is_one_import(as_admin):  # noqa: F811
    key = str(uuid.uuid4())
    first = upload(as_admin, request_key=key)
    again = upload(as_admin, request_key=key)
    assert first["Location"] == again["Location"]
    assert (ListImport.objects.count(), Job.objects.count()) == (1, 1)
    upload(as_admin, request_key=str(uuid.uuid4()))
    assert ListImport.objects.count() == 2


def test_what_it_omits_is_asked_with_its_number(as_admin):  # noqa: F811
    whole = TDB.replace("    au < released ; 2003 ; too few >\n", "")
    row = previewed(as_admin, data=whole.encode())
    as_admin.post(f"/lists/imports/{row.pk}/apply/", {"version": row.version})
    work(row)
    part = "\n".join(line for line in whole.splitlines() if "Volume 2" not in line)
    row = previewed(as_admin, data=part.encode())
    own = f"/lists/imports/{row.pk}/"
    assert "Take the 1 archival unit that it does not name as no longer listed" in text(as_admin.get(own))
    as_admin.post(f"{own}apply/", {"version": row.version, "retire": "on"})
    assert work(row).retired == 1


def test_an_old_form_and_a_broken_one_do_nothing(as_admin):  # noqa: F811
    row = previewed(as_admin)
    own = f"/lists/imports/{row.pk}/"
    for data in ({}, {"version": "x"}, {"version": row.version + 1}):
        for act in ("apply/", "discard/"):
            assert as_admin.post(own + act, data)["Location"] == own
    row.refresh_from_db()
    assert row.state == "preview"
    as_admin.post(f"{own}discard/", {"version": row.version})
    assert "Given up" in text(as_admin.get(own))


def test_who_may_decide(client, as_admin, media):  # noqa: F811
    row = previewed(as_admin)
    own = f"/lists/imports/{row.pk}/"
    as_admin.logout()
    for address in ("preview/", "undo/"):
        assert client.get(own + address)["Location"].startswith("/accounts/sign-in/")
    for address in ("apply/", "discard/", "undo/"):
        assert client.post(own + address)["Location"].startswith("/accounts/sign-in/")
    for role in ("reader", "librarian"):
        client.force_login(make_person(role, role))
        assert client.get(f"{own}preview/").status_code == 200
        assert "A network administrator decides about it." in text(client.get(own))
        assert client.get(f"{own}undo/").status_code == 403
        for address in ("apply/", "discard/", "undo/"):
            assert client.post(own + address, {"version": row.version}).status_code == 403
    row.refresh_from_db()
    assert row.state == "preview"


def line(name: str, volume: str, first: str = "2001", last: str = "", **more: str) -> str:
    return "\t".join((name, first, volume, last, more.get("depth", "fulltext"), "Tidewater Press")) + "\n"


HEAD = (
    "publication_title\tdate_first_issue_online\tnum_first_vol_online\tdate_last_issue_online\t"
    "coverage_depth\tpublisher_name\n"
)


def test_every_line_of_a_preview_says_what_changes(as_admin, tmp_path):  # noqa: F811
    """Lines of coverage as well as units: new ones, other ones, and those that are gone or come again."""
    path = tmp_path / "tide.txt"
    path.write_text(HEAD + line("Kept", "1") + line("Gone", "3") + line("Back", "4"))
    import_kbart_file(path=path, list_name="Riverside")
    path.write_text(HEAD + line("Kept", "1") + line("Gone", "3"))
    import_kbart_file(path=path, list_name="Riverside", retire=True)
    new = HEAD + line("Kept", "1", last="2020") + line("Back", "4") + line("New", "7", depth="abstracts")
    row = previewed(as_admin, data=new.encode(), name="tide.txt", retire="on")
    table = as_admin.get(f"/lists/imports/{row.pk}/preview/").context["list"]
    said = {
        (one.name, one.kind): cells(shown)[-1] for one, shown in zip(table.items, table.rows, strict=True)
    }
    assert said[("New", "added")] == (
        "publisher: Tidewater Press; first date: 2001; first volume: 7; depth of coverage: abstracts"
    )
    assert said[("Kept", "changed")] == "last date: nothing → 2020"
    assert said[("Back", "returned")] == "no longer listed → listed"
    assert said[("Gone", "retired")] == "listed → no longer listed"
    lines = {one.name: one.title_name for one in table.items if one.kind != "title"}
    assert lines == {"New": "2001 –", "Kept": "2001 –", "Back": "2001 –", "Gone": "2001 –"}


def cells(row: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", one) for one in re.findall(r"<td[^>]*>(.*?)</td>", row)]
