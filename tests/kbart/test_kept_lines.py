"""Lines that are kept are the lines that would be made now, whatever happened to the rows they come from."""

import datetime as dt
import io
import random
from dataclasses import replace

import pytest
from django.db import transaction

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common.clock import now
from apps.crawls.models import CrawlStatus
from apps.kbart import tasks
from apps.kbart.asking import Order, order_of
from apps.kbart.making import keeping, stored
from apps.kbart.making.files import write_report
from apps.kbart.making.report import made
from apps.kbart.models import ChangedTitle, ReportDoubt, ReportLine
from apps.lockss.kbart import Scope
from apps.peers.proof_age import INTERVALS
from apps.polls.models import PollStatus
from apps.titles.models import ListedAu, Publisher, Title, TitleSet
from tests.factories import DAY, make_au, make_publisher, make_title, past
from tests.kbart.reports import PORTAL, lines, portal_settings, proved_au, report

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.NODE = replace(portal_settings(tmp_path), public_url=PORTAL, poll_quorum=2)
    return settings


def direct(order: Order) -> tuple[list[tuple[str, ...]], dict, int]:
    with made(order, now()) as found:
        return list(found.rows), dict(found.left_out.counts), found.left_out.grave


def kept(order: Order) -> tuple[list[tuple[str, ...]], dict, int]:
    with stored.stored(order) as found:
        return list(found.rows), dict(found.left_out.counts), found.left_out.grave


def keep_up() -> None:
    while keeping.step():
        pass


def same_as_made(*, publisher: int | None = None) -> None:
    keep_up()
    for scope in Scope:
        order = Order(scope=scope, publisher=publisher)
        assert stored.can_serve(order, now()), scope
        assert kept(order) == direct(order), scope
        out = io.BytesIO()
        assert stored.copy_lines(out, order) == len(direct(order)[0])
        assert out.getvalue().decode() == "".join("\t".join(row) + "\n" for row in direct(order)[0])


# As title lists may write them: what stands between lines and fields of a table, or ends a copy, is among it.
VOLUMES = (
    "A\t1",
    "A\t4",
    "A\n1",
    "A\r\n7",
    "\x01 1",
    "\x01 4",
    "\x021",
    "\x024",
    "\u20281",
    "\u20284",
    '"3"',
    "\\.",
    "7",
)


def new_title(chance: random.Random) -> None:
    title = make_title(f"Annals {chance.randrange(10**6)}", make_publisher(f"Press {chance.randrange(3)}"))
    volumes = chance.choice((VOLUMES, VOLUMES[:2], ("",)))
    for _ in range(chance.randrange(1, 4)):
        listed = {"year": str(chance.randrange(1990, 2010)), "volume": chance.choice(volumes)}
        proved_au("", title=title, listed=listed)


def _one(model, chance: random.Random):
    keys = list(model.objects.order_by("pk").values_list("pk", flat=True))
    return model.objects.get(pk=chance.choice(keys))


def _update(model, **values):
    def act(chance: random.Random) -> None:
        told = {name: value(chance) if callable(value) else value for name, value in values.items()}
        model.objects.filter(pk=_one(model, chance).pk).update(**told)

    return act


def _move(chance: random.Random) -> None:
    title = _one(Title, chance)
    ListedAu.objects.filter(pk=_one(ListedAu, chance).pk).update(title=title, publisher=title.publisher)


def _title_moves(chance: random.Random) -> None:
    """To another publisher, as an import does it: units that its list no longer names keep the one they had."""
    title, publisher = _one(Title, chance), _one(Publisher, chance)
    Title.objects.filter(pk=title.pk).update(publisher=publisher)
    for au in ListedAu.objects.filter(title=title).order_by("pk"):
        if chance.random() < 0.5:
            ListedAu.objects.filter(pk=au.pk).update(publisher=publisher)


ACTS = {
    "another name": _update(Title, name=lambda chance: f"Études {chance.randrange(99)}"),
    "another preceding title": _update(Title, preceding=lambda chance: _one(Title, chance)),
    "another ISSN": _update(Title, issn=lambda chance: chance.choice(("", "1234-5679", "1234-5678"))),
    "another publisher's name": _update(Publisher, name=lambda chance: f"House {chance.randrange(99)}"),
    "another year": _update(ListedAu, year=lambda chance: str(chance.randrange(1990, 2010))),
    "another volume": _update(ListedAu, volume=lambda chance: chance.choice(VOLUMES)),
    "no longer listed": _update(ListedAu, status=""),
    "listed again": _update(ListedAu, status="released"),
    "to another title": _move,
    "to another publisher": _title_moves,
    "deselected": _update(Au, state=AuState.DEACTIVATED),
    "selected again": _update(Au, state=AuState.SELECTED),
    "collected": _update(CrawlStatus, last_success_at=lambda _: past(DAY)),
    "never collected": _update(CrawlStatus, last_success_at=None),
    "disagreed": _update(PollStatus, agreement=0.5),
    "agreed": _update(PollStatus, agreement=1.0, last_complete_at=lambda _: past(DAY)),
    "too few": _update(PollStatus, agreeing_peers=1),
    "enough": _update(PollStatus, agreeing_peers=2),
    "proved long ago": _update(PollStatus, last_complete_at=lambda _: past(2000 * DAY)),
    "a new title": new_title,
}


@pytest.mark.parametrize("act", ACTS)
def test_one_change_is_taken_in(act):
    chance = random.Random(act)
    for _ in range(3):
        new_title(chance)
    same_as_made()
    for _ in range(4):
        ACTS[act](chance)
    same_as_made()
    for publisher in Publisher.objects.order_by("pk"):
        same_as_made(publisher=publisher.pk)


@pytest.mark.parametrize("seed", range(4))
def test_any_changes_in_any_order_are_taken_in(seed):
    chance = random.Random(seed)
    for _ in range(4):
        new_title(chance)
    for _ in range(6):
        for _ in range(chance.randrange(1, 8)):
            ACTS[chance.choice(list(ACTS))](chance)
        same_as_made()
        for publisher in Publisher.objects.order_by("pk"):
            same_as_made(publisher=publisher.pk)


def test_a_line_belongs_to_the_publisher_that_it_names():
    title = make_title("Annals", make_publisher("Press V"))
    proved_au("", title=title)
    Title.objects.filter(pk=title.pk).update(publisher=make_publisher("Press W"))
    keep_up()
    for name, told in (("Press V", []), ("Press W", ["Annals"])):
        for kind in ("all", "serials"):
            data = report(publisher=name, kind=kind)[0]
            assert [line[0] for line in lines(data)[1:]] == told, (name, kind)
        assert [line[0] for line in lines(report(publisher=name, report="keepers")[0])[1:]] == told


def test_what_is_deleted_leaves_no_line():
    au = make_au(title=make_title("Gone"))
    proved_au("Stays")
    keep_up()
    title = au.listed.title_id
    assert ReportLine.objects.filter(title=title).count() == 2
    au.delete()
    ListedAu.objects.filter(title=title).delete()
    Title.objects.filter(pk=title).delete()
    same_as_made()
    assert not ReportLine.objects.filter(title=title).exists()


def test_titles_that_went_while_nobody_looked_leave_no_line_when_all_is_made_anew(settings):
    proved_au("Stays")
    keep_up()
    for title in (-1, 10**12):
        ReportLine.objects.create(
            scope="available", title=title, place=0, publisher=1, head=b"", key=b"", with_id=True, text=""
        )
    settings.NODE = replace(settings.NODE, poll_interval=settings.NODE.poll_interval + 1)
    keep_up()
    assert ReportLine.objects.filter(title=-1).exists(), "no title has a number below one"
    ReportLine.objects.filter(title=-1).delete()
    same_as_made()


def test_a_proof_ages_without_any_row(settings, monkeypatch):
    settings.NODE = replace(settings.NODE, poll_interval=3 * DAY.total_seconds())
    proved_au("Old proof", last_complete_at=past((INTERVALS * 3 - 1) * DAY))
    proved_au("Young proof", last_complete_at=past(DAY))
    same_as_made()
    assert len(kept(Order())[0]) == 2
    later = now() + 2 * DAY
    is_same_year = later.year == now().year
    with monkeypatch.context() as patched:
        patched.setattr("django.utils.timezone.now", lambda: later)
        assert not keeping.is_true(Scope.PRESERVED, later)
        assert keeping.is_true(Scope.COLLECTED, later) is is_same_year
        same_as_made()
        assert [row[0] for row in kept(Order())[0]] == ["Young proof"]
    # The clock is set back: what was too old is not any more.
    same_as_made()
    assert len(kept(Order())[0]) == 2


def test_another_rule_makes_all_anew(settings):
    proved_au("Two agree")
    PollStatus.objects.update(agreeing_peers=2)
    same_as_made()
    assert len(kept(Order())[0]) == 1
    settings.NODE = replace(settings.NODE, poll_quorum=3)
    assert not stored.can_serve(Order(), now())
    same_as_made()
    assert kept(Order())[0] == []


def test_all_is_made_piece_by_piece(monkeypatch):
    monkeypatch.setattr(keeping, "STEP", 2)
    chance = random.Random(1)
    for _ in range(5):
        new_title(chance)
    ChangedTitle.objects.all().delete()
    assert keeping.step()
    assert not stored.can_serve(Order(), now()), "half of it is no report"
    same_as_made()


def test_a_step_that_is_broken_off_leaves_everything_as_it_was(monkeypatch):
    proved_au("First")
    keep_up()
    proved_au("Second")
    before = list(ReportLine.objects.order_by("pk").values_list("pk", flat=True))
    with monkeypatch.context() as patched:
        patched.setattr(keeping, "_go_on", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            keeping.step()
    assert list(ReportLine.objects.order_by("pk").values_list("pk", flat=True)) == before
    assert ChangedTitle.objects.exists()
    same_as_made()


def test_what_changed_in_a_transaction_that_came_to_nothing_is_no_change():
    proved_au("First")
    keep_up()
    with transaction.atomic():
        Title.objects.update(name="Never")
        transaction.set_rollback(True)
    assert not ChangedTitle.objects.exists()


def test_lines_that_did_not_change_are_not_written_again(settings):
    proved_au("First")
    proved_au("Second")
    keep_up()
    before = set(ReportLine.objects.values_list("pk", flat=True))
    ListedAu.objects.filter(title__name="First").update(year="1971")
    keep_up()
    after = set(ReportLine.objects.values_list("pk", flat=True))
    assert len(before - after) == len(after - before) == len(Scope)


def test_counting_titles_is_no_change_of_their_lines():
    proved_au("First")
    keep_up()
    Title.objects.update(au_count=7)
    Publisher.objects.update(au_count=7)
    Au.objects.update(updated_at=now())
    CrawlStatus.objects.update(last_success_at=now())
    assert not ChangedTitle.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"format": "csv"},
        {"format": "json"},
        {"with_id": "yes"},
        {"omit_empty": "yes"},
        {"omit_header": "yes"},
        {"columns": "publisher"},
        {"columns": "title-issn"},
        {"compress": "yes"},
        {"kind": "serials"},
        {"report": "titles"},
        {"report": "keepers"},
        {"publisher": "Tidewater Press"},
        {"scope": "available"},
    ],
    ids=str,
)
def test_a_report_is_the_same_file_with_and_without_kept_lines(given, monkeypatch):
    for name in (
        "Zeitschrift",
        "Ärzte",
        "arzt",
        "10 Things",
        "9 Things",
        'With "quotes" and \\ strokes',
        "\\.",
        "𝔘nicode",
    ):
        proved_au(name)
    proved_au("Untitled", title=make_title("No number", make_publisher("Other")))
    Title.objects.filter(name="No number").update(issn="1111-1111")
    keep_up()
    at = now()
    with monkeypatch.context() as patched:
        patched.setattr("apps.kbart.making.files.can_serve", lambda *_: False)
        expected = _file(given, at)
    assert _file(given, at) == expected


def _file(given: dict[str, str], at: dt.datetime) -> tuple[bytes, object, bytes]:
    out, left = io.BytesIO(), io.BytesIO()
    done = write_report(out, order_of(given), at, findings=left)
    return out.getvalue(), done, left.getvalue()


def test_a_reader_takes_in_what_changed_a_moment_ago():
    proved_au("Estuary")
    tasks.keep_lines()
    assert b"Estuary" in report()[0]
    Title.objects.update(name="Delta")
    assert stored.can_serve(Order(), now())
    assert b"Delta" in report()[0]
    assert b"Estuary" not in report()[0]


def test_with_many_changes_the_reader_does_not_wait_for_the_lines(monkeypatch):
    monkeypatch.setattr(stored, "MOST_CHANGES", 2)
    for name in "abcd":
        proved_au(name)
    tasks.keep_lines()
    Title.objects.update(issn="")
    assert not stored.can_serve(Order(), now())
    assert report()[1].rows == 4
    tasks.keep_lines()
    assert stored.can_serve(Order(), now())


def test_what_is_narrowed_by_units_is_made_of_the_catalogue():
    proved_au("Estuary")
    tasks.keep_lines()
    some = TitleSet.objects.create(name="some", name_key="some", kind="publisher", publisher=make_publisher())
    for order in (Order(set=some.pk), Order(since=dt.date(2020, 1, 1))):
        assert not stored.can_serve(order, now())


def test_without_an_address_no_line_is_kept(settings):
    proved_au("Estuary")
    settings.NODE = replace(settings.NODE, public_url="")
    tasks.keep_lines()
    assert not ReportLine.objects.exists()
    assert not ReportDoubt.objects.exists()


@pytest.mark.parametrize("address", ["", "http://portal.riverside.example"])
def test_a_node_without_a_fit_address_remembers_no_changes(settings, address):
    for name in "ab":
        proved_au(name)
    keep_up()
    settings.NODE = replace(settings.NODE, public_url=address)
    Title.objects.update(name="Changed")
    assert ChangedTitle.objects.exists()
    tasks.keep_lines()
    assert not ChangedTitle.objects.exists()
    # What changed in between is made anew with the address of before.
    settings.NODE = replace(settings.NODE, public_url=PORTAL)
    assert not stored.can_serve(Order(), now())
    same_as_made()
    assert {row[0] for row in kept(Order())[0]} == {"Changed"}
