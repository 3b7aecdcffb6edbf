"""A library's list from upload to act: rows, decisions, proposals, and who may."""

import io
import uuid
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from apps.accounts.choices import Role
from apps.aus import services, tasks
from apps.aus.choices import HoldingsState
from apps.aus.errors import HoldingsActError
from apps.aus.models import Au, HoldingsColumns, HoldingsDecision, HoldingsUpload, Selection
from apps.common import jobs
from apps.common.models import Job
from apps.lockss.holdings import Field
from apps.titles.models import Title
from tests.accounts.factories import make_person
from tests.asking import as_person, check_acting, check_reading, last_audit
from tests.aus.factories import load_sample, offer, volumes
from tests.titles.factories import read_au, read_title

pytestmark = pytest.mark.django_db
LIST = (
    "Bestand der Bibliothek;;;;\nTitel;Verlag;ISSN;Von;Bis\n"
    "Agua & Vida;Marsh;0028-0836;2005;2006\n"
    "journal of estuarine studies;Tidewater;;2002;\n"
    "Nature;;;;\n"
    "Annals of Rust;Nobody;1234-5679;;\n"
    ";;;;2003\n"
)


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.NODE = replace(settings.NODE, media_dir=tmp_path / "media")


@pytest.fixture
def titles():
    load_sample()
    water = read_title("Água e Vida", publisher="Marsh & Sons", issn="0028-0836", eissn="1476-4687")
    return offer(
        *(read_au(water, volume) for volume in (5, 6, 8)),
        *volumes(4),
        *volumes(1, "Nature", publisher="Tide"),
        *volumes(
            1, "Nature", publisher="Harbour", params={"base_url": "http://harbour.example/", "volume": "1"}
        ),
    )


def test_workers_know_the_job():
    assert tasks.read_holdings


def file(text: str | bytes = LIST, name: str = "list.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def read(text: str | bytes = LIST, user=None, name: str = "list.csv") -> HoldingsUpload:
    user = user or make_person(f"lib{uuid.uuid4().hex[:6]}", Role.LIBRARIAN)
    row, job = services.start_holdings(upload=file(text, name), user=user)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert not job.error, job.error
    row.refresh_from_db()
    return row


def states(row: HoldingsUpload) -> list[tuple[int, str]]:
    return list(row.lines_read.order_by("line").values_list("line", "state"))


def selected() -> set[int]:
    return set(Au.objects.filter(state="selected").values_list("listed_id", flat=True))


def proposed(row: HoldingsUpload, user=None, **more):
    row.refresh_from_db()
    given = {"version": row.version, "mark": services.proposal_of(row).mark, **more}
    return services.select_proposed(upload=row, user=user or row.user, **given)


def test_every_line_becomes_a_row(titles):
    row = read()
    assert row.state == HoldingsState.READY
    assert states(row) == [
        (3, "matched"),
        (4, "matched"),
        (5, "ambiguous"),
        (6, "unmatched"),
        (7, "unread"),
    ]
    assert (row.lines, row.matched, row.ambiguous, row.unmatched, row.unread) == (5, 2, 1, 1, 1)
    first, second = row.lines_read.order_by("line")[:2]
    assert (first.years, first.held, first.missing) == (((2005, 2006),), [2005, 2006], [])
    assert second.years == ((2002, None),)
    assert row.columns == {"title": 0, "publisher": 1, "issn": 2, "first": 3, "last": 4}
    assert row.head[0] == "Titel"


def test_reading_twice_leaves_the_same_rows(titles):
    """A worker that is killed leaves lines behind; the next one begins anew."""
    row = read()
    before = states(row)
    again = services.read_holdings(upload_id=row.pk)
    assert states(again) == before
    assert again.lines == 5


def test_what_the_lines_mean_is_selected_in_one_act(titles):
    row = read()
    found = services.proposal_of(row)
    # Of Água e Vida 2005 and 2006; of the journal 2002 to 2004.
    assert (found.aus, found.titles, found.already) == (5, 2, 0)
    act = proposed(row)
    assert selected() == {one.pk for one in (*titles[:2], *titles[4:7])}
    assert act.selection.scope == {"kind": "holdings", "ids": [row.pk]}
    # The same form again does nothing more.
    row.refresh_from_db()
    assert proposed(row) is None
    # And a late worker changes nothing of what was selected from.
    assert services.read_holdings(upload_id=row.pk).version == row.version
    assert Selection.objects.count() == 1


def test_an_act_is_of_the_set_that_was_shown(titles):
    row = read()
    mark = services.proposal_of(row).mark
    water = read_title("Água e Vida", publisher="Marsh & Sons", issn="0028-0836", eissn="1476-4687")
    offer(read_au(water, 51, year="2005"), name="Another")
    with pytest.raises(HoldingsActError, match="has changed"):
        services.select_proposed(upload=row, version=row.version, mark=mark, user=row.user)
    assert not selected()


def test_struck_lines_and_isbns(titles):
    books = read_title("Tide Tables", kind="bookSeries")
    kent, devon = offer(
        read_au(books, 1, name="Tides of Kent", isbn="978-3-16-148410-0"),
        read_au(books, 2, name="Tides of Devon", isbn="978-0-306-40615-7"),
        name="Books",
    )
    row = read("Title,ISBN\nTides of Kent,9783161484100\nNature of Tide,\n")
    assert services.proposal_of(row).aus == 1
    services.strike_lines(upload=row, lines=row.lines_read.filter(line=2), struck=True, user=row.user)
    assert services.proposal_of(row).aus == 0
    services.strike_lines(upload=row, lines=row.lines_read.filter(line=2), struck=False, user=row.user)
    proposed(row)
    assert selected() == {kent.pk}
    assert devon.pk not in selected()


def test_a_decision_settles_the_line_and_the_next_list(titles):
    row = read()
    line = row.lines_read.get(state="ambiguous")
    harbour = Title.objects.get(publisher__name="Harbour")
    assert services.decide_line(line=line, version=row.version, title=harbour, user=row.user) == 1
    row.refresh_from_db()
    assert (row.matched, row.ambiguous) == (3, 0)
    assert services.proposal_of(row).aus == 6
    again = read("Publication title,Publisher\nThe NATURE,\n")
    assert states(again) == [(2, "matched")]
    assert again.lines_read.get().title == harbour
    assert again.lines_read.get().found_by == "decision"
    services.forget_decision(decision=HoldingsDecision.objects.get(), user=row.user)
    assert states(read("Title\nNature\n")) == [(2, "ambiguous")]


def test_none_of_these_is_remembered_too(titles):
    row = read()
    line = row.lines_read.get(state="ambiguous")
    services.decide_line(line=line, version=row.version, title=None, user=row.user)
    assert states(read("Title\nNature\n")) == [(2, "unmatched")]


def test_a_title_found_by_hand_needs_no_likeness(titles):
    row = read()
    line = row.lines_read.get(state="unmatched")
    harbour = Title.objects.get(publisher__name="Harbour")
    services.decide_line(line=line, version=row.version, title=harbour, user=row.user)
    again = read("Title;Publisher;ISSN\nAnnals of Rust;Nobody;1234-5679\n")
    assert again.lines_read.get().title == harbour


def test_an_old_form_is_refused(titles):
    row = read()
    line = row.lines_read.get(state="ambiguous")
    services.strike_lines(upload=row, lines=row.lines_read.filter(line=3), struck=True, user=row.user)
    with pytest.raises(HoldingsActError, match="look at it again"):
        services.decide_line(line=line, version=row.version, title=None, user=row.user)


def test_columns_by_hand_are_remembered_for_the_head(titles):
    text = "Kennung;Was\nAgua & Vida;0028-0836\n"
    row = read(text)
    assert row.state == HoldingsState.FAILED
    assert "columns" in row.error
    job = services.set_columns(
        upload=row, version=row.version, columns={Field.TITLE: 0, Field.ISSN: 1}, head_line=1, user=row.user
    )
    jobs.run(job.pk)
    row.refresh_from_db()
    assert (row.state, row.matched) == (HoldingsState.READY, 1)
    assert HoldingsColumns.objects.get().columns == {"title": 0, "issn": 1}
    assert read(text).matched == 1


def test_a_proposal_waits_for_the_colleague(titles):
    row = read()
    bob = make_person("bob", Role.LIBRARIAN)
    services.hand_over(upload=row, version=row.version, to=bob, note="Please.", user=row.user)
    with pytest.raises(HoldingsActError, match="waits for bob"):
        proposed(row)
    assert proposed(row, bob).selection.user == bob


def test_a_proposal_is_between_two(titles):
    """A third librarian neither takes it over nor changes it; who handed it over may take it back."""
    row = read()
    bob, eve = make_person("bob", Role.LIBRARIAN), make_person("eve", Role.LIBRARIAN)
    services.hand_over(upload=row, version=row.version, to=bob, note="", user=row.user)
    row.refresh_from_db()
    lines = row.lines_read.filter(line=3)
    for act in (
        lambda: services.take_back(upload=row, version=row.version, user=eve),
        lambda: services.hand_over(upload=row, version=row.version, to=eve, note="", user=eve),
        lambda: services.strike_lines(upload=row, lines=lines, struck=True, user=eve),
        lambda: services.set_columns(
            upload=row, version=row.version, columns={Field.TITLE: 0}, head_line=2, user=eve
        ),
    ):
        with pytest.raises(HoldingsActError, match="waits for bob"):
            act()
    assert services.strike_lines(upload=row, lines=lines, struck=True, user=bob) == 1
    row.refresh_from_db()
    services.take_back(upload=row, version=row.version, user=row.user)
    row.refresh_from_db()
    assert row.handed_to is None


def test_what_was_struck_stays_struck_when_the_list_is_read_again(titles):
    row = read()
    services.strike_lines(upload=row, lines=row.lines_read.filter(line=3), struck=True, user=row.user)
    services.read_holdings(upload_id=row.pk)
    assert list(row.lines_read.filter(struck=True).values_list("line", flat=True)) == [3]


def test_a_list_that_no_worker_reads_any_more_says_so(titles):
    person = make_person("ann", Role.LIBRARIAN)
    row, job = services.start_holdings(upload=file(), user=person)
    assert services.close_lost_readings() == 0
    Job.objects.filter(pk=job.pk).update(state="failed", error="the worker died")
    assert services.close_lost_readings() == 1
    row.refresh_from_db()
    assert (row.state, row.lines) == (HoldingsState.FAILED, 0)
    assert "broken off" in row.error


def test_a_list_of_nothing_but_a_head_is_not_read(titles):
    row = read("Title;ISSN\n")
    assert row.state == HoldingsState.FAILED
    assert "No line stands below" in row.error


def test_many_lines_that_say_the_same_are_settled_together(titles, django_assert_max_num_queries):
    row = read("Title\n" + "Nature\n" * 1_500)
    line = row.lines_read.first()
    harbour = Title.objects.get(publisher__name="Harbour")
    with django_assert_max_num_queries(20):
        assert services.decide_line(line=line, version=row.version, title=harbour, user=row.user) == 1_500
    row.refresh_from_db()
    assert row.matched == 1_500


def test_the_same_upload_twice_is_one(titles):
    person, key = make_person("ann", Role.LIBRARIAN), uuid.uuid4()
    one, _ = services.start_holdings(upload=file(), user=person, request_key=key)
    two, _ = services.start_holdings(upload=file(), user=person, request_key=key)
    assert one == two
    assert HoldingsUpload.objects.count() == 1
    assert Job.objects.filter(kind="read-holdings").count() == 1
    assert len(list(Path(one.stored_path).parent.iterdir())) == 1


# Pages


def test_who_may(client, titles):
    row = read()
    line = row.lines_read.get(state="ambiguous")
    one = f"/holdings/{row.pk}/"
    for path in ("/holdings/", one, f"{one}lines/{line.pk}/", "/holdings/decisions/"):
        check_reading(client, path)
    for path in (
        "/holdings/upload/",
        f"{one}strike/",
        f"{one}select/",
        f"{one}hand/",
        f"{one}take-back/",
        f"{one}lines/{line.pk}/decide/",
    ):
        check_acting(client, path, [Role.LIBRARIAN])


def test_a_librarian_goes_the_whole_way(client, titles):
    as_person(client, Role.LIBRARIAN)
    page = client.get("/holdings/")
    assert "No list of yours was uploaded yet" in page.content.decode()
    answer = client.post("/holdings/upload/", {"file": file()})
    own = answer["Location"]
    assert "Waits to be read" in client.get(own).content.decode()
    jobs.run(Job.objects.get(kind="read-holdings").pk)
    page = client.get(own).content.decode()
    assert "lines are matched" in page
    assert "line is ambiguous; you decide" in page
    row = HoldingsUpload.objects.get()
    line = row.lines_read.get(state="ambiguous")
    page = client.get(f"{own}lines/{line.pk}/").content.decode()
    assert "Harbour" in page
    assert "Tide" in page
    harbour = Title.objects.get(publisher__name="Harbour")
    client.post(f"{own}lines/{line.pk}/decide/", {"version": row.version, "title": harbour.pk})
    page = client.get(f"{own}propose/")
    form = page.context["select"].initial
    answer = client.post(f"{own}select/", form)
    assert answer["Location"].startswith("/selections/")
    # That of Harbour lacks what the platform's definition asks for, and says so.
    assert len(selected()) == 5
    assert "1 was not possible" in client.get(answer["Location"]).content.decode()
    assert last_audit().action == "aus.select"
    # The back button and the same form again: to what was done.
    assert client.post(f"{own}select/", form)["Location"] == answer["Location"]
    assert client.get(f"{own}propose/")["Location"] == answer["Location"]


def test_what_would_be_reactivated_is_said_before_it_is_confirmed(client, titles):
    services.select_aus(user=make_person("sol", Role.LIBRARIAN), listed_au_ids=[one.pk for one in titles[:5]])
    as_person(client, Role.LIBRARIAN)
    row = read()
    own = f"/holdings/{row.pk}/"
    for path in (own, f"{own}propose/"):
        assert "re-activat" not in client.get(path).content.decode(), path
    stopped = [titles[0].pk, titles[1].pk]
    services.deactivate_aus(
        user=make_person("dee", Role.LIBRARIAN), aus=Au.objects.filter(listed__in=stopped)
    )
    page = client.get(f"{own}propose/").content.decode()
    assert "were deactivated by people; selecting re-activates them" in page
    units = f"{own}units/?here=deactivated"
    assert f'href="{units}"' in page
    assert {one.pk for one in client.get(units).context["list"].items} == set(stopped)
    answer = client.get(f"{own}?reactivates=yes")
    lines = [(one.line, one.stopped) for one in answer.context["list"].items]
    assert lines == [(3, 2)]
    assert "Selecting re-activates 2 deactivated archival units." in answer.content.decode()
    assert len(client.get(f"{own}?reactivates=no").context["list"].items) == 4
    # What was deactivated since the page was made is not brought back by it.
    shown = client.get(f"{own}propose/").context["select"].initial
    services.deactivate_aus(
        user=make_person("del", Role.LIBRARIAN), aus=Au.objects.filter(listed=titles[4].pk)
    )
    assert client.post(f"{own}select/", shown).status_code == 409
    assert Au.objects.filter(state="deactivated").count() == 3
    services.reactivate_aus(
        user=make_person("ray", Role.LIBRARIAN), aus=Au.objects.filter(listed=titles[4].pk)
    )
    # A line that is struck re-activates nothing.
    row.lines_read.filter(line=3).update(struck=True)
    assert not client.get(f"{own}?reactivates=yes").context["list"].items
    assert "re-activates" not in client.get(f"{own}propose/").content.decode()


def test_columns_page_and_its_errors(client, titles):
    person = as_person(client, Role.LIBRARIAN)
    row = read("Kennung;Was\nAgua & Vida;0028-0836\n", user=person)
    path = f"/holdings/{row.pk}/columns/"
    assert "2: Was" in client.get(path).content.decode()
    answer = client.post(path, {"version": row.version, "head_line": 1})
    assert answer.status_code == 422
    assert "Say which column" in answer.content.decode()
    client.post(path, {"version": row.version, "head_line": 1, "title": "0", "issn": "1"})
    jobs.run(Job.objects.filter(kind="read-holdings").latest("pk").pk)
    row.refresh_from_db()
    assert row.matched == 1


def test_a_title_that_is_written_by_hand(client, titles):
    person = as_person(client, Role.LIBRARIAN)
    row = read(user=person)
    line = row.lines_read.get(state="unmatched")
    path = f"/holdings/{row.pk}/lines/{line.pk}/decide/"
    for other, said in (
        ("", "Write the ISSN"),
        ("Nature", "Several titles"),
        ("Nobody", "No title list names"),
    ):
        answer = client.post(path, {"version": row.version, "title": "other", "other": other})
        assert answer.status_code == 422
        assert said in answer.content.decode()
    client.post(path, {"version": row.version, "title": "other", "other": "1476-4687"})
    assert row.lines_read.get(pk=line.pk).title.name == "Água e Vida"


def test_downloads_neutralise_formulas(client, titles):
    person = as_person(client, Role.LIBRARIAN)
    row = read("Title\n=HYPERLINK(1)\n", user=person)
    body = b"".join(client.get(f"/holdings/{row.pk}/?format=csv")).decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in body


# Hostile files


def book(cells: list[list]) -> bytes:
    made = Workbook()
    for row in cells:
        made.active.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO(book([["Title"], ["Nature"]]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b" " * 40_000_000)
    return out.getvalue()


def entities() -> bytes:
    source, out = zipfile.ZipFile(io.BytesIO(book([["Title"], ["Nature"]]))), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("sheet1.xml"):
                data = b'<!DOCTYPE x [<!ENTITY a "aaa">]>' + data
            archive.writestr(name, data)
    return out.getvalue()


def changed(name: str, change) -> bytes:
    """A spreadsheet with one member made otherwise."""
    source, out = zipfile.ZipFile(io.BytesIO(book([["Title"], ["Nature"]]))), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in source.namelist():
            data = source.read(member)
            archive.writestr(member, change(data) if member.endswith(name) else data)
    return out.getvalue()


def far_row() -> bytes:
    return changed(
        "sheet1.xml",
        lambda data: data.replace(b'r="2"', b'r="2500000000"').replace(b'"A2"', b'"A2500000000"'),
    )


def damaged() -> bytes:
    data = bytearray(book([["Title"], ["Nature"]]))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    at = info.header_offset + 30 + len(info.filename)
    data[at : at + info.compress_size] = b"\xff" * info.compress_size
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "PDF"),
        (bomb(), "unpacks"),
        (entities(), "entities"),
        (book([["Title"], ["Nature"]])[:-600], "damaged"),
        (damaged(), "damaged"),
        (far_row(), "empty"),
    ],
    ids=["empty", "pdf", "bomb", "entities", "cut", "damaged", "far row"],
)
def test_hostile_files_are_told_and_leave_nothing_half_done(client, titles, data, said):
    as_person(client, Role.LIBRARIAN)
    answer = client.post("/holdings/upload/", {"file": file(data, "list.xlsx")})
    if answer.status_code == 302:
        jobs.run(Job.objects.get(kind="read-holdings").pk)
        row = HoldingsUpload.objects.get()
        assert row.state == HoldingsState.FAILED
        assert row.lines_read.count() == 0
        page = client.get(answer["Location"]).content.decode()
    else:
        assert answer.status_code == 422
        assert not HoldingsUpload.objects.exists()
        page = answer.content.decode()
    assert said in page


def test_a_million_columns(titles):
    row = read("Title" + ";" * 1_000_000 + "\n" + "Nature" + ";" * 1_000_000 + "\n")
    assert row.state == HoldingsState.FAILED
    wide = book([["Title", *[""] * 3_000], ["Água e Vida", *["x"] * 3_000]])
    row = read(wide, name="wide.xlsx")
    assert states(row) == [(2, "matched")], row.error
