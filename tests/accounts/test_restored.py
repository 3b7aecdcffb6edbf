"""A database brought back from a backup: said plainly, and accepted by an act that stands in the chain."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.accounts import services
from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.accounts.services import heads
from apps.accounts.services.verifying import FaultKind
from tests.accounts.factories import make_person
from tests.accounts.test_chain import act, behind_our_back, told
from tests.accounts.test_heads import cut_off, day, file  # noqa: F401 - the fixture

pytestmark = pytest.mark.django_db
REASON = "The backup of 22 November was brought back after the disk failed."


@pytest.fixture
def back(file):  # noqa: F811
    """Three days of a node, and its database as it was on the second one."""
    for number in range(3):
        day(number)
    cut_off(2)
    return file


def run(*, code: int = 0, **options) -> str:
    out = StringIO()
    if code:
        with pytest.raises(SystemExit) as end:
            call_command("verify_audit", stdout=out, **options)
        assert end.value.code == code
    else:
        call_command("verify_audit", stdout=out, **options)
    return out.getvalue()


def test_it_is_explained(back):
    said = " ".join(run(code=1).split())
    assert "the record is NOT as it was written" in said
    assert "position 6; it is not in the record, which ends at 4" in said
    assert "The last noted head that is in it: 4." in said
    assert "brought back from a backup older than that head" in said
    assert "cut off" in said
    assert "--accept-restored" in said
    found = told(code=1)
    assert found["lost_head"].startswith("6:")
    assert [(fault["kind"], fault["position"]) for fault in found["faults"]] == [(FaultKind.OTHER_HEAD, 6)]
    assert not found["intact"]


def test_a_whole_record_explains_nothing(file):  # noqa: F811
    day(0)
    assert "backup" not in run()
    assert told()["lost_head"] is None


@pytest.mark.parametrize("noted", [True, False])
def test_an_emptied_record_is_none_as_it_was_written(file, noted):  # noqa: F811
    """Nothing contradicts nothing: with every event and seal gone, only what is noted elsewhere can."""
    day(0)
    make_person("alice", Role.SYSTEM)
    if not noted:
        file.unlink()
    behind_our_back("accounts_auditseal", "DELETE FROM accounts_auditseal")
    behind_our_back("accounts_auditevent", "DELETE FROM accounts_auditevent")
    said = run(code=1)
    assert "NOT as it was written" in said
    assert not told(code=1)["intact"]


def test_accepting_is_an_act_in_the_chain(back):
    lost = back.read_text().splitlines()[-1].split()[1]
    before = back.read_bytes()
    assert "accepted and recorded" in run(accept_restored=True, reason=REASON)
    event = AuditEvent.objects.order_by("-pk").first()
    assert (event.action, event.before["lost"]) == ("accounts.accept-restored", lost)
    assert event.after["reason"] == REASON
    assert event.after["ends_at"] == 4
    assert event.after["kept"].startswith("4:")
    # The old heads are kept, a new file begins with the head that holds the act, and the alert ends.
    aside = back.with_name(event.after["heads"])
    assert aside.read_bytes() == before
    assert len(back.read_text().splitlines()) == 1
    assert heads.lost_head() == ""
    assert told("--heads", str(back))["intact"]
    assert "backup" not in run()
    # Heads that the old file holds stay out of the chain for good.
    assert len(told("--heads", str(aside), code=1)["faults"]) == 1


@pytest.mark.parametrize("reason", ["", "  "])
def test_nothing_is_accepted_without_a_reason(back, reason):
    before, events = back.read_bytes(), AuditEvent.objects.count()
    with pytest.raises(CommandError, match="--reason") as error:
        run(accept_restored=True, reason=reason)
    assert error.value.returncode == 1
    assert (back.read_bytes(), AuditEvent.objects.count()) == (before, events)


def test_what_lost_nothing_is_not_accepted(file):  # noqa: F811
    day(0)
    with pytest.raises(CommandError, match="is in the chain"):
        run(accept_restored=True, reason=REASON)
    assert not AuditEvent.objects.filter(action="accounts.accept-restored").exists()


def test_a_record_that_was_altered_is_no_backup(back):
    first = AuditEvent.objects.order_by("pk").first().pk
    behind_our_back(
        "accounts_auditevent", "UPDATE accounts_auditevent SET subject = 'x' WHERE id = ANY(%s)", [first]
    )
    with pytest.raises(CommandError, match="more is wrong than a lost end"):
        run(accept_restored=True, reason=REASON)
    assert heads.lost_head()


def test_what_the_heads_cover_is_said(file):  # noqa: F811
    """Of events behind the newest head nobody can say whether there were more of them."""
    assert "no head is noted" in run()
    assert told()["noted_head"] is None
    day(0)
    act(1)
    services.seal()
    assert "position 2 is the newest noted head" in run()
    assert told()["noted_head"].startswith("2:")


def test_without_a_file_of_heads_it_is_said(file, settings):  # noqa: F811
    day(0)
    settings.NODE = replace(settings.NODE, audit_heads="")
    cut_off(1)
    assert "no head is noted" in run()
    assert told()["noted_head"] is None


def test_heads_that_cannot_be_read_are_no_proof(back):
    back.unlink()
    back.mkdir()
    with pytest.raises(CommandError, match="cannot be read") as error:
        run()
    assert error.value.returncode == 2


def test_what_is_wrong_counts_more_than_heads_that_cannot_be_read(back):
    back.unlink()
    back.mkdir()
    first = AuditEvent.objects.order_by("pk").first().pk
    behind_our_back(
        "accounts_auditevent", "UPDATE accounts_auditevent SET subject = 'x' WHERE id = ANY(%s)", [first]
    )
    assert "is not as it was sealed" in run(code=1)
    assert not told(code=1)["intact"]
