"""Lists that are cut, blown up or forged, and forms that come twice or late: a clear message, and nothing half done."""

import io
import zipfile

import pytest

from apps.accounts.models import AuditEvent
from apps.common.models import Job
from apps.titles import services
from apps.titles.errors import ListError
from apps.titles.models import ListedAu, ListImport, Title
from tests.titles.factories import make_import
from tests.titles.test_decisions import previewed
from tests.titles.test_kbart_files import BOOK, SERIAL, file
from tests.titles.test_pages import (  # noqa: F401 - fixtures
    TDB,
    XML,
    as_admin,
    media,
    run,
    text,
    upload,
    work,
    zipped,
)

pytestmark = pytest.mark.django_db
GOOD = TDB.replace("    au < released ; 2003 ; too few >\n", "")
LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><lockss-config><property name="org.lockss.title">&c;</property></lockss-config>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY leak SYSTEM "file:///etc/passwd">]>
<lockss-config><property name="org.lockss.title"><property name="a"><property name="title" value="&leak;"/></property>
</property></lockss-config>"""
DTD = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><lockss-config>&x;</lockss-config>'


def cut_zip(data: bytes) -> bytes:
    return data[: len(data) // 2]


def bomb() -> bytes:
    """A hundred megabytes of nothing in a hundred kilobytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.tdb", "w") as member:
        for _ in range(100):
            member.write(b"#" * (1 << 20))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "code", "said"),
    [
        (GOOD[: GOOD.index("Volume 2")].encode(), "tide.tdb", "tdb-syntax", ""),
        (XML[: XML.index("volume")].encode(), "titledb.xml", "tdb-xml", ""),
        (LAUGHS.encode(), "titledb.xml", "tdb-xml", "entities are not allowed"),
        (OUTSIDE.encode(), "titledb.xml", "tdb-xml", "entities are not allowed"),
        (DTD.encode(), "titledb.xml", "tdb-xml", "entities are not allowed"),
        (cut_zip(zipped({"a.tdb": GOOD.encode()})), "lists.zip", "archive", "its end is missing"),
        (bomb(), "lists.zip", "archive-member", "longer than what is read of one file"),
        (zipped({"../../a.tdb": GOOD.encode()}), "lists.zip", "archive-member", "leads out of the archive"),
        (zipped({"/etc/a.tdb": GOOD.encode()}), "lists.zip", "archive-member", "leads out of the archive"),
        (zipped({"a.zip": zipped({"a.tdb": GOOD.encode()})}), "lists.zip", "archive-empty", "holds no file"),
    ],
    ids=["cut text", "cut XML", "billion laughs", "outer entity", "outer DTD", "cut zip", "zip bomb", "up", "root", "nested"],
)  # fmt: skip
def test_a_forged_or_cut_list_is_a_finding_and_takes_nothing_for_gone(as_admin, data, name, code, said):  # noqa: F811
    upload(as_admin, GOOD.encode())
    run(ListImport.objects.get())
    before = sorted(ListedAu.objects.values_list("auid", "name", "status"))
    upload(as_admin, data, name, retire="on")
    row = work(ListImport.objects.latest("pk"))
    # Nothing of it was read, so nobody can apply it, from whatever form.
    with pytest.raises(ListError, match="nothing to apply"):
        services.apply_import(list_import=row, version=row.version, retire=True, user=row.user)
    found = row.findings.filter(code=code).first()
    assert found is not None, list(row.findings.values_list("code", "message"))
    assert said in found.message
    assert found.file.startswith(name)
    assert row.unread > 0
    assert sorted(ListedAu.objects.values_list("auid", "name", "status")) == before
    assert "root:" not in text(as_admin.get(f"/lists/imports/{row.pk}/"))


def test_a_kbart_list_that_is_cut_takes_nothing_for_gone(as_admin):  # noqa: F811
    whole = file(SERIAL, BOOK)
    upload(as_admin, whole.encode(), "tide.txt")
    run(ListImport.objects.get())
    upload(as_admin, whole[: whole.rindex("monograph")].encode(), "tide.txt", retire="on")
    row = work(ListImport.objects.latest("pk"))
    assert (row.unread, row.retired) == (1, 1)
    said = text(as_admin.get(f"/lists/imports/{row.pk}/"))
    assert "nothing can be taken for gone" in said
    assert "it was left out" in said
    services.apply_import(list_import=row, version=row.version, retire=True, user=row.user)
    assert work(row).retired == 0


def test_a_decision_is_made_once_and_an_old_page_is_told(as_admin):  # noqa: F811
    """Two windows: in one it is given up, in the other applied; then the back button and the same form again."""
    row = previewed(as_admin)
    own, form = f"/lists/imports/{row.pk}/", {"version": row.version}
    as_admin.post(f"{own}discard/", form)
    for _ in range(2):
        assert as_admin.post(f"{own}apply/", form)["Location"] == own
    said = text(as_admin.get(own))
    assert "does not wait for a decision" in said
    assert not ListedAu.objects.exists()
    assert AuditEvent.objects.filter(action="titles.discard").count() == 1


def test_an_undo_form_that_comes_twice_or_late_undoes_once(as_admin):  # noqa: F811
    row = previewed(as_admin)
    own = f"/lists/imports/{row.pk}/"
    as_admin.post(f"{own}apply/", {"version": row.version})
    row = work(row)
    form = {"version": row.version}
    for _ in range(3):
        assert as_admin.post(f"{own}undo/", form)["Location"] == own
    assert AuditEvent.objects.filter(action="titles.undo-import").count() == 1
    assert "Only an import that was applied can be undone" in text(as_admin.get(f"{own}undo/", follow=True))
    for version in ("", "x", "-1"):
        assert "did not say which import" in text(
            as_admin.post(f"{own}undo/", {"version": version}, follow=True)
        )


def test_a_big_undo_is_watched(as_admin, monkeypatch):  # noqa: F811
    monkeypatch.setattr(services.undoing, "AT_ONCE", 0)
    row = previewed(as_admin)
    own = f"/lists/imports/{row.pk}/"
    as_admin.post(f"{own}apply/", {"version": row.version})
    row = work(row)
    assert as_admin.post(f"{own}undo/", {"version": row.version})["Location"] == own
    said = text(as_admin.get(own))
    assert "Being undone" in said
    assert ListedAu.objects.count() == 3
    assert Job.objects.filter(kind=services.UNDO).count() == 1
    row = work(row)
    assert row.state == "undone"
    assert "Undone" in text(as_admin.get(own))
    assert not Title.objects.exists()


def test_what_could_not_be_undone_is_said_on_the_page(as_admin):  # noqa: F811
    row = make_import(state="done", error="It was not undone: Import 7 read this list later.")
    assert "It was not undone: Import 7 read this list later." in text(
        as_admin.get(f"/lists/imports/{row.pk}/")
    )
