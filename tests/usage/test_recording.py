"""From a delivery to a row: beside the request, without what names a reader, once, and what is lost is counted."""

import threading
from dataclasses import replace

import pytest
from django.conf import settings as node_settings
from django.db import DataError, InterfaceError, OperationalError
from django.test.utils import CaptureQueriesContext

from apps.delivery import counting
from apps.delivery.models import Article, InstitutionProxy
from apps.delivery.services.kept import forget as forget_sayings
from apps.lockss.delivery import Reader
from apps.titles.choices import TitleKind
from apps.usage import recording
from apps.usage.choices import Reason
from apps.usage.keys import Keys
from apps.usage.models import CountedTitle, UsageEvent, UsageLoss
from apps.usage.recording import Recorder
from apps.usage.services import recording as rows
from tests.factories import make_au, make_publisher, make_title
from tests.usage.readings import AT, FIREFOX, OPENLY, TRIGGERED, delivered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh():
    forget_sayings()


def record(*deliveries) -> list[UsageEvent]:
    recorder = Recorder()
    for one in deliveries:
        recorder.take(one)
    while recorder.write_some():
        pass
    return list(UsageEvent.objects.order_by("moment"))


def test_a_reading_as_a_row():
    au = make_au(title=make_title("Tides"))
    [row] = record(delivered(au, "/content/1/2/3.full.pdf"))
    assert (row.moment, row.au_id, row.customer, row.access, row.kind) == (
        AT,
        au.pk,
        "own",
        "Controlled",
        "full",
    )
    assert (row.title.name, row.title.publisher, row.title.data_type) == (
        "Tides",
        "Tidewater Press",
        "Journal",
    )
    assert (row.title.title_id, row.title.print_issn, row.counted) == (au.title_id, "1234-5679", False)


def test_no_row_holds_what_names_a_reader():
    au = make_au()
    [row] = record(delivered(au, address="192.0.2.77"))
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        told = bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
        assert b"192.0.2.77" not in told
        assert b"Firefox" not in told
        assert b"pub.example" not in told


def test_the_key_of_a_session_lives_an_hour_and_in_this_process_alone():
    keys = Keys()
    first = keys.of(AT)
    assert keys.of(AT.replace(minute=59)) == first
    later = [keys.of(AT.replace(hour=hour)) for hour in (14, 15)]
    assert len({first, *later}) == 3
    # It is gone: what is asked for again is another one.
    assert keys.of(AT) != first
    assert Keys().of(AT) != first


def test_two_readers_and_two_hours_are_sessions_of_their_own():
    au = make_au()
    found = record(
        delivered(au),
        delivered(au, after=40),
        delivered(au, after=50, address="192.0.2.2"),
        delivered(au, after=60, agent=FIREFOX + " x"),
        delivered(au, after=3_600),
    )
    sessions = [bytes(row.session) for row in found]
    assert sessions[0] == sessions[1]
    assert len(set(sessions)) == 4


def test_what_is_nobodys_reading_is_no_row():
    au = make_au()
    assert not record(
        delivered(au, "/x.png", content_type="image/png"),
        delivered(au, "/x.css", content_type="text/css"),
        delivered(au, "/toc.html", content_type="text/html"),
        delivered(au, agent="Googlebot/2.1"),
        delivered(au, agent=""),
        delivered(au, destination="embed"),
    )


def test_whose_reading_it_is_and_by_which_right():
    InstitutionProxy.objects.create(name="Harbour", addresses="198.51.100.7")
    au = make_au()
    found = record(
        delivered(au, after=0),
        delivered(au, after=1, address="198.51.100.7", roles=frozenset()),
        delivered(au, after=2, reader=Reader(address="203.0.113.1", proxy="Harbour")),
        delivered(au, after=3, roles=frozenset(), address="203.0.113.9"),
        delivered(au, after=4, verdict=OPENLY),
        delivered(au, after=5, verdict=OPENLY, roles=frozenset()),
        delivered(au, after=6, verdict=TRIGGERED),
    )
    assert [(row.customer, row.access) for row in found] == [
        ("own", "Controlled"),
        ("proxy:Harbour", "Controlled"),
        ("proxy:Harbour", "Controlled"),
        # Who is none of ours and reads it all the same has what is free.
        ("public", "Free_To_Read"),
        ("own", "Open"),
        ("public", "Open"),
        ("own", "Free_To_Read"),
    ]


def test_books_their_year_and_isbn():
    title = make_title("Shores", make_publisher())
    title.kind = TitleKind.BOOK
    title.save()
    au = make_au(title=title)
    au.listed.eisbn, au.listed.last_year = "978-3-16-148410-0", 2017
    au.listed.save()
    [row] = record(delivered(au))
    assert (row.title.data_type, row.title.isbn, row.year) == ("Book", "978-3-16-148410-0", 2017)


def test_what_identifies_a_journal_and_its_publisher_in_title_lists():
    title = make_title("Tides", make_publisher())
    title.attributes = {"doi": "https://doi.org/10.5555/TIDES", "publisher_ror": "013meh722"}
    title.save()
    au = make_au(title=title)
    Article.objects.create(au=au, url_digest=b"1", version=1, url="x", rank=1, doi="10.5555/tides.1")
    [row] = record(delivered(au))
    assert (row.title.doi, row.title.publisher_id) == ("10.5555/tides", "ROR:013meh722")


def test_the_doi_of_a_book_is_that_of_the_page_whose_doi_is_its_isbn():
    title = make_title("Shores", make_publisher())
    title.kind, title.isbn_keys = TitleKind.BOOK, ["9783161484100"]
    title.save()
    au, other = make_au(title=title), make_au(title=title)
    for number, doi in enumerate(("10.5555/978-3-16-148410-0_1", "10.5555/978-3-16-148410-0", "10.5555/1")):
        Article.objects.create(au=au, url_digest=bytes([number]), version=1, url=doi, rank=1, doi=doi)
    [row] = record(delivered(au))
    assert row.title.doi == "10.5555/978-3-16-148410-0"
    record(delivered(other, after=60))
    assert CountedTitle.objects.get().doi == "10.5555/978-3-16-148410-0"


def test_a_year_of_the_parameters_and_an_au_without_a_title():
    au = make_au(title=make_title("Tides"))
    au.title, au.listed, au.params = None, None, {"year": "1998"}
    au.save()
    [row] = record(delivered(au))
    assert (row.year, row.title.key, row.title.name, row.title.data_type) == (
        1998,
        f"au:{au.pk}",
        au.name,
        "Other",
    )
    au.params = {"year": "98"}
    au.save()
    record(delivered(au, after=5))
    assert UsageEvent.objects.order_by("-moment").first().year == 0


def test_a_title_is_called_as_it_is_called_now_and_keeps_its_number():
    title = make_title("Tides")
    au = make_au(title=title)
    record(delivered(au))
    number = CountedTitle.objects.get().pk
    title.name = "Tides and Shores"
    title.save()
    record(delivered(au, after=60))
    row = CountedTitle.objects.get()
    assert (row.pk, row.name) == (number, "Tides and Shores")


# --- The writer


def test_what_does_not_fit_is_lost_and_counted_and_nobody_waits():
    au = make_au()
    recorder = Recorder(held=2)
    for second in range(5):
        recorder.take(delivered(au, after=second))
    assert recorder.write_some()
    assert not recorder.write_some()
    assert UsageEvent.objects.count() == 2
    assert UsageLoss.objects.get().number == 3
    assert UsageLoss.objects.get().reason == Reason.FULL
    recorder.take(delivered(au, after=9))
    assert recorder.write_some()
    assert UsageEvent.objects.count() == 3
    assert UsageLoss.objects.get().number == 3


def test_while_the_database_is_away_a_batch_waits_and_is_written_once(monkeypatch):
    au = make_au()
    recorder = Recorder()
    recorder.take(delivered(au))
    really = rows.write

    def written_and_not_told(**given):
        really(**given)
        raise OperationalError("the connection broke behind the commit")

    monkeypatch.setattr(recording, "write", written_and_not_told)
    monkeypatch.setattr(recording, "kept_connected", lambda work: work())
    with pytest.raises(OperationalError):
        recorder.write_some()
    recorder.take(delivered(au, after=60))
    monkeypatch.setattr(recording, "write", really)
    while recorder.write_some():
        pass
    assert UsageEvent.objects.count() == 2
    assert not UsageLoss.objects.exists()


def test_what_the_database_refuses_for_good_is_counted_as_lost_and_the_rest_goes_on(monkeypatch):
    au = make_au()
    recorder = Recorder()
    recorder.take(delivered(au))
    recorder.take(delivered(au, after=5))

    def refused(**given):
        raise DataError("no")

    monkeypatch.setattr(recording, "write", refused)
    assert recorder.write_some()
    monkeypatch.undo()
    recorder.take(delivered(au, after=60))
    assert recorder.write_some()
    assert UsageEvent.objects.count() == 1
    assert [(one.reason, one.number) for one in UsageLoss.objects.all()] == [(Reason.FAILED, 2)]


def test_a_batch_costs_few_queries_however_many_it_has():
    from django.db import connection

    aus = [make_au(title=make_title(f"Title {number}")) for number in range(5)]
    record(*[delivered(au) for au in aus])
    counts = []
    for many in (1, 40):
        recorder = Recorder()
        for second in range(many):
            recorder.take(delivered(aus[second % 5], after=100 * many + second))
        with CaptureQueriesContext(
            connection,
        ) as told:
            recorder.write_some()
        counts.append(len(told))
    assert counts[0] == counts[1] <= 9


def test_taking_asks_the_database_nothing(django_assert_num_queries):
    au = make_au()
    recorder = Recorder()
    with django_assert_num_queries(0):
        recorder.take(delivered(au))


@pytest.mark.django_db(transaction=True)
def test_the_thread_writes_by_itself_and_at_its_end():
    au = make_au()
    recorder = Recorder(pause=0.01)
    recorder.start()
    recorder.take(delivered(au))
    for _ in range(1_000):
        if UsageEvent.objects.exists():
            break
        threading.Event().wait(0.01)
    assert UsageEvent.objects.count() == 1
    slow = Recorder(pause=60)
    slow.start()
    slow.take(delivered(au, after=60))
    slow.end(patience=30)
    recorder.end(patience=30)
    assert UsageEvent.objects.count() == 2


@pytest.mark.parametrize("error", [OperationalError, InterfaceError, RuntimeError])
def test_the_thread_outlives_whatever_goes_wrong(monkeypatch, error):
    calls = []

    def breaks(self) -> bool:
        calls.append(1)
        if len(calls) == 1:
            raise error("once")
        return False

    monkeypatch.setattr(Recorder, "write_some", breaks)
    recorder = Recorder(pause=0.01)
    recorder.start()
    for _ in range(500):
        if len(calls) > 2:
            break
        threading.Event().wait(0.01)
    recorder.end(patience=30)
    assert len(calls) > 2


def test_switched_off_nothing_is_taken(settings):
    settings.NODE = replace(node_settings.NODE, count_usage=False)
    assert recording.begin() is None
    assert counting._sinks == []
