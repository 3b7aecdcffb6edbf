"""The pages of imports, as a librarian walks them; no script is needed for any of it."""

import shutil
import uuid

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.common.choices import JobState
from apps.common.models import Job
from apps.exports import importing
from apps.exports.forms import ImportForm
from apps.exports.models import Package, PackageImport
from apps.exports.taking import folder
from apps.exports.tasks import run_here, scan_exports
from tests.accounts.factories import make_person
from tests.exports.conftest import made, only
from tests.exports.test_import import held
from tests.factories import make_au


@pytest.fixture
def user(db):
    return make_person("lib", Role.LIBRARIAN)


@pytest.fixture
def page(client, user):
    client.force_login(user)
    return client


@pytest.fixture
def target(node):
    return make_au("Tides, elsewhere")


def put(node, name: str, **options) -> None:
    shutil.copyfile(only(made(node.au, **options)), folder.place() / name)


def text_of(page, path: str) -> str:
    answer = page.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def form(**more):
    return {"into": "", "request_key": str(uuid.uuid4()), **more}


def test_from_the_folder_to_what_became_of_it(node, page, user, target):
    nothing = text_of(page, "/imports/packages/")
    assert "No package lies in the folder" in nothing
    assert "what another node has exported, whatever its form (WARC, WACZ, BagIt, zip or tgz)" in nothing
    put(node, "tides.wacz", format="wacz")
    (folder.place() / "notes.txt").write_bytes(b"-")
    shown = text_of(page, "/imports/packages/")
    row = Package.objects.get()
    assert f'href="/imports/packages/{row.pk}/"' in shown
    assert "tides.wacz" in shown
    assert "1 other thing lies there" in shown
    assert str(folder.place()) in shown
    assert "tides.wacz" in text_of(page, f"/imports/packages/{row.pk}/")
    sent = page.post(f"/imports/packages/{row.pk}/", form(into=f" {target.auid} "))
    taking = PackageImport.objects.get()
    assert (sent.status_code, sent["Location"]) == (302, f"/imports/{taking.pk}/")
    text = text_of(page, f"/imports/{taking.pk}/")
    assert "Being taken in" in text
    assert "data-live" in text
    # Without scripts the page is asked again by a link.
    assert "<noscript>" in text
    assert run_here(Job.objects.get(kind=importing.KIND)) == JobState.DONE
    text = text_of(page, f"/imports/{taking.pk}/")
    assert "Taken in" in text
    assert "Digests that agree" in text
    assert f'href="/aus/{target.slug}/"' in text
    assert "Nothing was found" in text
    assert "data-live" not in text
    assert held(target) == held(node.au)
    assert "tides.wacz" in text_of(page, "/imports/")
    assert f'href="/imports/{taking.pk}/"' in text_of(page, "/imports/packages/")
    assert f'href="/imports/{taking.pk}/"' in text_of(
        page, f"/jobs/{Job.objects.get(kind=importing.KIND).pk}/"
    )
    assert "/imports/" in text_of(page, "/aus/")


def test_several_that_are_ticked(node, page, user):
    for name in ("a.warc.gz", "b.warc.gz", "c.warc.gz"):
        put(node, name)
    page.get("/imports/packages/")
    chosen = list(Package.objects.exclude(name="b.warc.gz").values_list("pk", flat=True))
    sent = page.post("/imports/packages/act/", {"action": "import", "chosen": chosen})
    assert (sent.status_code, sent["Location"]) == (302, "/imports/")
    assert sorted(PackageImport.objects.values_list("name", "user")) == [
        ("a.warc.gz", user.pk),
        ("c.warc.gz", user.pk),
    ]
    assert Job.objects.filter(kind=importing.KIND).count() == 2
    assert page.post("/imports/packages/act/", {"action": "import"}).status_code == 400
    assert page.post("/imports/packages/act/", {"action": "burn", "chosen": chosen}).status_code == 400
    assert PackageImport.objects.count() == 2


@pytest.mark.parametrize("given", ["../../secret.warc", "/etc/passwd", "secret.warc"])
def test_no_path_is_taken_from_anybody(node, page, tmp_path, given):
    (tmp_path / "secret.warc").write_bytes(b"WARC/1.0")
    put(node, "a.warc.gz")
    page.get("/imports/packages/")
    answer = page.post("/imports/packages/act/", {"action": "import", "chosen": given, "name": given})
    assert answer.status_code == 400
    assert page.get(f"/imports/packages/{given}/").status_code == 404
    row = Package.objects.get()
    page.post(f"/imports/packages/{row.pk}/", form(name=given, package=given, path=given))
    assert PackageImport.objects.get().name == "a.warc.gz"


def test_a_form_sent_twice_is_one_import(node, page):
    put(node, "a.warc.gz")
    page.get("/imports/packages/")
    row, sent = Package.objects.get(), form()
    first = page.post(f"/imports/packages/{row.pk}/", sent)
    run_here(Job.objects.get(kind=importing.KIND))
    again = page.post(f"/imports/packages/{row.pk}/", sent)
    assert first["Location"] == again["Location"]
    assert PackageImport.objects.count() == 1
    assert Job.objects.filter(kind=importing.KIND).count() == 1


def test_an_au_that_is_not_here_is_told_at_its_field(node, page):
    put(node, "a.warc.gz")
    page.get("/imports/packages/")
    answer = page.post(f"/imports/packages/{Package.objects.get().pk}/", form(into="nothing|of&the~kind"))
    assert answer.status_code == 422
    assert "This node has no archival unit of this AUID" in answer.content.decode()
    assert not PackageImport.objects.exists()


def test_what_was_found_is_a_row_in_the_readers_language(node, page, user, target):
    (folder.place() / "half.warc.gz").write_bytes(only(made(node.au)).read_bytes()[:-40])
    (folder.place() / "other.tar").write_bytes(b"no tar")
    page.get("/imports/packages/")
    for row in Package.objects.all():
        page.post(f"/imports/packages/{row.pk}/", form(into=target.auid))
    for job in Job.objects.filter(kind=importing.KIND):
        run_here(job)
    scan_exports()
    half = PackageImport.objects.get(name="half.warc.gz")
    other = PackageImport.objects.get(name="other.tar")
    assert half.findings == half.finding_rows.count() > 0
    text = text_of(page, f"/imports/{half.pk}/")
    assert "Taken in, with findings" in text
    assert "half.warc.gz, behind record" in text
    assert "it ends inside a gzip member" in text
    assert "other.tar is no WARC, WACZ, BagIt tar, zip or tgz" in text_of(page, f"/imports/{other.pk}/")
    told = page.get(f"/imports/{half.pk}/?format=csv").getvalue().decode("utf-8-sig")
    assert "half.warc.gz, behind record" in told
    user.language = "es"
    user.save()
    text = text_of(page, f"/imports/{half.pk}/")
    assert "termina dentro de un miembro gzip" in text
    assert "half.warc.gz, detrás del registro" in text
    assert "other.tar no es un WARC" in text_of(page, f"/imports/{other.pk}/")


def test_paused_resumed_stopped_and_tried_again(node, page, target):
    put(node, "a.warc.gz")
    page.get("/imports/packages/")
    page.post(f"/imports/packages/{Package.objects.get().pk}/", form(into=target.auid))
    row = PackageImport.objects.get()
    job = Job.objects.get(kind=importing.KIND)
    for act, said in (
        ("pause", "It waits until somebody lets it go on."),
        ("resume", "It goes through the package again"),
        ("stop", "It is stopped. What it has stored stays."),
    ):
        assert f"/imports/{row.pk}/{act}/" in text_of(page, f"/imports/{row.pk}/")
        assert said in page.post(f"/imports/{row.pk}/{act}/", follow=True).content.decode()
    assert "Not taken in" in text_of(page, f"/imports/{row.pk}/")
    assert "That cannot be done" in page.post(f"/imports/{row.pk}/pause/", follow=True).content.decode()
    page.post(f"/imports/{row.pk}/retry/")
    again = Job.objects.filter(kind=importing.KIND).latest("pk")
    assert again != job
    assert run_here(again) == JobState.DONE
    assert "Taken in" in text_of(page, f"/imports/{row.pk}/")
    acts = set(AuditEvent.objects.values_list("action", flat=True))
    assert {
        "exports.import-ask",
        "exports.import-retry",
        "exports.import",
        "jobs.pause",
        "jobs.cancel",
    } <= acts


def live(page, row) -> str:
    """What a page that is looked at is sent when it asks for news."""
    answer = page.get(f"/imports/{row.pk}/", headers={"hx-request": "true", "hx-target": "import-now"})
    return answer.content.decode()


def test_the_live_part_carries_what_can_be_done(node, page, target):
    put(node, "a.warc.gz")
    page.get("/imports/packages/")
    page.post(f"/imports/packages/{Package.objects.get().pk}/", form(into=target.auid))
    row = PackageImport.objects.get()
    assert f"/imports/{row.pk}/pause/" in live(page, row)
    run_here(Job.objects.get(kind=importing.KIND))
    text = live(page, row)
    assert "Taken in" in text
    assert f"/imports/{row.pk}/pause/" not in text
    assert f"/imports/{row.pk}/stop/" not in text


@pytest.mark.parametrize("path", ["/imports/", "/imports/{}/"])
def test_whoever_looks_at_one_whose_job_has_failed_sees_that_at_once(node, page, path):
    (folder.place() / "other.tar").write_bytes(b"no tar")
    page.get("/imports/packages/")
    page.post(f"/imports/packages/{Package.objects.get().pk}/", form())
    row = PackageImport.objects.get()
    assert run_here(Job.objects.get(kind=importing.KIND)) == JobState.FAILED
    text = text_of(page, path.format(row.pk))
    assert "Not taken in" in text
    assert f"/imports/{row.pk}/stop/" not in text


def test_a_folder_that_cannot_be_read_is_said(node, page):
    folder.place().rmdir()
    folder.place().write_bytes(b"no folder")
    assert "The folder cannot be read" in text_of(page, "/imports/packages/")


@pytest.mark.parametrize("key", ["", "no-key"])
def test_a_form_that_came_changed_says_so(key):
    form = ImportForm({"into": "", "request_key": key})
    assert form.non_field_errors() == [
        "This form came here changed. Open the page again, and send it from there."
    ]
