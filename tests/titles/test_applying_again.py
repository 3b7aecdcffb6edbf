"""An import that was undone is done once more: at once where nothing else came meanwhile, else as a preview."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from django.http import QueryDict

from apps.common.lists.query import parse
from apps.common.lists.show import in_order
from apps.common.models import Job
from apps.plugins.models import Plugin
from apps.titles.choices import ImportState
from apps.titles.errors import ListError
from apps.titles.lists_preview import preview_rows, preview_table
from apps.titles.models import ListedAu, ListImport, PreviewLine
from apps.titles.services import import_tdb_files
from apps.titles.services.importing import run_import
from apps.titles.services.repeating import Repeat, repeat_import, repeats_how
from tests.accounts.factories import make_person
from tests.aus.factories import load_sample
from tests.titles.factories import make_import, read_au, read_file, read_title
from tests.titles.test_pages import TDB, as_admin, media, text, work  # noqa: F401 - fixtures
from tests.titles.test_what_is_said import WHOLE, applied

pytestmark = pytest.mark.django_db


def undone(client, data: str = WHOLE, **more) -> ListImport:
    row = applied(client, data, **more)
    client.post(f"/lists/imports/{row.pk}/undo/", {"version": row.version})
    row.refresh_from_db()
    assert row.state == ImportState.UNDONE
    return row


def test_an_import_in_the_catalogue_is_called_applied(as_admin):  # noqa: F811
    row = applied(as_admin)
    for address in (f"/lists/imports/{row.pk}/", "/lists/", f"/lists/{row.title_list_id}/"):
        assert "Applied, with findings" in text(as_admin.get(address))
    clean = applied(as_admin, WHOLE.replace(" ; eissn = nonsense", "").replace("perhaps", "released"))
    page = text(as_admin.get(f"/lists/imports/{clean.pk}/"))
    assert "Applied" in page
    assert "with findings" not in page


def test_a_list_whose_import_was_undone_says_so(as_admin):  # noqa: F811
    row = undone(as_admin)
    page = text(as_admin.get("/lists/"))
    assert "undone just now" in page
    assert "never" not in page
    # Another that stands is what counts.
    import_tdb_files(files=[("b.tdb", TDB.encode())], list_name="Riverside")
    assert "undone just now" not in text(as_admin.get("/lists/"))
    assert row.undone_at is not None


def test_what_was_undone_is_applied_again_without_another_look(as_admin):  # noqa: F811
    row = undone(as_admin)
    own = f"/lists/imports/{row.pk}/"
    page = as_admin.get(own)
    assert "Apply again" in text(page)
    form = {"version": row.version}
    answer = as_admin.post(f"{own}again/", form)
    again = ListImport.objects.latest("pk")
    assert answer["Location"] == f"/lists/imports/{again.pk}/"
    assert again.state == ImportState.APPLYING
    # Sent twice, one act.
    assert as_admin.post(f"{own}again/", form)["Location"] == f"/lists/imports/{again.pk}/"
    assert ListImport.objects.count() == 2
    again = work(again)
    assert (again.state, again.added, again.user.username) == (ImportState.DONE, 3, "nina")
    assert ListedAu.objects.count() == 3
    page = text(as_admin.get(own))
    assert "Apply again" not in page
    assert f"Import {again.pk} did it once more" in page
    row.refresh_from_db()
    assert row.state == ImportState.UNDONE


def test_what_was_applied_again_can_be_undone_and_applied_again(as_admin):  # noqa: F811
    row = undone(as_admin)
    as_admin.post(f"/lists/imports/{row.pk}/again/", {"version": row.version})
    again = work(ListImport.objects.latest("pk"))
    as_admin.post(f"/lists/imports/{again.pk}/undo/", {"version": again.version})
    assert not ListedAu.objects.exists()
    again.refresh_from_db()
    as_admin.post(f"/lists/imports/{again.pk}/again/", {"version": again.version})
    third = work(ListImport.objects.latest("pk"))
    assert third.pk != again.pk
    assert ListedAu.objects.count() == 3


def test_after_another_import_it_is_read_again_and_shown_first(as_admin):  # noqa: F811
    row = undone(as_admin)
    import_tdb_files(files=[("b.tdb", TDB.encode())], list_name="Another")
    own = f"/lists/imports/{row.pk}/"
    page = text(as_admin.get(own))
    assert "Apply again" not in page
    assert "Read it again" in page
    as_admin.post(f"{own}again/", {"version": row.version})
    again = work(ListImport.objects.latest("pk"))
    assert (again.state, again.ask) == (ImportState.PREVIEW, True)
    assert "would be new" in text(as_admin.get(f"/lists/imports/{again.pk}/"))


def test_a_file_that_changed_is_shown_first(as_admin):  # noqa: F811
    row = undone(as_admin)
    as_admin.post(f"/lists/imports/{row.pk}/again/", {"version": row.version})
    again = ListImport.objects.latest("pk")
    Path(again.stored_path).write_text(WHOLE.replace("2001", "2011"))
    again = work(again)
    assert again.state == ImportState.PREVIEW
    assert "has changed since it was looked at" in again.error
    assert not ListedAu.objects.exists()


def test_a_file_that_is_gone_is_told_with_what_to_do(as_admin):  # noqa: F811
    row = undone(as_admin)
    Path(row.stored_path).unlink()
    own = f"/lists/imports/{row.pk}/"
    page = text(as_admin.get(own))
    assert "Apply again" not in page
    assert "Read it again" not in page
    assert "Its file is no longer kept here" in page
    assert as_admin.post(f"{own}again/", {"version": row.version})["Location"] == own
    assert ListImport.objects.count() == 1


def test_old_forms_and_other_states_do_nothing(as_admin):  # noqa: F811
    row = undone(as_admin)
    own = f"/lists/imports/{row.pk}/"
    for data in ({}, {"version": "x"}, {"version": row.version - 1}):
        assert as_admin.post(f"{own}again/", data)["Location"] == own
    assert ListImport.objects.count() == 1
    done = applied(as_admin)
    with pytest.raises(ListError):
        repeat_import(list_import=done, version=done.version, user=make_person("otto", "network"))
    assert repeats_how(done) is None
    assert repeats_how(row) is Repeat.READ


def test_only_network_administrators_apply_again(client, as_admin):  # noqa: F811
    row = undone(as_admin)
    own = f"/lists/imports/{row.pk}/"
    for role in ("reader", "librarian"):
        client.force_login(make_person(role, role))
        assert "Apply again" not in text(client.get(own))
        assert client.post(f"{own}again/", {"version": row.version}).status_code == 403
    assert not Job.objects.filter(state="waiting").exists()


def needing(**platforms: int) -> ListImport:
    """A preview of so many new units of each platform."""
    title = read_title("Sem plugin", publisher="Marsh")
    aus, volume = [], 0
    for name, number in platforms.items():
        for _ in range(number):
            volume += 1
            aus.append(replace(read_au(title, volume), plugin_id=f"org.example.{name}"))
    row = make_import("Other", ask=True)
    return run_import(list_import=row, files=[read_file(aus)])


def test_a_preview_names_the_plugins_that_are_not_here(as_admin):  # noqa: F811
    load_sample()
    row = needing(Rare=1, Common=3)
    page = as_admin.get(f"/lists/imports/{row.pk}/")
    shown = page.content.decode()
    assert "The new archival units belong to 1 title." in text(page)
    assert "4 of the new archival units cannot be collected with the plugins of this node." in text(page)
    for name, number in (("Common", 3), ("Rare", 1)):
        address = f"/lists/imports/{row.pk}/preview/?kind=added&amp;plugin=org.example.{name}"
        assert f'<a href="{address}">{number}</a>' in shown
        rows = as_admin.get(address.replace("&amp;", "&"))
        assert rows.context["list"].total.number == number
    assert shown.index("org.example.Common") < shown.index("org.example.Rare")
    assert 'href="/plugins/#load"' in shown
    assert 'id="load"' in as_admin.get("/plugins/").content.decode()


def test_a_preview_links_a_plugin_that_is_here_and_cannot_collect(client, as_admin):  # noqa: F811
    load_sample()
    Plugin.objects.update(can_collect=False)
    row = run_import(
        list_import=make_import("Other", ask=True), files=[read_file([read_au(read_title(), 1)])]
    )
    shown = as_admin.get(f"/lists/imports/{row.pk}/").content.decode()
    assert 'href="/plugins/org.lockss.plugin.Sample/"' in shown
    assert "/plugins/#load" not in shown
    Plugin.objects.update(can_collect=True)
    assert "cannot be collected with the plugins" not in text(as_admin.get(f"/lists/imports/{row.pk}/"))
    # Who may load none is not sent to a form that is not there.
    row = needing(Rare=1)
    client.force_login(make_person("lea", "librarian"))
    assert "/plugins/#load" not in client.get(f"/lists/imports/{row.pk}/").content.decode()


def test_many_plugins_that_are_not_here_stay_a_short_table(as_admin):  # noqa: F811
    row = needing(**{f"P{number}": 1 for number in range(60)})
    page = as_admin.get(f"/lists/imports/{row.pk}/")
    assert len(page.context["lacking"].items) == 50
    assert "60 of the new archival units" in text(page)
    assert "10 more plugins are not named here." in text(page)


def test_lines_of_a_preview_sort_narrow_and_download(as_admin):  # noqa: F811
    title = read_title("b Journal")
    aus = [replace(read_au(title, n), name=name) for n, name in enumerate(("zebra", "Alpha", "mole"), 1)]
    row = run_import(list_import=make_import("Other", ask=True), files=[read_file(aus)])
    own = f"/lists/imports/{row.pk}/preview/"

    def names(query: str) -> list[str]:
        return [line.name for line in as_admin.get(own + query).context["list"].items]

    assert names("?sort=subject") == ["Alpha", "mole", "zebra"]
    assert names("?sort=-subject") == ["zebra", "mole", "Alpha"]
    assert names("?q=MOL") == ["mole"]
    assert len(names("?q=journal")) == 3
    page = as_admin.get(f"{own}?sort=subject")
    assert 'aria-sort="ascending"' in page.content.decode()
    told = as_admin.get(f"{own}?sort=subject&q=e&format=csv")
    assert [line.partition(",")[0] for line in b"".join(told).decode().splitlines()[1:]] == ["mole", "zebra"]


def test_the_ways_through_a_preview_have_their_indexes():
    """A page of a long preview is read by its order, not by sorting all of it."""
    row = make_import("Other", ask=True, state="preview")
    PreviewLine.objects.bulk_create(
        PreviewLine(list_import=row, kind="added", name=f"Name {n % 977} {n}", title_name="T")
        for n in range(5000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE titles_previewline")
    table = preview_table(row, row.preview.all(), retires=False)
    for sort in ("subject", "-subject", "kind", "-kind"):
        query = parse(QueryDict(f"sort={sort}"), table)
        plan = in_order(table, preview_rows(row.preview.all()), query)[0][:50].explain()
        assert "Sort" not in plan, plan
