"""The files of an edition: every format is whole and known again, and what lies beside it."""

import io
import json
import zipfile

import pytest

from apps.common.display import moment_text
from apps.kbart.models import Series
from apps.lockss.kbart.file_names import is_file_name
from tests.factories import make_au, make_crawl, make_title
from tests.kbart.editions import EDITIONS, another, made
from tests.kbart.reports import body, change, lines, proved_au, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


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


def test_editions_of_one_day_are_told_apart(client, rita):
    proved_au("Tides")
    first = made(rita)
    second = another(first)
    assert first.name == second.name
    assert (first.number, second.number) == (1, 2)
    listed = client.get(f"/reports/kbart/series/{first.series_id}/").content.decode()
    assert listed.count(", the newest") == 1
    assert f"{moment_text(second.made_at)}, the newest" in listed
    page = client.get(f"{EDITIONS}{second.pk}/").content.decode()
    both = client.get(f"/reports/kbart/compare/?before={first.pk}&after={second.pk}").content.decode()
    for row in (first, second):
        assert f"Edition {row.number}, " in listed
        assert f"Edition {row.number})" in both
    assert f"Edition {second.number}. " in page
    assert f"(edition {first.number})" in page
    files = [client.get(f"{EDITIONS}{row.pk}/file/") for row in (first, second)]
    names = [answer["Content-Disposition"].partition('"')[2].rstrip('"') for answer in files]
    for answer in files:
        body(answer)
    assert len(set(names)) == 2
    assert all(is_file_name(name) for name in names)
    assert [f"Edition{row.number}_" in name for row, name in zip((first, second), names, strict=True)] == [
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
