"""Editions: made by people and by the clock, kept whole with their digest, compared; killed at any moment nothing breaks."""

import datetime as dt
import hashlib
import io
import json
import uuid
import zipfile

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.common import jobs
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.models import Job
from apps.common.pages import Link
from apps.kbart import services, tasks
from apps.kbart.asking import order_of
from apps.kbart.choices import EditionState
from apps.kbart.errors import ActError
from apps.kbart.making.comparing import Change, compared
from apps.kbart.models import Check, Edition, FeedToken, Series
from apps.kbart.services import series as rows_of_series
from apps.lockss.kbart.file_names import is_file_name
from apps.titles.choices import SetKind
from apps.titles.models import TitleSet, TitleSetMember
from tests.accounts.factories import make_person
from tests.factories import DAY, make_au, make_crawl, make_title, past
from tests.kbart.reports import body, change, lines, portal_settings, proved_au, report

pytestmark = pytest.mark.django_db
EDITIONS = "/reports/kbart/editions/"


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.NODE = portal_settings(tmp_path)
    return settings


@pytest.fixture
def rita(client):
    person = make_person("rita", Role.REPORTS)
    client.force_login(person)
    return person


def keep(user, slug="riverside", every="never", **given):
    order = order_of(
        given if "report" in given and given["report"] == "keepers" else {"scope": "collected", **given}
    )
    return services.make_series(
        label="Riverside", slug=slug, order=order, every=every, is_open=False, user=user
    )


def run_all() -> None:
    for job in Job.objects.filter(state=JobState.WAITING):
        jobs.run(job.pk)


def made(user, **given) -> Edition:
    row, _ = keep(user, **given)
    run_all()
    return row.editions.get()


def another(row: Edition) -> Edition:
    found, _ = services.ask_edition(series=row.series, user=row.user)
    run_all()
    found.refresh_from_db()
    return found


def test_an_edition_is_the_report_of_its_day_with_its_digest(rita):
    proved_au("Tides")
    row = made(rita)
    data, done = report(scope="collected")
    assert (row.state, row.rows, row.size, row.name) == ("done", 1, len(data), done.name)
    assert row.rows_path.read_bytes() == data
    assert row.sha256 == hashlib.sha256(data).hexdigest()
    assert "Collected: " in row.about_path.read_text()
    assert sorted(path.name for path in row.folder.iterdir()) == ["about.txt", "left-out.jsonl", "rows.tsv"]
    assert AuditEvent.objects.filter(action="kbart.series-new", subject="kbart:riverside/collected").exists()


def test_what_changes_later_changes_no_edition(rita):
    au = proved_au("Tides")
    first = made(rita)
    before = first.rows_path.read_bytes()
    au.title.name = "Currents"
    au.title.save()
    second = another(first)
    assert first.rows_path.read_bytes() == before
    assert b"Currents" in second.rows_path.read_bytes()
    assert second.sha256 != first.sha256


def test_run_again_the_job_makes_the_same_edition(rita):
    """A worker was killed when the files lay there and the row did not say so yet."""
    proved_au("Tides")
    row = made(rita)
    Edition.objects.filter(pk=row.pk).update(state=EditionState.WAITING, sha256="")
    (row.folder / ".123-4.5.rows").write_bytes(b"half")
    done = services.make_edition(edition_id=row.pk)
    assert (done.state, done.sha256) == ("done", row.sha256)
    assert not (row.folder / ".123-4.5.rows").exists()
    assert services.make_edition(edition_id=row.pk).updated_at == done.updated_at


def test_asked_for_twice_it_is_one(rita):
    row, job = keep(rita)
    found, again = services.ask_edition(series=row, user=rita)
    assert (row.editions.count(), found.job_subject, again.pk) == (1, job.subject, job.pk)
    key = uuid.uuid4()
    run_all()
    one, _ = services.ask_edition(series=row, user=rita, request_key=key)
    run_all()
    other, nothing = services.ask_edition(series=row, user=rita, request_key=key)
    assert (one.pk, nothing) == (other.pk, None)
    assert row.editions.count() == 2


def test_one_that_is_finished_while_it_is_asked_for_is_that_one(rita, monkeypatch):
    """A worker makes the edition that waits between two looks at it."""
    proved_au("Tides")
    row, _ = keep(rita)
    waiting = row.editions.get()
    opened = rows_of_series.open_job

    def made_meanwhile(**given):
        services.make_edition(edition_id=waiting.pk)
        return opened(**given)

    monkeypatch.setattr(rows_of_series, "open_job", made_meanwhile)
    found, job = services.ask_edition(series=row, user=rita)
    assert (found.pk, job.subject) == (waiting.pk, waiting.job_subject)
    run_all()
    assert [one.state for one in row.editions.all()] == ["done"]


def test_the_clock_makes_one_edition_however_long_it_stood_still(rita):
    proved_au("Tides")
    row, _ = keep(rita, every="month")
    run_all()
    assert row.next_at.date() == past(-30 * DAY).date()
    begun = past(100 * DAY)
    Series.objects.filter(pk=row.pk).update(next_at=begun)
    tasks.scan_reports()
    tasks.scan_reports()
    row.refresh_from_db()
    assert row.editions.count() == 2
    # The hour stays, and it lies ahead.
    assert (row.next_at - begun) % dt.timedelta(days=30) == dt.timedelta(0)
    assert now() < row.next_at <= now() + 30 * DAY
    run_all()
    assert set(row.editions.values_list("state", flat=True)) == {"done"}
    assert row.editions.order_by("-pk").first().user is None


def test_a_clock_that_was_ahead_does_not_stop_the_editions(rita):
    row, _ = keep(rita, every="week")
    Series.objects.filter(pk=row.pk).update(next_at=past(-4000 * DAY))
    tasks.scan_reports()
    row.refresh_from_db()
    assert now() < row.next_at <= now() + 7 * DAY


def test_what_cannot_be_made_says_why_and_leaves_the_others(rita, portal):
    proved_au("Tides")
    row = made(rita)
    from dataclasses import replace

    portal.NODE = replace(portal.NODE, public_url="ftp://portal.example")
    failed = another(row)
    assert failed.state == "failed"
    assert "cannot be the portal's address" in failed.error
    assert row.rows_path.exists()
    assert services.newest(row.series) == row


def test_an_edition_whose_job_came_to_nothing_says_so(rita):
    row, job = keep(rita)
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, error="the worker died at every attempt")
    tasks.scan_reports()
    edition = row.editions.get()
    assert (edition.state, edition.error) == ("failed", "the worker died at every attempt")


def test_old_files_go_when_many_newer_ones_are_there(rita, monkeypatch):
    proved_au("Tides")
    first = made(rita)
    monkeypatch.setattr(rows_of_series, "KEPT", 1)
    second = another(first)
    tasks.scan_reports()
    first.refresh_from_db()
    assert (first.state, first.folder.exists(), second.folder.exists()) == ("dropped", False, True)


def test_an_address_belongs_to_one_series(rita):
    keep(rita)
    with pytest.raises(ActError, match="is taken by another series"):
        keep(rita)
    keep(rita, scope="selected")
    keep(rita, report="keepers")
    assert sorted(Series.objects.values_list("part", flat=True)) == ["collected", "keepers", "selected"]
    with pytest.raises(ActError, match="letters a–z"):
        keep(rita, slug="Riverside Library")


def test_a_series_names_the_options_that_it_does_not_keep(client, rita):
    """They were dropped without a word, and the file had all columns."""
    client.force_login(rita)
    address = "/reports/kbart/series/new/?scope=collected&columns=details&omit_header=yes"
    page = client.get(address).content.decode()
    assert "it does not keep: columns, omit_header" in page
    assert "?columns=details&amp;omit_header=yes" in page
    given = {"label": "Mine", "slug": "mine", "every": "never"}
    refused = client.post(address, given)
    assert refused.status_code == 422
    assert "it does not keep: columns, omit_header" in refused.content.decode()
    assert not Series.objects.exists()
    assert "does not keep" not in client.get("/reports/kbart/series/new/?report=sfx").content.decode()
    with pytest.raises(ActError, match="columns"):
        keep(rita, columns="details")


def test_differences_by_title(rita):
    gone, stays, grows = (proved_au(name) for name in ("Gone", "Stays", "Grows"))
    change(grows, volume="1", year="2001")
    first = made(rita)
    gone.state = "deactivated"
    gone.save()
    more = make_au(title=grows.title)
    make_crawl(more)
    change(more, volume="2", year="2002")
    make_crawl(make_au(title=make_title("New")))
    stays.title.name = "Stays, renamed"
    stays.title.save()
    second = another(first)
    with compared(first.rows_path, second.rows_path) as (_, found):
        differences = list(found)
        told = [(one.change, one.title, one.was, one.now) for one in differences]
        fields = [tuple(each.name for each in one.fields) for one in differences]
        counts = dict(found.counts)
    assert [one[:2] for one in told] == [
        (Change.GONE, "Gone"),
        (Change.CHANGED, "Grows"),
        (Change.ADDED, "New"),
        (Change.CHANGED, "Stays, renamed"),
    ]
    assert told[1][2:] == ("2001 (1)", "2001 (1) – 2002 (2)")
    assert fields == [(), ("date_last_issue_online", "num_last_vol_online"), (), ("publication_title",)]
    assert counts == {Change.ADDED: 1, Change.GONE: 1, Change.CHANGED: 2}
    with compared(second.rows_path, second.rows_path) as (_, same):
        assert list(same) == []


def test_a_title_whose_range_stays_says_which_fields_changed(client, rita):
    """Whoever compares saw the same range twice and nothing else."""
    au = proved_au("Opens")
    change(au, year="2001", volume="1")
    first = made(rita)
    au.listed.refresh_from_db()
    change(au, attributes={"rights": "openaccess"})
    au.listed.title.publisher.name = "Mudflat & Sons"
    au.listed.title.publisher.save()
    second = another(first)
    with compared(first.rows_path, second.rows_path) as (_, found):
        (one,) = found
    assert (one.change, one.was, one.now) == (Change.CHANGED, "2001 (1)", "2001 (1)")
    (house, access) = one.fields
    assert (house.name, house.now) == ("publisher_name", "Mudflat & Sons")
    assert (access.name, access.was, access.now) == ("access_type", "P", "F")
    address = f"/reports/kbart/compare/?before={first.pk}&after={second.pk}"
    page = client.get(address).content.decode()
    assert "<code>access_type</code> P → F" in page
    assert "Mudflat &amp; Sons" in page
    (told,) = [json.loads(line) for line in body(client.get(f"{address}&download=json")).splitlines()]
    assert told["fields"]["access_type"] == ["P", "F"]


def test_the_page_compares_and_gives_what_is_new_as_kbart(client, rita):
    proved_au("Tides")
    first = made(rita)
    proved_au("Mud & <b>Sand</b>")
    second = another(first)
    address = f"/reports/kbart/compare/?before={first.pk}&after={second.pk}"
    text = client.get(address).content.decode()
    assert "Mud &amp; &lt;b&gt;Sand&lt;/b&gt;" in text
    new = client.get(f"{address}&download=new")
    _heads, *rows = lines(body(new))
    assert [row[0] for row in rows] == ["Mud & <b>Sand</b>"]
    assert f"CollectedTitlesEdition{second.pk}New_" in new["Content-Disposition"]
    told = [json.loads(line) for line in body(client.get(f"{address}&download=json")).splitlines()]
    assert [one["change"] for one in told] == ["added"]
    same = client.get(f"/reports/kbart/compare/?before={first.pk}&after={first.pk}")
    assert "Nothing differs" in same.content.decode()
    for wrong in (
        "",
        "?before=1&after=x",
        f"{address[23:]}&download=pdf",
        f"?before={first.pk}&after=999999",
    ):
        assert client.get(f"/reports/kbart/compare/{wrong}").status_code == 400


def test_editions_of_one_day_are_told_apart(client, rita):
    proved_au("Tides")
    first = made(rita)
    second = another(first)
    assert first.name == second.name
    listed = client.get(f"/reports/kbart/series/{first.series_id}/").content.decode()
    page = client.get(f"{EDITIONS}{second.pk}/").content.decode()
    both = client.get(f"/reports/kbart/compare/?before={first.pk}&after={second.pk}").content.decode()
    for row in (first, second):
        assert f"Edition {row.pk}, " in listed
        assert f"Edition {row.pk})" in both
    assert f"Edition {second.pk}. " in page
    assert f"(edition {first.pk})" in page
    files = [client.get(f"{EDITIONS}{row.pk}/file/") for row in (first, second)]
    names = [answer["Content-Disposition"].partition('"')[2].rstrip('"') for answer in files]
    for answer in files:
        body(answer)
    assert len(set(names)) == 2
    assert all(is_file_name(name) for name in names)
    assert [f"Edition{row.pk}_" in name for row, name in zip((first, second), names, strict=True)] == [
        True,
        True,
    ]


def test_a_series_says_that_its_address_stays_and_its_file_does_not(client, rita):
    proved_au("Tides")
    text = client.get(f"/reports/kbart/series/{made(rita).series_id}/").content.decode()
    assert "The address stays the same for ever; the file does not." in text


def test_an_edition_for_the_keepers_that_was_kept_with_a_scope_is_made_all_the_same(client, rita):
    proved_au("Tides")
    row = made(rita, report="keepers")
    Series.objects.update(options={"scope": "collected", "report": "keepers"})
    row.series.refresh_from_db()
    again = another(row)
    assert (again.state, again.rows) == ("done", 1)
    assert client.get(f"/reports/kbart/series/{row.series_id}/").status_code == 200
    assert client.get(f"{EDITIONS}{again.pk}/file/").status_code == 200


def test_editions_with_other_columns_are_not_compared(client, rita):
    proved_au("Tides")
    plain, keepers = made(rita), made(rita, report="keepers", slug="other")
    alike = made(rita, slug="third")
    assert f'value="{alike.pk}"' in client.get(f"{EDITIONS}{plain.pk}/").content.decode()
    for one, other in ((plain, keepers), (keepers, plain)):
        answer = client.get(f"/reports/kbart/compare/?before={one.pk}&after={other.pk}")
        assert answer.status_code == 400
        text = answer.content.decode()
        assert "other columns" in text
        assert "We do not understand this address" not in text
        assert f'href="/reports/kbart/editions/{other.pk}/"' in text
        assert f'value="{other.pk}"' not in client.get(f"{EDITIONS}{one.pk}/").content.decode()


@pytest.mark.parametrize("form", ["tsv", "csv", "xlsx", "json", "pdf"])
def test_an_edition_in_every_format_is_whole_and_known_again(client, rita, form):
    proved_au("Tides")
    row = made(rita)
    path = f"{EDITIONS}{row.pk}/file/?format={form}"
    answer = client.get(path)
    data = body(answer)
    assert answer["Content-Length"] == str(len(data))
    if form != "pdf":
        assert data == report(scope="collected", format=form)[0] or form == "xlsx"
    again = client.get(path, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, body(again)) == (304, b"")
    other = client.get(f"{path}&columns=details", headers={"If-None-Match": answer["ETag"]})
    assert (other.status_code, other["ETag"] != answer["ETag"]) == (200, True)
    body(other)


@pytest.mark.parametrize("form", ["tsv", "csv", "json", "xlsx", "pdf"])
@pytest.mark.parametrize("more", ["", "&compress=yes"])
def test_other_bytes_have_another_etag(client, rita, form, more):
    """Spreadsheets, PDF and archives tell in the reader's language what their words mean."""
    proved_au("Tides")
    row = made(rita)
    path = f"{EDITIONS}{row.pk}/file/?format={form}{more}"
    found = {}
    for language in ("en", "es"):
        answer = client.get(path, headers={"Accept-Language": language})
        found[language] = (answer["ETag"], body(answer))
    (one, english), (other, spanish) = found.values()
    assert (one == other) == (english == spanish)
    assert (english == spanish) == (form in ("tsv", "csv", "json") and not more)
    again = client.get(path, headers={"Accept-Language": "en", "If-None-Match": other})
    assert again.status_code == (304 if one == other else 200)
    body(again)


def test_a_kept_report_in_another_order(client, rita):
    for name, press in (("B", "Zeta"), ("A", "Zeta"), ("C", "Alpha")):
        from tests.factories import make_publisher

        make_crawl(make_au(title=make_title(name, make_publisher(press))))
    row = made(rita)
    answer = client.get(f"{EDITIONS}{row.pk}/file/?columns=publisher_name,publication_title")
    assert lines(body(answer))[1:] == [["Alpha", "C"], ["Zeta", "A"], ["Zeta", "B"]]


def test_what_lies_beside_an_edition(client, rita):
    au = proved_au("Tides")
    au.title.issn = ""
    au.title.save()
    row = made(rita)
    assert "Neither ISSN nor ISBN" in client.get(f"{EDITIONS}{row.pk}/").content.decode()
    (one,) = body(client.get(f"{EDITIONS}{row.pk}/file/?part=left-out")).splitlines()
    assert json.loads(one)["entry"] == "Tides"
    assert b"Library: Riverside Library" in body(client.get(f"{EDITIONS}{row.pk}/file/?part=about"))
    assert client.get(f"{EDITIONS}{row.pk}/file/?part=rows.tsv").status_code == 400
    row.rows_path.unlink()
    answer = client.get(f"{EDITIONS}{row.pk}/file/")
    assert answer.status_code == 400
    assert "cannot be read" in answer.content.decode()


def test_pages_from_the_form_to_the_edition(client, rita):
    proved_au("Tides")
    page = client.get("/reports/kbart/series/new/?scope=preserved&kind=serials").content.decode()
    assert "Serials alone" in page
    form = {"request_key": str(uuid.uuid4()), "label": "Ours", "slug": "ours", "every": "week"}
    for _ in range(2):
        answer = client.post("/reports/kbart/series/new/?scope=preserved&kind=serials", form)
        row = Series.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, f"/reports/kbart/series/{row.pk}/")
    assert row.options == {"scope": "preserved", "kind": "serials"}
    wrong = client.post(
        "/reports/kbart/series/new/", {**form, "request_key": str(uuid.uuid4()), "slug": "O o"}
    )
    assert wrong.status_code == 422
    edition = row.editions.get()
    assert "Being made" in client.get(f"{EDITIONS}{edition.pk}/").content.decode()
    run_all()
    text = client.get(f"/reports/kbart/series/{row.pk}/").content.decode()
    assert "https://portal.riverside.example/kbart/ours/preserved/" in text
    assert f"{EDITIONS}{edition.pk}/" in text
    assert "Ours" in client.get("/reports/kbart/series/").content.decode()
    answer = client.post(f"/reports/kbart/series/{row.pk}/make/", {"request_key": str(uuid.uuid4())})
    assert answer["Location"] == f"{EDITIONS}{Edition.objects.latest('pk').pk}/"


def test_an_old_form_changes_nothing(client, rita):
    row, _ = keep(rita)
    form = {"label": "New name", "every": "day", "version": "0"}
    assert client.post(f"/reports/kbart/series/{row.pk}/change/", form).status_code == 302
    row.refresh_from_db()
    assert (row.label, row.every, row.next_at is not None, row.version) == ("New name", "day", True, 1)
    again = client.post(f"/reports/kbart/series/{row.pk}/change/", {**form, "label": "Older"})
    assert again.status_code == 422
    assert "changed since that page was made" in again.content.decode()


def test_who_may(client):
    row, _ = keep(make_person("rita", Role.REPORTS))
    paths = [
        "/reports/kbart/series/",
        f"/reports/kbart/series/{row.pk}/",
        "/reports/kbart/keys/",
        "/reports/kbart/check/",
    ]
    for path in paths:
        assert client.get(path).status_code == 302
    client.force_login(make_person("reader", Role.READER))
    for path in paths:
        assert client.get(path).status_code == 403


def test_its_jobs_and_acts_are_links_where_work_is_shown(rita):
    from apps.common.subjects import links
    from apps.nodes.work import kind_name

    row, job = keep(rita)
    FeedToken.objects.create(label="Ours", key="kb-1", digest="d" * 64)
    check = Check.objects.create(user=rita, file_name="ours.txt", sha256="d" * 64, size=7)
    found = links([job.subject, row.audit_subject, "kbart-key:kb-1", f"kbart-check:{check.pk}"])
    assert found[job.subject].url == f"{EDITIONS}{row.editions.get().pk}/"
    assert found[row.audit_subject] == Link("Riverside", f"/reports/kbart/series/{row.pk}/")
    assert all(link.url for link in found.values())
    assert kind_name(job.kind) == "making an edition of a report"


def test_when_the_set_is_gone_what_was_made_stays(client, rita):
    ours = TitleSet.objects.create(name="Ours", name_key="ours", kind=SetKind.HAND)
    au = proved_au("Tides")
    TitleSetMember.objects.create(title_set=ours, title=au.title)
    first = made(rita, set=str(ours.pk))
    assert first.rows == 1
    ours.members.all().delete()
    ours.delete()
    failed = another(first)
    assert (failed.state, "the number of a title set" in failed.error) == ("failed", True)
    for form in ("tsv", "csv", "pdf"):
        answer = client.get(f"{EDITIONS}{first.pk}/file/?format={form}")
        assert answer.status_code == 200
        body(answer)
    assert client.get(f"/reports/kbart/series/{first.series_id}/").status_code == 200


@pytest.mark.parametrize(
    ("zone", "said", "exact"),
    [
        ("Pacific/Auckland", "22 Nov 2026, 11:30", "22 November 2026, 11:30:00 NZDT"),
        ("America/Bogota", "21 Nov 2026, 17:30", "21 November 2026, 17:30:00 -05"),
    ],
)
def test_the_next_edition_is_told_in_the_zone_of_who_reads(client, rita, zone, said, exact):
    row, _ = keep(rita, every="day")
    Series.objects.filter(pk=row.pk).update(next_at=dt.datetime(2026, 11, 21, 22, 30, tzinfo=dt.UTC))
    rita.time_zone = zone
    rita.save(update_fields=["time_zone"])
    for page in (f"/reports/kbart/series/{row.pk}/", "/reports/kbart/series/"):
        text = client.get(page).content.decode()
        assert said in text, page
        assert exact in text, page


def test_an_edition_for_a_link_resolver_is_downloaded_as_it_was_made(client, rita):
    au = proved_au("Tides")
    change(au, year="2001", volume="1")
    row = made(rita, report="sfx")
    expected, _ = report(scope="collected", report="sfx")
    assert row.rows_path.read_bytes() == expected
    answer = client.get(f"{EDITIONS}{row.pk}/file/")
    assert body(answer) == expected
    assert "Table" in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(body(client.get(f"{EDITIONS}{row.pk}/file/?compress=yes")))) as archive:
        assert archive.read(archive.namelist()[0]) == expected
    for asked in ("columns=issn", "format=xlsx", "omit_empty=yes"):
        refused = client.get(f"{EDITIONS}{row.pk}/file/?{asked}")
        assert refused.status_code == 400
        assert f"“{asked.partition('=')[0]}” cannot be asked for" in refused.content.decode()


def test_lines_for_a_link_resolver_are_not_compared(client, rita):
    proved_au("Tides")
    one, other = made(rita, report="sfx"), made(rita, slug="other")
    assert client.get(f"/reports/kbart/compare/?before={one.pk}&after={other.pk}").status_code == 400
    assert f'value="{one.pk}"' not in client.get(f"{EDITIONS}{other.pk}/").content.decode()
    assert f'value="{other.pk}"' not in client.get(f"{EDITIONS}{one.pk}/").content.decode()
