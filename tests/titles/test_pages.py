"""Title lists uploaded, read from folders, watched and told; as the right person, the wrong one and nobody."""

import io
import re
import zipfile
from dataclasses import replace

import pytest
from django.conf import settings as node_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from apps.accounts.choices import Role
from apps.common import jobs
from apps.common.choices import JobState
from apps.common.models import Job
from apps.titles import services, tasks
from apps.titles.models import ListedAu, ListImport, TitleList
from apps.titles.services import import_tdb_files
from tests.accounts.factories import make_person
from tests.asking import as_person
from tests.factories import make_title

pytestmark = pytest.mark.django_db

TDB = """{
  publisher < name = Tidewater Press >
  plugin = org.lockss.plugin.Sample
  param[base_url] = http://tide.example/
  implicit < status ; year ; name ; param[volume] >
  {
    title < name = Journal of Estuarine Studies ; issn = 1234-5679 ; eissn = nonsense >
    au < released ; 2001 ; Journal of Estuarine Studies Volume 1 ; 1 >
    au < released ; 2002 ; Journal of Estuarine Studies Volume 2 ; 2 >
    au < released ; 2003 ; too few >
    au < perhaps ; 2004 ; Journal of Estuarine Studies Volume 4 ; 4 >
  }
}
"""
BROKEN = "{\n  publisher < name = X >\n  title\n}\n"


@pytest.fixture
def media(settings, tmp_path):
    settings.NODE = replace(node_settings.NODE, media_dir=tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def as_admin(client, media):
    client.force_login(make_person("nina", "network"))
    return client


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def upload(client, data: bytes = TDB.encode(), name: str = "tide.tdb", **more):
    file = SimpleUploadedFile(name, data)
    return client.post("/lists/upload/", {"file": file, "list_name": "Riverside", **more})


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def work(row: ListImport) -> ListImport:
    """Its open job, as a worker does it."""
    assert tasks.import_titles
    job = Job.objects.get(subject=row.job_subject, state=JobState.WAITING)
    assert jobs.run(job.pk) == JobState.DONE
    return ListImport.objects.get(pk=row.pk)


def run(row: ListImport) -> ListImport:
    """The preview, and a person who agrees with what it showed."""
    row = work(row)
    assert row.state == "preview"
    services.apply_import(list_import=row, version=row.version, retire=row.retire, user=row.user)
    return work(row)


def test_an_upload_is_kept_read_by_a_job_and_told(as_admin, media):
    response = upload(as_admin)
    row = ListImport.objects.get()
    assert response["Location"] == f"/lists/imports/{row.pk}/"
    assert (row.state, row.location, row.user.username) == ("waiting", "tide.tdb", "nina")
    (kept,) = (media / "title-lists").iterdir()
    assert kept.read_text() == TDB
    assert kept.stat().st_mode & 0o777 == 0o600
    page = as_admin.get(response["Location"])
    assert "Waiting" in text(page)
    assert 'hx-trigger="every 2s, portal:seen"' in page.content.decode()
    assert "Look again" in text(page)
    headers = {"HX-Request": "true", "HX-Target": "import"}
    assert "<html" not in as_admin.get(response["Location"], headers=headers).content.decode()
    row = run(row)
    assert (row.added, row.finding_count) == (3, 3)
    assert as_admin.get(response["Location"], headers=headers)["HX-Refresh"] == "true"
    page = as_admin.get(response["Location"])
    said = text(page)
    assert "3 archival units are new in this list" in said
    assert "tide.tdb line 10, column 5" in said
    assert "expected 4 values as in implicit, found 3" in said
    assert "too few" in said
    assert "eissn of “Journal of Estuarine Studies” is “nonsense”" in said
    assert "Left out" in said
    assert "Looks wrong" in said
    added = as_admin.get(f"{response['Location']}added/")
    assert "Journal of Estuarine Studies Volume 2" in text(added)


def test_the_same_upload_twice_changes_nothing(as_admin):
    upload(as_admin)
    run(ListImport.objects.get())
    upload(as_admin)
    row = run(ListImport.objects.latest("pk"))
    assert (row.added, row.changed, row.unchanged, row.retired) == (0, 0, 3, 0)
    assert TitleList.objects.count() == 1


def test_what_changed_is_told_before_and_after(as_admin):
    upload(as_admin)
    run(ListImport.objects.get())
    changed = TDB.replace("released ; 2001", "down ; 2001").replace("issn = 1234-5679", "issn = 9999-9999")
    upload(
        as_admin,
        changed.replace(
            "  au < released ; 2002 ; Journal of Estuarine Studies Volume 2 ; 2 >\n", ""
        ).encode(),
        retire="on",
    )
    row = run(ListImport.objects.latest("pk"))
    # An entry that could not be read may be what is missing: nothing is retired.
    assert (row.changed, row.retired, row.titles_changed) == (1, 0, 1)
    assert "nothing was taken for gone" in text(as_admin.get(f"/lists/imports/{row.pk}/"))
    said = text(as_admin.get(f"/lists/imports/{row.pk}/changes/"))
    assert "status: released → down" in said
    assert "ISSN: 1234-5679 → 9999-9999" in said
    assert len(as_admin.get(f"/lists/imports/{row.pk}/changes/?kind=title").context["list"].items) == 1


def test_a_list_that_is_whole_retires(as_admin):
    whole = TDB.replace("    au < released ; 2003 ; too few >\n", "")
    upload(as_admin, whole.encode())
    run(ListImport.objects.get())
    upload(
        as_admin,
        "\n".join(line for line in whole.splitlines() if "Volume 2" not in line).encode(),
        retire="on",
    )
    row = run(ListImport.objects.latest("pk"))
    assert (row.unchanged, row.retired) == (2, 1)
    said = text(as_admin.get(f"/lists/imports/{row.pk}/changes/?kind=retired"))
    assert "Journal of Estuarine Studies Volume 2" in said


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (BROKEN.encode(), "tdb-syntax", ":3:3"),
        (b"{ publisher < name = \xff >", "tdb-encoding", ":1:22"),
        (b"", "", ""),
    ],
)
def test_a_file_that_cannot_be_read_is_a_finding_with_its_place(as_admin, data, code, place):
    upload(as_admin, data or b"# nothing but a remark\n")
    row = work(ListImport.objects.get())
    found = row.findings.first()
    assert (found.code if found else "") == code
    if found:
        assert f"tide.tdb{place}" in as_admin.get(f"/lists/imports/{row.pk}/?format=csv").getvalue().decode()
    assert not ListedAu.objects.exists()


def test_an_archive_goes_in_file_by_file(as_admin, media):
    files = {
        "net/a.tdb": TDB.encode(),
        "net/broken.tdb": BROKEN.encode(),
        "../../evil.tdb": TDB.encode(),
        "readme.txt": b"no list",
    }
    upload(as_admin, zipped(files), "lists.zip")
    row = run(ListImport.objects.get())
    assert row.added == 3
    said = text(as_admin.get(f"/lists/imports/{row.pk}/"))
    assert "lists.zip/net/a.tdb line 10, column 5" in said
    assert "lists.zip/net/broken.tdb" in said
    assert "leads out of the archive" in said
    assert sorted(path.name for path in media.rglob("*") if path.is_file()) == [
        path.name for path in (media / "title-lists").iterdir()
    ]


XML = """<?xml version="1.0"?>
<lockss-config><property name="org.lockss.title">
  <property name="SampleTide1">
    <property name="attributes.publisher" value="Tidewater Press"/>
    <property name="journalTitle" value="Journal of Estuarine Studies"/>
    <property name="issn" value="1234-5679"/>
    <property name="title" value="Journal of Estuarine Studies Volume 1"/>
    <property name="plugin" value="org.lockss.plugin.Sample"/>
    <property name="param.1"><property name="key" value="base_url"/><property name="value" value="http://tide.example/"/></property>
    <property name="param.2"><property name="key" value="volume"/><property name="value" value="1"/></property>
    <property name="param.99"><property name="key" value="pub_down"/><property name="value" value="true"/></property>
    <property name="attributes.year" value="2001"/>
  </property>
  <property name="SampleTide2"><property name="title" value="No plugin"/></property>
</property></lockss-config>
"""


def test_the_form_that_nodes_load_is_read_too(as_admin, tmp_path):
    upload(as_admin, XML.encode(), "titledb.xml")
    row = run(ListImport.objects.get())
    assert (row.added, row.finding_count) == (1, 1)
    au = ListedAu.objects.get()
    assert (au.status, au.year, au.title.issn, au.publisher.name) == (
        "down",
        "2001",
        "1234-5679",
        "Tidewater Press",
    )
    assert au.params == {"base_url": "http://tide.example/", "volume": "1"}
    upload(as_admin, zipped({"a/titledb.xml": XML.encode()}), "lists.zip")
    assert run(ListImport.objects.latest("pk")).unchanged == 1
    folder = tmp_path / "network"
    folder.mkdir()
    (folder / "titledb.xml").write_text(XML)
    as_admin.post("/lists/folder/", {"folder-path": str(folder), "folder-list_name": "Riverside"})
    assert run(ListImport.objects.latest("pk")).unchanged == 1
    (folder / "tide.tdb").write_text(TDB)
    as_admin.post("/lists/folder/", {"folder-path": str(folder), "folder-list_name": "Riverside"})
    row = run(ListImport.objects.latest("pk"))
    assert (row.files, row.added) == (1, 2)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04 this is none", "no ZIP file"),
        (zipped({"readme.md": b"x"}), "holds no file whose name ends in .tdb or .xml"),
    ],
)
def test_an_archive_that_is_none_is_told(as_admin, data, said):
    upload(as_admin, data, "lists.zip")
    row = work(ListImport.objects.get())
    assert said in row.findings.get().message


def test_uploads_that_are_refused_at_once(as_admin, media, settings):
    assert upload(as_admin, name="list.exe").status_code == 422
    assert upload(as_admin, list_name="  ").status_code == 422
    assert upload(as_admin, list_name="a\x00b").status_code == 422
    assert as_admin.post("/lists/upload/", {"list_name": "x"}).status_code == 422
    settings.NODE = replace(settings.NODE, upload_max_bytes=1024)
    response = upload(as_admin, b"#" * 2000)
    assert response.status_code == 422
    assert "At most 1 kB can be uploaded." in text(response)
    assert not ListImport.objects.exists()
    assert not media.exists() or not list((media / "title-lists").iterdir())


def test_a_folder_is_read_and_read_again(as_admin, tmp_path):
    folder = tmp_path / "network"
    folder.mkdir()
    (folder / "tide.tdb").write_text(TDB)
    data = {"folder-path": str(folder), "folder-list_name": "Riverside"}
    response = as_admin.post("/lists/folder/", data)
    row = run(ListImport.objects.get())
    assert response["Location"] == f"/lists/imports/{row.pk}/"
    assert (row.added, row.source) == (3, "folder")
    assert row.findings.filter(file="network/tide.tdb").exists()
    page = as_admin.get(f"/lists/{row.title_list_id}/")
    assert "Read the folder again" in text(page)
    as_admin.post(f"/lists/{row.title_list_id}/again/")
    assert run(ListImport.objects.latest("pk")).unchanged == 3
    (folder / "tide.tdb").unlink()
    folder.rmdir()
    assert as_admin.post(f"/lists/{row.title_list_id}/again/").status_code == 422


@pytest.mark.parametrize("path", ["relative", "/no/such/folder", "", "/a\x00b"])
def test_folders_that_are_none(as_admin, path):
    data = {"folder-path": path, "folder-list_name": "Riverside"}
    assert as_admin.post("/lists/folder/", data).status_code == 422
    assert not ListImport.objects.exists()


def test_a_folder_that_vanishes_fails_with_its_reason(as_admin, tmp_path):
    folder = tmp_path / "network"
    folder.mkdir()
    as_admin.post("/lists/folder/", {"folder-path": str(folder), "folder-list_name": "Riverside"})
    folder.rmdir()
    row = ListImport.objects.get()
    job = Job.objects.get()
    assert jobs.run(job.pk) == JobState.FAILED
    said = text(as_admin.get(f"/lists/imports/{row.pk}/"))
    assert "Not read" in said
    assert "cannot be read: No such file or directory. Nothing was changed." in said


def test_a_worker_that_died_for_good_is_told(as_admin):
    upload(as_admin)
    Job.objects.update(state=JobState.FAILED, error="the worker died at every attempt")
    said = text(as_admin.get(f"/lists/imports/{ListImport.objects.get().pk}/"))
    assert "Not read" in said
    assert "the worker died at every attempt" in said


def test_a_list_leads_to_its_titles(as_admin, media):
    row = import_tdb_files(files=[("tide.tdb", TDB.encode())], list_name="Riverside")
    make_title("Of another list")
    own = as_admin.get(f"/lists/{row.title_list_id}/").content.decode()
    page = f"/titles/?list={row.title_list_id}"
    assert f'href="{page}">Its titles</a>' in own
    shown = as_admin.get(page).content.decode()
    named = {entry.listed_au.title for entry in row.title_list.entries.select_related("listed_au__title")}
    assert named
    for title in named:
        assert f'<a href="/titles/{title.pk}/">{title.name}</a>' in shown
    assert "Of another list" not in shown


def test_who_may_read_and_who_may_import(client, media):
    row = import_tdb_files(files=[("tide.tdb", TDB.encode())], list_name="Riverside")
    pages = [
        "/lists/",
        f"/lists/{row.title_list_id}/",
        f"/lists/{row.title_list_id}/aus/",
        f"/lists/imports/{row.pk}/",
        f"/lists/imports/{row.pk}/changes/",
        f"/lists/imports/{row.pk}/added/",
    ]
    acts = ["/lists/upload/", "/lists/folder/", f"/lists/{row.title_list_id}/again/"]
    for address in [*pages, *acts]:
        response = client.get(address) if address in pages else client.post(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/sign-in/")
    for role in ("reader", "reports", "librarian"):
        client.force_login(make_person(role, role))
        for address in pages:
            response = client.get(address)
            assert response.status_code == 200, address
            assert 'type="file"' not in response.content.decode()
        for address in acts:
            assert client.post(address).status_code == 403
    assert upload(client).status_code == 403
    client.force_login(make_person("sys", "system"))
    assert 'type="file"' in client.get("/lists/").content.decode()
    assert upload(client).status_code == 302
    assert ListImport.objects.count() == 2


@pytest.mark.parametrize("role", ["librarian", "network"])
def test_the_lists_say_who_brings_them_in(client, media, role):
    client.force_login(make_person("somebody", role))
    page = client.get("/lists/").content.decode()
    assert ("A network administrator brings title lists in." in page) == (role == "librarian")
    assert ("Upload and read" in page) == (role == "network")


def test_an_empty_node_says_what_to_do(as_admin):
    said = text(as_admin.get("/lists/"))
    assert "No title list yet" in said
    assert "Upload a list" in said


def test_names_that_differ_only_in_capitals_are_refused_at_the_field(client, tmp_path):
    list_of = TitleList.objects.create(name="Riverside", source="command")
    other = TitleList.objects.create(name="Água", source="command")
    as_person(client, Role.NETWORK)
    file = SimpleUploadedFile("list.tdb", b"{\n}\n")
    answer = client.post("/lists/upload/", {"list_name": "riverSIDE", "file": file})
    assert answer.status_code == 422
    assert "“Riverside”" in answer.context["upload_form"].errors["list_name"][0]
    given = {"folder-list_name": "RIVERSIDE", "folder-path": str(tmp_path)}
    assert "list_name" in client.post("/lists/folder/", given).context["folder_form"].errors
    given = {
        "address-list_name": "riverside",
        "address-url": "https://lists.example/",
        "address-every": "week",
    }
    assert "list_name" in client.post("/lists/follow/", given).context["address_form"].errors
    given = {"was": "Riverside", "name": "ágUA"}
    answer = client.post(f"/lists/{list_of.pk}/rename/", given)
    assert answer.status_code == 422
    assert "“Água”" in answer.context["form"].errors["name"][0]
    # In other capitals it is still its own name; sent twice it is the same.
    for _ in range(2):
        answer = client.post(f"/lists/{other.pk}/rename/", {"was": "Água", "name": "ÁGUA"})
        assert answer.status_code == 302
    assert set(TitleList.objects.values_list("name", flat=True)) == {"Riverside", "ÁGUA"}
    with pytest.raises(CommandError, match="differs only in capital letters"):
        call_command("import_tdb", str(tmp_path), list="RIVERSIDE")
