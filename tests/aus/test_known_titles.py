"""Titles stay findable as long as a list names them, in units or in lines of coverage, or something of them is here."""

import csv
from importlib import import_module

import pytest
from django.db import connection
from django.utils.translation import override

from apps.accounts.choices import Role
from apps.aus.holdings.catalogue import Matcher
from apps.aus.models import Au
from apps.aus.services import deactivate_aus, follow_lists, select_aus
from apps.common.stored import retold
from apps.lockss.holdings import Entry
from apps.titles.choices import ImportState
from apps.titles.kbart_files import read_kbart
from apps.titles.models import ListedAu, ListImport, Publisher, Title
from apps.titles.services import import_kbart_file, start_undo
from apps.titles.services.importing import run_import
from tests.accounts.factories import make_person
from tests.asking import as_person
from tests.aus.factories import load_sample, offer, volumes
from tests.titles.factories import make_import, read_au, read_file, read_title
from tests.titles.test_kbart_files import BOOK, SERIAL, file

pytestmark = pytest.mark.django_db
NAME, ISSN = "Journal of Estuarine Studies", "0378-5955"
GONE = "no longer named by a list"
ONLY_LINES = "only coverage, no units"


def estuarine(count: int):
    return [read_au(read_title(NAME, issn=ISSN), volume) for volume in range(1, count + 1)]


def ids(rows: list[ListedAu]) -> list[int]:
    return [row.pk for row in rows]


def forget() -> None:
    """The list comes again, whole, without the title."""
    offer(read_au(read_title("Annals of Sand", issn="0028-0836"), 1), retire=True)


@pytest.fixture
def gone() -> Title:
    """Two of its three units are selected here, and no list names any of them now."""
    load_sample()
    select_aus(user=make_person("lee", Role.LIBRARIAN), listed_au_ids=ids(offer(*estuarine(3))[:2]))
    forget()
    return Title.objects.get(issn=ISSN)


def lines(tmp_path, *rows: dict[str, str], **more) -> ListImport:
    path = tmp_path / "lines.txt"
    path.write_text(file(*rows))
    return import_kbart_file(path=path, list_name="Lines", **more)


def names(client, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return [row.name for row in answer.context["list"].items]


@pytest.mark.parametrize(
    "narrowed",
    ["", f"q={ISSN}", "q=stuarine", "here=selected", "q=tidewater&here=selected", "publisher=tide"],
)
def test_what_is_selected_stays_in_the_list(client, gone, narrowed):
    as_person(client, Role.READER)
    assert NAME in names(client, f"/titles/?{narrowed}")
    assert GONE in client.get(f"/titles/?{narrowed}").content.decode()


def test_pages_of_what_no_list_names(client, gone):
    as_person(client, Role.READER)
    own = f"/publishers/{gone.publisher_id}/"
    assert NAME in names(client, own)
    assert NAME in names(client, f"{own}?here=selected")
    assert GONE in client.get(f"/titles/{gone.pk}/").content.decode()
    answer = client.get("/titles/")
    assert answer.context["list"].total.number == 2
    assert Publisher.objects.get().title_count == 2


def test_what_was_never_here_goes(client):
    load_sample()
    offer(*estuarine(2))
    forget()
    as_person(client, Role.READER)
    assert names(client, "/titles/") == ["Annals of Sand"]
    assert Publisher.objects.get().title_count == 1
    offer(*estuarine(2))
    assert names(client, "/titles/") == ["Annals of Sand", NAME]


def test_what_was_deactivated_is_still_found(client, gone):
    deactivate_aus(user=make_person("dee", Role.LIBRARIAN), aus=Au.objects.all())
    as_person(client, Role.READER)
    assert names(client, "/titles/?here=deactivated") == [NAME]


def test_holdings_match_it(gone):
    entry = Entry(2, NAME, issns=(ISSN,), years=((2001, 2002),))
    misspelt = Entry(3, "Journal of Estuarine Study")
    judged = list(Matcher(2026).judge([entry, misspelt]))
    assert judged[0].match.chosen.offer.id == gone.pk
    assert [one.offer.id for one in judged[1].match.candidates] == [gone.pk]


def test_a_unit_that_is_found_after_its_list_dropped_it(client):
    """A rebuilt node: the unit was here before any list named it."""
    load_sample()
    select_aus(user=make_person("lee", Role.LIBRARIAN), listed_au_ids=ids(offer(*estuarine(1))))
    Au.objects.update(listed=None, title=None, publisher=None)
    forget()
    assert not Title.objects.get(issn=ISSN).is_known
    follow_lists(recent=None)
    assert Title.objects.get(issn=ISSN).is_known
    assert Publisher.objects.get().title_count == 2
    as_person(client, Role.READER)
    assert NAME in names(client, f"/titles/?q={ISSN}")


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        ("", [SERIAL, BOOK]),
        ("q=1234-5679", [SERIAL]),
        ("q=978-0-306-40615-7", [BOOK]),
        ("q=delta", [BOOK]),
        ("q=tidewater", [SERIAL, BOOK]),
        ("publisher=tidewater", [SERIAL, BOOK]),
    ],
)
def test_what_only_lines_name_is_found(client, tmp_path, narrowed, found):
    lines(tmp_path, SERIAL, BOOK)
    as_person(client, Role.READER)
    wanted = {row["publication_title"] for row in found}
    assert set(names(client, f"/titles/?{narrowed}")) == wanted
    page = client.get(f"/titles/?{narrowed}").content.decode()
    assert ONLY_LINES in page
    assert GONE not in page


@pytest.mark.parametrize(
    "given",
    [
        {"title": "Another name", "issns": (SERIAL["print_identifier"],)},
        {"title": SERIAL["publication_title"]},
        {"title": SERIAL["publication_title"], "publisher": SERIAL["publisher_name"]},
        {"title": "", "isbns": ("9780306406157",)},
    ],
)
def test_holdings_say_that_it_is_known_and_not_on_offer(tmp_path, given):
    lines(tmp_path, SERIAL, BOOK)
    entry = Entry(2, given.pop("title"), **given)
    judged = next(Matcher(2026).judge([entry]))
    assert judged.match.state == "unmatched"
    assert [note.code for note in judged.notes] == ["no-units-on-offer"]
    name = (BOOK if entry.isbns else SERIAL)["publication_title"]
    assert f"The catalogue knows “{name}”" in judged.notes[0].text
    with override("es"):
        assert "El catálogo" in retold(judged.notes[0].text)


@pytest.mark.parametrize(
    "given",
    [
        {"title": SERIAL["publication_title"], "publisher": "Quite Another House"},
        {"title": SERIAL["publication_title"], "issns": ("0028-0836",)},
        {"title": "Nobody's Annals"},
    ],
)
def test_what_only_lines_name_is_not_taken_for_another(tmp_path, given):
    lines(tmp_path, SERIAL)
    judged = next(Matcher(2026).judge([Entry(2, given.pop("title"), **given)]))
    assert (judged.match.state, judged.notes) == ("unmatched", ())


def test_its_publisher_and_its_page(client, tmp_path):
    done = lines(
        tmp_path, SERIAL, {**SERIAL, "date_first_issue_online": "2015", "date_last_issue_online": "2019"}
    )
    title = Title.objects.get()
    as_person(client, Role.READER)
    assert names(client, f"/publishers/{title.publisher_id}/") == [title.name]
    assert names(client, "/publishers/") == ["Tidewater Press"]
    page = client.get(f"/titles/{title.pk}/").content.decode()
    assert GONE not in page
    assert f'href="/lists/{done.title_list_id}/coverage/"' in page
    assert "2001 – today" in page
    assert "2015 – 2019" in page


def test_lines_that_are_gone_are_no_longer_told(client, tmp_path):
    lines(tmp_path, SERIAL, BOOK)
    lines(tmp_path, BOOK, retire=True)
    as_person(client, Role.READER)
    assert names(client, "/titles/") == [BOOK["publication_title"]]
    title = Title.objects.get(issn=SERIAL["print_identifier"])
    assert not title.is_known
    assert "2001 – today" not in client.get(f"/titles/{title.pk}/").content.decode()


def test_undoing_brings_lines_back(client, tmp_path):
    lines(tmp_path, SERIAL, BOOK)
    last = lines(tmp_path, BOOK, retire=True)
    start_undo(list_import=last, version=last.version, user=make_person("ned", Role.NETWORK))
    last.refresh_from_db()
    assert last.state == ImportState.UNDONE
    as_person(client, Role.READER)
    assert len(names(client, "/titles/")) == 2
    assert Publisher.objects.get().title_count == 2


def test_undoing_takes_lines_from_a_title_that_stays(client, tmp_path):
    """Its units were retired, so that only the lines name it."""
    load_sample()
    offer(read_au(read_title(SERIAL["publication_title"], issn=SERIAL["print_identifier"]), 1))
    first = lines(tmp_path, SERIAL)
    forget()
    title = Title.objects.get(issn=SERIAL["print_identifier"])
    assert title.is_known
    start_undo(list_import=first, version=first.version, user=make_person("ned", Role.NETWORK))
    title.refresh_from_db()
    assert not title.is_known


def test_the_page_of_what_was_added_names_lines(client, tmp_path):
    done = lines(tmp_path, SERIAL, BOOK)
    as_person(client, Role.READER)
    answer = client.get(f"/lists/imports/{done.pk}/added/")
    page = answer.content.decode()
    assert SERIAL["publication_title"] in page
    assert BOOK["publication_title"] in page
    assert answer.context["list"].total.number == 2
    assert "archival unit" not in answer.context["list"].count_text


def test_of_units_and_lines_the_page_names_units_and_leads_to_lines(client):
    data = file(SERIAL, BOOK).encode()
    files = [read_file(estuarine(2)), read_kbart("lines.txt", "0" * 64, data)]
    done = run_import(list_import=make_import(), files=files)
    as_person(client, Role.READER)
    answer = client.get(f"/lists/imports/{done.pk}/added/")
    assert answer.context["list"].total.number == 2
    assert [row.listed_au.title.name for row in answer.context["list"].items] == [NAME, NAME]
    assert f'href="/lists/{done.title_list_id}/coverage/"' in answer.content.decode()


def test_what_was_taken_back_counts_as_nothing(client, tmp_path):
    done = lines(tmp_path, SERIAL, BOOK)
    start_undo(list_import=done, version=done.version, user=make_person("ned", Role.NETWORK))
    as_person(client, Role.READER)
    assert client.get(f"/lists/imports/{done.pk}/added/").context["list"].total.number == 0


def test_older_databases_learn_what_is_known(gone, tmp_path):
    lines(tmp_path, SERIAL, BOOK)
    lines(tmp_path, BOOK, retire=True)
    offer(*volumes(2, "Never Here"), name="Harbour")
    offer(*volumes(1, "Annals of Reeds"), name="Harbour", retire=True)
    known, counted = (
        dict(Title.objects.values_list("name", "is_known")),
        list(Publisher.objects.values_list("name", "title_count").order_by("pk")),
    )
    assert sorted(name for name, is_known in known.items() if not is_known) == [
        "Never Here",
        SERIAL["publication_title"],
    ]
    Title.objects.update(is_known=True)
    migration = import_module("apps.titles.migrations.0009_known_titles")
    with connection.cursor() as cursor:
        cursor.execute(migration.BACK)
        cursor.execute(migration.UNKNOWN)
    assert dict(Title.objects.values_list("name", "is_known")) == known
    assert list(Publisher.objects.values_list("name", "title_count").order_by("pk")) == counted


def test_the_page_of_titles_reads_names_from_its_index(gone):
    """What is known stands in the index of names: rows are not looked up to pass them by."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'title_by_name'")
        assert "INCLUDE (publisher_id, is_known)" in cursor.fetchone()[0]


def test_downloads_have_the_numbers_of_titles_in_columns(client, gone):
    row = gone.listed_aus.first().entries.get()
    as_person(client, Role.READER)
    for address in (
        "/titles/",
        f"/publishers/{gone.publisher_id}/",
        f"/lists/{row.title_list_id}/aus/",
        f"/lists/{row.title_list_id}/coverage/",
    ):
        data = b"".join(client.get(f"{address}?format=csv").streaming_content).decode("utf-8-sig")
        heads, *found = csv.reader(data.splitlines())
        assert heads[-3:] == ["ISSN", "eISSN", "ISSN-L"], address
        if "coverage" not in address:
            assert ["0028-0836", "", ""] in [line[-3:] for line in found], address
        assert "eISSN" not in [head.label for head in client.get(address).context["list"].heads], address
