"""Agreements by a person's hand: entered once, changed on the newest row, moved, renewed, lapsed."""

import calendar
import datetime as dt
import hashlib
import io
import uuid
from dataclasses import replace

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from hypothesis import example, given
from hypothesis import strategies as st

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.permissions import services
from apps.permissions.choices import AgreementState, Channel, PartyRole, Renewal, Right, Said, ScopeKind
from apps.permissions.models import (
    AgreementContact,
    AgreementDocument,
    AgreementLetter,
    AgreementParty,
    PublisherAgreement,
)
from apps.permissions.services import LogLine, Paper, Terms
from apps.permissions.services.calendar import months_later
from tests.accounts.factories import make_person
from tests.factories import make_agreement, make_au, make_publisher, make_title

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 21)
DAY = dt.timedelta(days=1)
SIGNED = {"state": AgreementState.SIGNED, "starts": TODAY - DAY, "ends": TODAY + DAY}


@pytest.fixture(autouse=True)
def today(settings, tmp_path):
    settings.NODE = replace(settings.NODE, media_dir=tmp_path / "media", permission_policy="written")
    with time_machine.travel(dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def network():
    return make_person("quinn", Role.NETWORK)


def terms(**more) -> Terms:
    return Terms(**{"name": "Agreement", "starts": TODAY, **more})


def paper(name: str = "signed.pdf", data: bytes = b"%PDF-1.4") -> Paper:
    return Paper(name, io.BytesIO(data))


def register(
    user, *, state=AgreementState.SIGNED, papers=(), key=None, since=None, **more
) -> PublisherAgreement:
    return services.register_agreement(
        user=user,
        publisher=make_publisher(),
        terms=terms(**more),
        state=state,
        papers=papers,
        request_key=key,
        since=since,
    )


def change(user, row, *, version=None, **more) -> PublisherAgreement:
    return services.change_agreement(
        agreement=row,
        version=row.version if version is None else version,
        user=user,
        publisher=row.publisher,
        terms=terms(**more),
    )


def move(user, row, to, *, on=TODAY, **more) -> PublisherAgreement:
    return services.move_agreement(agreement=row, version=row.version, user=user, to=to, on=on, **more)


# Entering


def test_an_agreement_leaves_its_audit_event(network):
    row = register(network, ends=TODAY + DAY, papers=[paper()], rights={Right.COLLECT: Said.YES})
    first, second = AuditEvent.objects.order_by("pk")
    assert (first.action, first.subject, first.user) == (
        "permissions.agreement",
        f"agreement:{row.pk}",
        network,
    )
    assert first.before is None
    assert (first.after["starts"], first.after["ends"]) == ("2026-11-21", "2026-11-22")
    assert first.after["rights"] == {"collect": "yes"}
    assert second.after["sha256"] == hashlib.sha256(b"%PDF-1.4").hexdigest()


def test_the_same_form_thrice_is_one_agreement(network, settings):
    key = uuid.uuid4()
    rows = [register(network, key=key, papers=[paper()]) for _ in range(3)]
    assert len({row.pk for row in rows}) == 1
    assert PublisherAgreement.objects.count() == AgreementDocument.objects.count() == 1
    assert len(list((settings.NODE.media_dir / "agreements").iterdir())) == 1


def test_the_back_button_does_not_lose_what_was_written_anew(network):
    """The same form with other words is neither a second agreement nor silently dropped."""
    key = uuid.uuid4()
    row = register(network, key=key)
    with pytest.raises(ValidationError, match="was sent before"):
        register(network, key=key, name="Other words")
    assert PublisherAgreement.objects.get().name == "Agreement"
    change(network, row, name="Changed since")
    # It says no longer what the form says.
    with pytest.raises(ValidationError, match="was sent before"):
        register(network, key=key)
    change(network, row, version=1)
    assert register(network, key=key).pk == row.pk


@pytest.mark.parametrize("changed", [False, True], ids=["as entered", "changed since"])
@pytest.mark.parametrize(
    "other",
    [
        {"titles": ("Shoal",)},
        {"titles": ("Tide", "Shoal")},
        {"platforms": ["b"]},
        {"networks": ["b"]},
        {"state": AgreementState.SENT},
        {"state": AgreementState.DRAFT},
        {"since": TODAY - DAY},
        {"since": None},
        {"papers": [b"other"]},
        {"papers": [b"one", b"other"]},
        {"papers": []},
    ],
    ids=str,
)
def test_a_form_sent_again_with_anything_else_is_refused(network, settings, other, changed):
    key = uuid.uuid4()

    def send(*, titles=("Tide",), papers=(b"one",), **more):
        return register(
            network,
            key=key,
            scope=ScopeKind.TITLES,
            titles=[make_title(name) for name in titles],
            papers=[paper(data=data) for data in papers],
            **{"platforms": ["a"], "networks": ["a"], "since": TODAY - 2 * DAY} | more,
        )

    row = send()
    if changed:
        # A change that says what it said: only the version is another.
        PublisherAgreement.objects.update(version=1)
    assert send().pk == row.pk
    with pytest.raises(services.SentBeforeError) as error:
        send(**other)
    assert error.value.agreement == row
    assert PublisherAgreement.objects.count() == AgreementDocument.objects.count() == 1
    assert len(list((settings.NODE.media_dir / "agreements").iterdir())) == 1


def test_a_form_sent_again_with_other_archival_units_is_refused(network):
    one, two = make_au().listed, make_au().listed
    key = uuid.uuid4()
    row = register(network, key=key, scope=ScopeKind.AUS, listed_aus=[one])
    assert register(network, key=key, scope=ScopeKind.AUS, listed_aus=[one]).pk == row.pk
    with pytest.raises(services.SentBeforeError):
        register(network, key=key, scope=ScopeKind.AUS, listed_aus=[one, two])


def test_a_form_that_loses_the_race_leaves_no_file(network, settings, monkeypatch):
    """Both looked before either wrote: the constraint decides."""
    key = uuid.uuid4()
    first = register(network, key=key, papers=[paper()])
    found = iter([None, first] * 2)
    monkeypatch.setattr("apps.permissions.services.agreements._entered", lambda _key: next(found))
    assert register(network, key=key, papers=[paper()]).pk == first.pk
    with pytest.raises(services.SentBeforeError):
        register(network, key=key, papers=[paper(data=b"other")])
    assert PublisherAgreement.objects.count() == 1
    assert len(list((settings.NODE.media_dir / "agreements").iterdir())) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"ends": TODAY - DAY}, "ends"),
        ({"scope": ScopeKind.TITLES}, "titles"),
        ({"scope": ScopeKind.AUS}, "listed_aus"),
        ({"renewal": Renewal.AUTOMATIC}, "renewal"),
        ({"ends": TODAY + DAY, "renewal_months": 0}, "renewal_months"),
        ({"notice_days": 100_000}, "notice_days"),
        ({"remind_days": -1}, "remind_days"),
        ({"state": AgreementState.LAPSED}, "state"),
        ({"since": TODAY + DAY}, "since"),
        ({"papers": [paper(data=b"")]}, "documents"),
        ({"starts": dt.date(1899, 12, 31)}, "starts"),
        ({"starts": dt.date(1, 1, 1), "ends": TODAY}, "starts"),
        ({"starts": dt.date(2201, 1, 1)}, "starts"),
        ({"ends": dt.date(2201, 1, 1)}, "ends"),
        ({"networks": [f"Network {n}" for n in range(101)]}, "networks"),
        ({"networks": ["x" * 301]}, "networks"),
    ],
)
def test_what_cannot_be_is_told_with_its_field(network, changes, field):
    with pytest.raises(ValidationError) as error:
        register(network, **changes)
    assert set(error.value.message_dict) == {field}
    assert not PublisherAgreement.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_document_that_is_too_long_is_not_stored_nor_the_one_before_it(network, monkeypatch, settings):
    monkeypatch.setattr("apps.permissions.services.documents.LONGEST_DOCUMENT", 10)
    with pytest.raises(ValidationError, match="too long"):
        register(network, papers=[paper(), paper("long.pdf", b"x" * 11)])
    assert not list((settings.NODE.media_dir / "agreements").iterdir())


# Changing


def test_a_change_says_what_it_was(network):
    title = make_title()
    row = register(network, scope=ScopeKind.TITLES, titles=[title])
    again = change(network, row, name="Renamed", rights={Right.SERVE: Said.NO})
    assert (again.pk, again.version) == (row.pk, 1)
    last = AuditEvent.objects.order_by("-pk").first()
    assert (last.before["name"], last.after["name"]) == ("Agreement", "Renamed")
    assert (last.before["titles"], last.after["titles"]) == ([title.pk], [])
    assert (last.before["rights"], last.after["rights"]) == ({}, {"serve": "no"})


def test_an_old_form_over_a_newer_row_is_refused(network):
    row = register(network)
    change(network, row, name="Newer")
    with pytest.raises(ValidationError, match="Somebody has changed"):
        change(network, row, version=0, name="Older")
    row.refresh_from_db()
    assert (row.name, row.version) == ("Newer", 1)


def test_a_form_that_changes_nothing_leaves_no_event(network):
    row = register(network)
    before = AuditEvent.objects.count()
    change(network, row)
    assert AuditEvent.objects.count() == before


# States

ALLOWED = {
    ("draft", "sent"),
    ("draft", "signed"),
    ("draft", "withdrawn"),
    ("sent", "signed"),
    ("sent", "draft"),
    ("sent", "withdrawn"),
    ("signed", "withdrawn"),
    ("lapsed", "signed"),
}


@pytest.mark.parametrize("to", AgreementState)
@pytest.mark.parametrize("state", AgreementState)
def test_only_these_moves(network, state, to):
    row = make_agreement(make_publisher(), state=state)
    if (state, to) in ALLOWED:
        assert move(network, row, to, ends=None).state == to
        assert AuditEvent.objects.get().action == "permissions.move"
    else:
        with pytest.raises(ValidationError) as error:
            move(network, row, to)
        assert set(error.value.message_dict) == {"to"}
        assert not AuditEvent.objects.exists()


def test_each_move_has_its_day(network):
    row = register(network, state=AgreementState.DRAFT)
    assert (row.sent_on, row.signed_on) == (None, None)
    row = move(network, row, AgreementState.SENT, on=TODAY - 3 * DAY)
    row = move(network, row, AgreementState.SIGNED, on=TODAY - DAY)
    row = move(network, row, AgreementState.WITHDRAWN)
    row.refresh_from_db()
    assert (row.sent_on, row.signed_on, row.closed_on) == (TODAY - 3 * DAY, TODAY - DAY, TODAY)
    with pytest.raises(ValidationError):
        move(network, make_agreement(make_publisher("Other")), AgreementState.WITHDRAWN, on=TODAY + DAY)


def test_a_lapsed_agreement_is_signed_anew_with_another_end(network):
    au = make_au()
    row = make_agreement(au.publisher, **SIGNED | {"ends": TODAY - DAY})
    services.lapse_agreements()
    row.refresh_from_db()
    with pytest.raises(ValidationError) as error:
        move(network, row, AgreementState.SIGNED, ends=TODAY - DAY)
    assert set(error.value.message_dict) == {"ends"}
    assert not services.decide(au).allowed
    move(network, row, AgreementState.SIGNED, ends=TODAY + DAY)
    row.refresh_from_db()
    assert (row.ends, row.closed_on) == (TODAY + DAY, None)
    assert services.decide(au).allowed


def test_what_lapsed_is_not_signed_anew_to_end_before_it_begins(network):
    row = make_agreement(
        make_publisher(), state=AgreementState.LAPSED, starts=TODAY + 5 * DAY, ends=TODAY + 9 * DAY
    )
    with pytest.raises(ValidationError) as error:
        move(network, row, AgreementState.SIGNED, ends=TODAY + 4 * DAY)
    assert set(error.value.message_dict) == {"ends"}
    row.refresh_from_db()
    assert (row.state, row.version) == (AgreementState.LAPSED, 0)
    assert move(network, row, AgreementState.SIGNED, ends=TODAY + 5 * DAY).state == AgreementState.SIGNED


def test_what_lapsed_is_not_signed_anew_beyond_the_last_day_of_all(network):
    row = make_agreement(make_publisher(), state=AgreementState.LAPSED)
    with pytest.raises(ValidationError) as error:
        move(network, row, AgreementState.SIGNED, ends=dt.date(2201, 1, 1))
    assert set(error.value.message_dict) == {"ends"}


@pytest.mark.parametrize(
    ("state", "day", "to"),
    [
        (AgreementState.SENT, "sent_on", AgreementState.SIGNED),
        (AgreementState.SENT, "sent_on", AgreementState.DRAFT),
        (AgreementState.SENT, "sent_on", AgreementState.WITHDRAWN),
        (AgreementState.SIGNED, "signed_on", AgreementState.WITHDRAWN),
        (AgreementState.LAPSED, "closed_on", AgreementState.SIGNED),
    ],
)
def test_no_move_lies_before_the_one_before(network, state, day, to):
    row = make_agreement(make_publisher(), state=state, **{"signed_on": None, day: TODAY - 9 * DAY})
    with pytest.raises(ValidationError) as error:
        move(network, row, to, on=TODAY - 10 * DAY)
    assert set(error.value.message_dict) == {"on"}
    row.refresh_from_db()
    assert (row.state, row.version) == (state, 0)
    assert move(network, row, to, on=TODAY - 9 * DAY).state == to


def test_what_was_sent_by_mistake_is_sent_on_an_earlier_day(network):
    row = register(network, state=AgreementState.SENT)
    row = move(network, row, AgreementState.DRAFT)
    assert move(network, row, AgreementState.SENT, on=TODAY - 9 * DAY).sent_on == TODAY - 9 * DAY


# Lapsing and renewing


@given(st.dates(), st.integers(0, 32_767))
@example(dt.date(1, 2, 1), 3_660)
def test_every_notice_day_is_a_day_before_the_end(ends, days):
    """Rows from before such days were refused are still there."""
    notice = PublisherAgreement(ends=ends, notice_days=days).notice_day
    if not days:
        assert notice is None
    else:
        assert notice == dt.date.fromordinal(max(1, ends.toordinal() - days))


def test_what_is_over_lapses_once_and_says_so():
    publisher = make_publisher()
    over = make_agreement(publisher, **SIGNED | {"ends": TODAY - DAY})
    others = [
        make_agreement(publisher, **SIGNED | {"ends": TODAY}),
        make_agreement(publisher, **SIGNED | {"ends": None}),
        make_agreement(publisher, **SIGNED | {"state": AgreementState.DRAFT, "ends": TODAY - DAY}),
    ]
    before = [row.state for row in others]
    assert services.lapse_agreements() == 1
    assert services.lapse_agreements() == 0
    over.refresh_from_db()
    assert (over.state, over.closed_on, over.version) == (AgreementState.LAPSED, TODAY - DAY, 1)
    for row in others:
        row.refresh_from_db()
    assert [row.state for row in others] == before
    event = AuditEvent.objects.get()
    assert (event.action, event.subject, event.user) == ("permissions.lapse", f"agreement:{over.pk}", None)
    assert (event.before, event.after) == ({"state": "signed"}, {"state": "lapsed"})


def test_lapsing_does_not_wait_for_the_scan():
    """The date decides, not the state that a scanner writes."""
    au = make_au()
    make_agreement(au.publisher, **SIGNED | {"ends": TODAY - DAY})
    first = services.decide(au)
    services.lapse_agreements()
    assert services.decide(au) == first


def test_what_renews_itself_does_not_lapse():
    au = make_au()
    renewing = SIGNED | {"starts": TODAY - 900 * DAY, "ends": TODAY - 400 * DAY, "renewal": Renewal.AUTOMATIC}
    row = make_agreement(au.publisher, **renewing, renewal_months=12)
    assert services.decide(au).allowed
    assert services.lapse_agreements() == 1
    assert services.lapse_agreements() == 0
    row.refresh_from_db()
    # 17 Oct 2025, and twice a year more.
    assert (row.state, row.ends) == (AgreementState.SIGNED, dt.date(2027, 10, 17))
    assert AuditEvent.objects.get().action == "permissions.renew"


@pytest.mark.parametrize(
    ("starts", "ends", "months", "until", "last"),
    [
        # Half years from the first of January: to the end of December, not to the 30th.
        ((2026, 1, 1), (2026, 6, 30), 6, (2026, 7, 1), (2026, 12, 31)),
        ((2026, 1, 1), (2026, 6, 30), 6, (2027, 1, 1), (2027, 6, 30)),
        # From the 29th of February on: the last day of the year before it, and of leap years the 29th again.
        ((2024, 3, 1), (2025, 2, 28), 12, (2027, 3, 1), (2028, 2, 29)),
        # One that began on the 31st goes on until the day before the 31st, or before the end of a shorter month.
        ((2026, 1, 31), (2026, 2, 27), 1, (2026, 2, 28), (2026, 3, 30)),
        ((2026, 1, 31), (2026, 3, 30), 1, (2026, 3, 31), (2026, 4, 29)),
        # To the end of a month, whatever day it began on.
        ((2026, 1, 17), (2026, 4, 30), 1, (2026, 5, 1), (2026, 5, 31)),
        ((2026, 1, 17), (2026, 4, 28), 1, (2026, 5, 1), (2026, 5, 28)),
    ],
)
def test_each_renewal_ends_on_the_day_that_is_meant(starts, ends, months, until, last):
    row = make_agreement(
        make_publisher(),
        **SIGNED
        | {"starts": dt.date(*starts), "ends": dt.date(*ends), "renewal": Renewal.AUTOMATIC}
        | {"renewal_months": months},
    )
    with time_machine.travel(dt.datetime(*until, 12, tzinfo=dt.UTC), tick=False):
        services.lapse_agreements()
    row.refresh_from_db()
    assert row.ends == dt.date(*last)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), st.integers(0, 1200))
def test_months_later_is_the_same_day_or_the_months_last(day, months):
    later = months_later(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == min(day.day, calendar.monthrange(later.year, later.month)[1])


# Documents


def test_the_document_lies_there_with_its_digest(network, settings):
    data = b"%PDF-1.4 " + b"x" * 3_000_000
    row = register(network, papers=[paper("../../etc/" + "a" * 300, data)])
    document = row.documents.get()
    path = services.document_path(document)
    assert path.read_bytes() == data
    assert path.parent == settings.NODE.media_dir / "agreements"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert (document.sha256, document.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert (document.name, document.added_by) == ("a" * 255, network)


def test_further_documents_stand_beside_the_first(network, settings, django_capture_on_commit_callbacks):
    row = register(network, papers=[paper("one.pdf"), paper("two.pdf", b"two")])
    with django_capture_on_commit_callbacks(execute=True):
        again = services.add_documents(
            agreement=row, papers=[paper("copy.pdf"), paper("3.pdf", b"3")], user=network
        )
    # The same bytes are the same document, and leave no second file.
    assert [one.name for one in again] == ["one.pdf", "3.pdf"]
    assert sorted(row.documents.values_list("name", flat=True)) == ["3.pdf", "one.pdf", "two.pdf"]
    assert len(list((settings.NODE.media_dir / "agreements").iterdir())) == 3


@pytest.mark.parametrize("leaf", ["", "../x", "a/b", "/etc/passwd"])
def test_only_our_own_documents(leaf):
    with pytest.raises(ValueError, match="no document"):
        services.document_path(AgreementDocument(path=leaf))


# Parties and log


def test_parties_come_and_go_with_a_trace(network):
    row = register(network)
    one = services.add_party(agreement=row, user=network, name=" Harbour  Host ", role=PartyRole.PLATFORM)
    again = services.add_party(
        agreement=row, user=network, name="Harbour Host", role=PartyRole.PLATFORM, email="a@b.example"
    )
    assert (again.pk, again.email) == (one.pk, "a@b.example")
    services.remove_party(party=again, user=network)
    services.remove_party(party=again, user=network)
    assert not AgreementParty.objects.exists()
    acts = AuditEvent.objects.filter(action="permissions.party").order_by("pk")
    assert [(act.before or {}).get("email") for act in acts] == [None, "", "a@b.example"]
    with pytest.raises(ValidationError) as error:
        services.add_party(agreement=row, user=network, name=" ", role=PartyRole.OTHER)
    assert set(error.value.message_dict) == {"name"}


def line(**more) -> LogLine:
    return LogLine(**{"on": TODAY, "channel": Channel.PHONE, "who": "Ms Reed", "said": "They agree.", **more})


def test_the_log_grows_once_per_form_and_never_changes(network):
    row, key = register(network), uuid.uuid4()
    for _ in range(3):
        services.add_contact(agreement=row, user=network, line=line(), request_key=key)
    kept = AgreementContact.objects.get()
    assert (kept.said, kept.added_by) == ("They agree.", network)
    for change_it in (kept.delete, lambda: AgreementContact.objects.update(said="They refuse.")):
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
            change_it()
    assert AgreementContact.objects.get().said == "They agree."


@pytest.mark.parametrize(
    ("changes", "field"), [({"on": TODAY + DAY}, "on"), ({"next_on": TODAY + DAY}, "next_step")]
)
def test_a_line_of_the_log_that_cannot_be(network, changes, field):
    with pytest.raises(ValidationError) as error:
        services.add_contact(agreement=register(network), user=network, line=line(**changes))
    assert set(error.value.message_dict) == {field}
    assert not AgreementContact.objects.exists()


# Reminders


def reminders() -> list[tuple[str, dt.date]]:
    return [(one.kind, one.due_on) for one in services.open_reminders()]


def test_each_day_is_reminded_of_once(network):
    end = TODAY + 90 * DAY
    row = make_agreement(make_publisher(), **SIGNED | {"ends": end}, remind_days=60, notice_days=30)
    assert (services.remind(), services.remind()) == (1, 0)
    assert reminders() == [("notice", end - 30 * DAY)]
    with time_machine.travel(dt.datetime(2026, 12, 25, 12, tzinfo=dt.UTC), tick=False):
        assert (services.remind(), services.remind()) == (1, 0)
        assert reminders() == [("notice", end - 30 * DAY), ("ends", end)]
        for one in services.open_reminders():
            services.reminder_done(reminder=one, user=network)
            services.reminder_done(reminder=one, user=network)
        assert services.remind() == 0
        assert reminders() == []
    assert AuditEvent.objects.filter(action="permissions.reminder").count() == 2
    assert row.reminders.filter(done_by=network).count() == 2


def test_only_what_nears_its_end_is_reminded_of():
    house = make_publisher()
    far = SIGNED | {"ends": TODAY + 91 * DAY}
    make_agreement(house, **far)
    make_agreement(house, **SIGNED | {"ends": None})
    make_agreement(house, **SIGNED | {"state": AgreementState.SENT})
    make_agreement(house, **SIGNED, remind_days=0)
    # It goes on by itself, so only the day to give notice counts.
    make_agreement(house, **SIGNED | {"renewal": Renewal.AUTOMATIC})
    make_agreement(house, **far | {"renewal": Renewal.AUTOMATIC}, notice_days=60)
    services.remind()
    assert reminders() == [("notice", TODAY + 31 * DAY)]


def test_an_end_that_moved_is_reminded_of_anew_and_the_old_one_is_silent(network):
    row = register(network, ends=TODAY + 10 * DAY)
    services.remind()
    change(network, row, ends=TODAY + 20 * DAY)
    assert reminders() == []
    services.remind()
    assert reminders() == [("ends", TODAY + 20 * DAY)]


def test_a_notice_day_that_moved_is_silent(network):
    row = register(network, ends=TODAY + 60 * DAY, notice_days=30, remind_days=40)
    services.remind()
    assert reminders() == [("notice", TODAY + 30 * DAY)]
    row = change(network, row, ends=TODAY + 60 * DAY, notice_days=31, remind_days=40)
    assert reminders() == []
    services.remind()
    assert reminders() == [("notice", TODAY + 29 * DAY)]
    change(network, row, ends=None)
    assert reminders() == []


def test_next_steps_come_due(network):
    row = register(network, state=AgreementState.SENT)
    services.add_contact(
        agreement=row, user=network, line=line(next_step="Call again", next_on=TODAY + 2 * DAY)
    )
    assert services.remind() == 0
    with time_machine.travel(dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC), tick=False):
        assert (services.remind(), services.remind()) == (1, 0)
        assert reminders() == [("next-step", TODAY + 2 * DAY)]
        # What ended may be signed anew, so its next step still counts; what was given up is done with.
        for state, wanted in ((AgreementState.LAPSED, 1), (AgreementState.WITHDRAWN, 0)):
            PublisherAgreement.objects.filter(pk=row.pk).update(state=state)
            assert len(reminders()) == wanted


# Letters


def test_a_letter_is_kept_as_it_was_sent(network):
    row, key = register(network, state=AgreementState.DRAFT, clause="Keep it.\n\nFor good."), uuid.uuid4()
    sent = [
        services.send_letter(agreement=row, version=0, user=network, on=TODAY, request_key=key)
        for _ in range(3)
    ]
    assert len({one.pk for one in sent}) == 1
    letter = AgreementLetter.objects.get()
    row.refresh_from_db()
    assert (row.state, row.sent_on, letter.number) == (AgreementState.SENT, TODAY, 1)
    assert bytes(letter.pdf).startswith(b"%PDF-")
    assert letter.pdf_sha256 == hashlib.sha256(bytes(letter.pdf)).hexdigest()
    assert letter.content["clause"]["lines"] == ["Keep it.", "For good."]
    change(network, row, clause="Something else.")
    assert "For good." in AgreementLetter.objects.get().text
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        AgreementLetter.objects.update(text="x")
    with pytest.raises(ValidationError, match="Somebody has changed"):
        services.send_letter(agreement=row, version=0, user=network, on=TODAY, request_key=uuid.uuid4())
    row.refresh_from_db()
    second = services.send_letter(agreement=row, version=row.version, user=network, on=TODAY)
    assert (second.number, second.content["clause"]["lines"]) == (2, ["Something else."])


@pytest.mark.parametrize("act", ["letter", "line"])
def test_the_form_of_another_agreement_keeps_nothing_and_says_so(network, act):
    """Also where its own agreement has taken it already: nobody is told that something is kept which is not."""
    first, second = register(network), register(network, name="Second")
    key = uuid.uuid4()

    def send(row):
        if act == "line":
            return services.add_contact(agreement=row, user=network, line=line(), request_key=key)
        return services.send_letter(agreement=row, version=0, user=network, on=TODAY, request_key=key)

    kept = send(first)
    with pytest.raises(ValidationError, match="made for “Agreement”, another agreement"):
        send(second)
    assert send(first) == kept
    assert (AgreementLetter.objects.count(), AgreementContact.objects.count()) == (
        (1, 0) if act == "letter" else (0, 1)
    )
