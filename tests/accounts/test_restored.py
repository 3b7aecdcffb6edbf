"""A database brought back from a backup: said plainly, and accepted by an act that stands in the chain."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import AuditEvent
from apps.accounts.services import heads
from tests.accounts.test_chain import behind_our_back, told
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


def run(**options) -> str:
    out = StringIO()
    call_command("verify_audit", stdout=out, **options)
    return out.getvalue()


def test_it_is_explained(back):
    said = " ".join(run().split())
    assert "position 6; it is not in the record, which ends at 4" in said
    assert "The last noted head that is in it: 4." in said
    assert "brought back from a backup older than that head" in said
    assert "cut off" in said
    assert "--accept-restored" in said
    assert told()["lost_head"].startswith("6:")


def test_a_whole_record_explains_nothing(file):  # noqa: F811
    day(0)
    assert "backup" not in run()
    assert told()["lost_head"] is None


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
