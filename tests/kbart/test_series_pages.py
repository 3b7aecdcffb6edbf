"""The pages of series and editions: forms, who may, where work on them is shown, and times as the reader has them."""

import csv
import datetime as dt
import io
import re
import uuid

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.common.display import moment_text
from apps.common.pages import Link
from apps.common.subjects import links
from apps.kbart import services
from apps.kbart.errors import ActError
from apps.kbart.models import Check, Edition, FeedToken, Series
from tests.accounts.factories import make_person
from tests.kbart.editions import EDITIONS, keep, made, run_all
from tests.kbart.reports import body, proved_au

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


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


@pytest.mark.parametrize("role", [Role.REPORTS, Role.LIBRARIAN, Role.NETWORK, Role.SYSTEM], ids=str)
def test_an_empty_page_says_what_to_do_next_and_leads_there(client, role):
    """It spoke of a form below, and nothing stood below."""
    client.force_login(make_person("someone", role))
    page = client.get("/reports/kbart/series/").content.decode()
    empty = page.partition('<div class="empty">')[2].partition("</div>")[0]
    assert "below" not in empty
    assert "Keep it, make it again" in empty
    (way,) = re.findall(r'href="([^"]+)"', empty)
    there = client.get(way)
    assert there.status_code == 200
    assert ">Keep it, make it again<" in there.content.decode()


def test_what_is_ticked_and_not_shown_yet_is_kept(client, rita):
    """“Keep it” was a link with the query of the address, and dropped the form's choices."""
    page = client.get("/reports/kbart/?scope=preserved").content.decode()
    form = page.partition('id="order"')[2].partition("</form>")[0]
    assert '<button type="submit" class="button" name="keep" value="yes">' in form
    assert "/reports/kbart/series/new/" not in page
    chosen = {"scope": "collected", "kind": "serials", "with_id": "yes", "keep": "yes"}
    there = client.post("/reports/kbart/", chosen)
    assert there.status_code == 302
    assert there["Location"] == "/reports/kbart/series/new/?scope=collected&kind=serials&with_id=yes"
    assert client.get(there["Location"]).status_code == 200
    wrong = client.post("/reports/kbart/", {**chosen, "since": "whenever"})
    assert wrong.status_code == 400
    assert "whenever" in wrong.content.decode()


def test_a_report_without_editions_says_what_to_do_next(client, rita):
    row, _ = keep(rita)
    row.editions.all().delete()
    page = client.get(f"/reports/kbart/series/{row.pk}/").content.decode()
    assert "No edition of it yet" in page
    assert ">Make an edition now<" in page


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


def test_a_report_is_ended_with_a_question_and_its_editions_stay(client, rita):
    proved_au("Tides")
    row, _ = keep(rita, every="day")
    run_all()
    own = f"/reports/kbart/series/{row.pk}/"
    assert f'href="{own}end/"' in client.get(own).content.decode()
    asked = client.get(f"{own}end/").content.decode()
    assert "All editions, the address and the keys stay." in asked
    client.post(f"{own}end/")
    row.refresh_from_db()
    assert not row.is_ended
    page = client.post(f"{own}end/", {"confirmed": "yes"}, follow=True).content.decode()
    row.refresh_from_db()
    assert (row.is_ended, row.next_at) == (True, None)
    assert AuditEvent.objects.filter(action="kbart.series-end").count() == 1
    assert "none any more: it was ended" in page
    assert "Make an edition now" not in page
    assert f'href="{own}end/"' not in page
    assert "none any more" in client.get("/reports/kbart/series/").content.decode()
    # Neither the clock nor a form that was open before makes one; what was made is there.
    Series.objects.update(next_at=None)
    assert services.due_editions() == []
    refused = client.post(f"{own}make/", {}, follow=True).content.decode()
    assert "This report was ended" in refused
    edition = row.editions.get()
    assert client.get(f"{EDITIONS}{edition.pk}/").status_code == 200
    assert client.get(f"/kbart/{row.slug}/{row.part}/").status_code == 401
    # Ended twice is ended once; begun again it is made again.
    client.post(f"{own}end/", {"confirmed": "yes"})
    assert AuditEvent.objects.filter(action="kbart.series-end").count() == 1
    change = {"label": row.label, "every": "week", "version": row.version}
    assert client.post(f"{own}change/", change).status_code == 302
    row.refresh_from_db()
    assert (row.is_ended, row.next_at is not None) == (False, True)
    assert client.post(f"{own}make/", {}).status_code == 302
    assert row.editions.count() == 2


def test_the_page_of_a_report_shows_by_itself_that_an_edition_is_whole(client, rita):
    proved_au("Tides")
    row, _ = keep(rita)
    own = f"/reports/kbart/series/{row.pk}/"
    part = {"HX-Request": "true", "HX-Target": "waits"}
    assert 'id="waits"' in client.get(own).content.decode()
    assert "being made" in client.get(own, headers=part).content.decode()
    run_all()
    assert client.get(own, headers=part)["HX-Refresh"] == "true"
    page = client.get(own).content.decode()
    assert 'id="waits"' not in page
    assert "Newest edition" in page


def test_each_report_counts_its_own_editions(client, rita):
    proved_au("Tides")
    keep(rita)
    other, _ = keep(rita, slug="other")
    run_all()
    first = other.editions.get()
    assert first.pk > 1
    assert first.number == 1
    assert (
        f"Edition 1, {moment_text(first.made_at)}"
        in client.get(f"/reports/kbart/series/{other.pk}/").content.decode()
    )
    assert "_CollectedTitlesEdition1_" in first.own_name


def test_an_edition_that_is_made_has_no_numbers_yet_and_one_name_everywhere(client, rita):
    """It had 0 lines and 0 bytes, was “waiting” in the filter and “Being made” in its row; jobs gave it another number."""
    proved_au("Tides")
    first = made(rita)
    other, job = keep(rita, slug="second", label="Second")
    waiting = other.editions.get()
    page = client.get(f"/reports/kbart/series/{other.pk}/?format=csv")
    (told,) = csv.DictReader(io.StringIO(body(page).decode("utf-8-sig")))
    assert (told["Lines"], told["Left out or doubtful"], told["Size"]) == ("", "", "")
    shown = client.get(f"/reports/kbart/series/{other.pk}/?state=waiting").content.decode()
    assert '<option value="waiting" selected>Being made</option>' in shown
    assert ">–<" in shown
    whole = client.get(f"/reports/kbart/series/{first.series_id}/?format=csv")
    (told,) = csv.DictReader(io.StringIO(body(whole).decode("utf-8-sig")))
    assert told["Lines"] == "1"
    link = links([job.subject])[job.subject]
    assert waiting.pk != waiting.number == 1
    assert (link.label, link.url) == ("Second, edition 1", f"/reports/kbart/editions/{waiting.pk}/")
    assert str(waiting) == "edition 1"
