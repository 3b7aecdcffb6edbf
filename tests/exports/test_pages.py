"""The pages of exports, as a librarian walks them."""

import hashlib
import uuid

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.common.choices import JobState
from apps.common.models import Job
from apps.delivery.choices import Choice
from apps.exports import services
from apps.exports.models import Export
from apps.exports.tasks import run_here
from tests.accounts.factories import make_person
from tests.delivery.places import rule
from tests.exports.conftest import BASE, damage, made, options_of
from tests.factories import make_au, make_selection


@pytest.fixture
def user(db):
    return make_person("lib", Role.LIBRARIAN)


@pytest.fixture
def page(client, user):
    client.force_login(user)
    return client


def form(**more):
    return {"format": "warc", "prefix": "tide", "max_mib": "1024", "request_key": str(uuid.uuid4()), **more}


def test_from_the_page_of_an_au_to_its_files(node, page):
    new = f"/exports/new/?au={node.au.slug}"
    assert new in page.get(f"/aus/{node.au.slug}/").content.decode()
    shown = page.get(new).content.decode()
    assert "Tides, volume 1" in shown
    sent = page.post(new, form(format="zip"))
    row = Export.objects.get()
    assert (sent.status_code, sent["Location"]) == (302, f"/exports/{row.pk}/")
    text = page.get(f"/exports/{row.pk}/").content.decode()
    assert "Being made" in text
    assert "data-live" in text
    assert run_here(Job.objects.get(kind="export")) == JobState.DONE
    text = page.get(f"/exports/{row.pk}/").content.decode()
    file = row.files.get(kind="file")
    assert file.name in text
    assert file.sha256 in text
    assert "data-live" not in text
    answer = page.get(f"/exports/{row.pk}/files/{file.pk}/")
    assert hashlib.sha256(b"".join(answer.streaming_content)).hexdigest() == file.sha256
    assert "Tides, volume 1" in page.get("/exports/").content.decode()
    assert "Exports" in page.get("/aus/").content.decode()


def test_an_export_of_nothing_is_no_success(node, page):
    nothing = make_au("Nothing of it yet")
    new = f"/exports/new/?au={nothing.slug}"
    said = "Nothing of it is stored on this node yet"
    assert said in page.get(new).content.decode()
    assert said not in page.get(f"/exports/new/?au={node.au.slug}").content.decode()
    sent = page.post(new, form())
    assert sent.status_code == 422
    assert sent.content.decode().count(said) == 1
    assert 'role="alert"' in sent.content.decode()
    assert not Export.objects.exists()
    # A command still makes one.
    row = made(nothing)
    for path in (f"/exports/{row.pk}/", "/exports/"):
        text = page.get(path).content.decode()
        assert '<span class="word care"' in text or '<a class="word care"' in text, path
        assert "Made, nothing in it" in text, path
    page.post(f"/exports/new/?au={node.au.slug}", form(format="zip"))
    assert run_here(Job.objects.filter(kind="export").latest("pk")) == JobState.DONE
    assert (
        "Made, nothing in it" not in page.get(f"/exports/{Export.objects.latest('pk').pk}/").content.decode()
    )


def live(page, row) -> str:
    """What a page that is looked at is sent when it asks for news."""
    answer = page.get(f"/exports/{row.pk}/", headers={"hx-request": "true", "hx-target": "export-now"})
    return answer.content.decode()


def test_the_live_part_carries_what_can_be_done_and_says_nothing_of_the_end_before_it(node, page):
    # The form asks for no such export, a command does.
    nothing = [make_au("Nothing of it yet")]
    row, _job = services.ask_export(aus=nothing, what="test", options=options_of({}), user=None)
    for text in (live(page, row), page.get(f"/exports/{row.pk}/").content.decode()):
        assert f"/exports/{row.pk}/stop/" in text
        assert "Nothing is left out" not in text
    run_here(Job.objects.get(kind="export"))
    text = live(page, row)
    assert f"/exports/{row.pk}/stop/" not in text
    assert f"/exports/{row.pk}/pause/" not in text
    assert f"/exports/{row.pk}/drop/" in text
    assert "nothing stored" in text


def test_one_that_was_stopped_does_not_say_that_all_is_in_the_files(node, page):
    page.post(f"/exports/new/?au={node.au.slug}", form())
    row = Export.objects.get()
    page.post(f"/exports/{row.pk}/stop/")
    text = page.get(f"/exports/{row.pk}/").content.decode()
    assert "Nothing is left out" not in text
    assert "It was not made to its end" in text


@pytest.mark.parametrize("path", ["/exports/", "/exports/{}/"])
def test_whoever_looks_at_one_whose_job_has_failed_sees_that_at_once(node, page, path):
    page.post(f"/exports/new/?au={node.au.slug}", form())
    row = Export.objects.get()
    Job.objects.filter(kind="export").update(state=JobState.FAILED, error="the disk is full")
    text = page.get(path.format(row.pk)).content.decode()
    assert "Not made" in text
    assert f"/exports/{row.pk}/stop/" not in text


@pytest.mark.parametrize("what", ["title", "selection"])
def test_a_title_and_an_act_of_selecting(node, page, user, what):
    if what == "title":
        new = f"/exports/new/?title={node.au.title_id}"
        expected = 2
    else:
        new = f"/exports/new/?selection={make_selection(node.au, user).selection_id}"
        expected = 1
    assert page.get(new).status_code == 200
    assert page.post(new, form()).status_code == 302
    assert Export.objects.get().total_aus == expected


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?au=", 400),
        ("?au=x&title=1", 400),
        ("?au=x", 404),
        ("?title=x", 404),
        ("?selection=99999", 404),
    ],
)
def test_an_address_that_names_nothing(node, page, query, status):
    assert page.get(f"/exports/new/{query}").status_code == status


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"prefix": "../x"}, "Letters, digits"),
        ({"xlate": "windows"}, "zip and tgz alone"),
        ({"format": "zip", "max_versions": "3"}, "one version of each URL"),
        ({"format": "wacz", "naming": "lockss-1"}, "names of ours alone"),
        ({"format": "zip", "uncompressed": "on"}, "Only WARC"),
        ({"format": "arc"}, "arc"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(node, page, given, said):
    answer = page.post(f"/exports/new/?au={node.au.slug}", form(**given))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Export.objects.exists()


def test_the_form_sent_twice_is_one_export(node, page):
    data = form()
    for _ in range(2):
        assert page.post(f"/exports/new/?au={node.au.slug}", data).status_code == 302
    assert Export.objects.count() == Job.objects.count() == 1


def test_pause_go_on_stop_and_again(node, page, user):
    page.post(f"/exports/new/?au={node.au.slug}", form())
    row = Export.objects.get()
    own = f"/exports/{row.pk}/"

    def press(name):
        assert page.post(f"{own}{name}/").status_code == 302
        return page.get(own).content.decode()

    assert "Go on" in press("pause")
    assert "Pause" in press("resume")
    text = press("stop")
    assert "Try again" in text
    assert "Stopped by" in text
    assert "Being made" in press("retry")
    assert run_here(services.job_of(row)) == JobState.DONE
    assert page.get(f"{own}drop/").status_code == 200
    page.post(f"{own}drop/", {"confirmed": "yes"})
    assert "No longer kept" in page.get(own).content.decode()
    assert not row.folder.exists()
    actions = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert actions == [
        "exports.ask",
        "jobs.pause",
        "jobs.resume",
        "jobs.cancel",
        "exports.retry",
        "exports.drop",
    ]


def test_findings_are_listed_and_downloaded(node, page):
    damage(node.au, f"{BASE}/picture.png")
    row = made(node.au)
    text = page.get(f"/exports/{row.pk}/").content.decode()
    assert f"{BASE}/picture.png" in text
    assert "damaged" in text
    assert f"{BASE}/picture.png" in page.get(f"/exports/{row.pk}/?format=csv").getvalue().decode()


# The file ---------------------------------------------------------------------------------------


@pytest.fixture
def file(node):
    return made(node.au).files.get(kind="file")


def fetch(page, file, **headers):
    given = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return page.get(f"/exports/{file.export_id}/files/{file.pk}/", **given)


def body_of(answer):
    return b"".join(answer.streaming_content)


def test_who_downloaded_which_file_is_on_record(page, user, file):
    """Once, however many ranges it came in; not who asked without taking any byte."""
    rows = AuditEvent.objects.filter(action="reading.export")
    body_of(page.head(f"/exports/{file.export_id}/files/{file.pk}/"))
    fetch(page, file, If_None_Match=f'"{file.sha256}"')
    fetch(page, file, Range="bytes=99999999-")
    assert not rows.exists()
    body_of(fetch(page, file, Range="bytes=10-19"))
    body_of(fetch(page, file))
    one = rows.get()
    assert (one.username, one.subject) == (user.username, file.export.job_subject)
    assert one.after == {"file": file.name, "sha256": file.sha256}


def test_any_range_of_a_file(page, file):
    whole = file.path.read_bytes()
    answer = fetch(page, file)
    assert (answer.status_code, answer["Content-Length"]) == (200, str(len(whole)))
    assert (answer["ETag"], answer["Accept-Ranges"]) == (f'"{file.sha256}"', "bytes")
    assert answer["Content-Disposition"] == f'attachment; filename="{file.name}"'
    assert body_of(answer) == whole
    for text, start, stop in (("5-9", 5, 10), ("100-", 100, len(whole)), ("-7", len(whole) - 7, len(whole))):
        part = fetch(page, file, Range=f"bytes={text}")
        assert part.status_code == 206
        assert part["Content-Range"] == f"bytes {start}-{stop - 1}/{len(whole)}"
        assert body_of(part) == whole[start:stop]
    behind = fetch(page, file, Range=f"bytes={len(whole)}-")
    assert (behind.status_code, behind["Content-Range"]) == (416, f"bytes */{len(whole)}")


def test_who_has_it_is_not_sent_it_again_and_a_range_is_of_the_same_file(page, file):
    assert fetch(page, file, **{"If-None-Match": f'"{file.sha256}"'}).status_code == 304
    same = fetch(page, file, Range="bytes=0-0", **{"If-Range": f'"{file.sha256}"'})
    assert (same.status_code, len(body_of(same))) == (206, 1)
    other = fetch(page, file, Range="bytes=0-0", **{"If-Range": '"other"'})
    assert other.status_code == 200
    other.close()


def test_head_sends_no_body(page, file):
    answer = page.head(f"/exports/{file.export_id}/files/{file.pk}/")
    answer.close()
    assert (answer.status_code, answer["Content-Length"]) == (200, str(file.size))


def test_a_file_that_is_gone_or_shorter_says_so(page, file):
    data = file.path.read_bytes()
    file.path.write_bytes(data[:-1])
    assert fetch(page, file).status_code == 404
    file.path.unlink()
    assert fetch(page, file).status_code == 404


def test_what_is_hidden_is_not_fetched_by_who_may_not_have_it(node, page, client, file):
    rule(au=node.au, choice=Choice.DARK)
    assert fetch(page, file).status_code == 404
    client.force_login(make_person("net", Role.NETWORK))
    answer = fetch(client, file)
    assert answer.status_code == 200
    answer.close()


def test_a_file_of_another_export_is_not_there(node, page, file):
    other = made(node.other)
    assert page.get(f"/exports/{other.pk}/files/{file.pk}/").status_code == 404
