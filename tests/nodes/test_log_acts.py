"""What people did, and alerts, in the log of a node that has nothing else to tell."""

from dataclasses import replace

import pytest

from apps.accounts.choices import Role
from apps.accounts.services import audit
from apps.aus.services import deactivate_aus, reactivate_aus
from apps.nodes.log_words import line_text
from apps.nodes.models import LogLine
from apps.nodes.services import alerting, chronicling
from tests.accounts.factories import make_person
from tests.asking import as_person
from tests.factories import make_au
from tests.nodes.watching import full, saying, watched


@pytest.mark.django_db
def test_acts_and_alerts(settings, tmp_path):
    settings.NODE = watched(tmp_path, alert_settle=300.0)
    audit(action="polls.now", subject="au:x")
    audit(action="accounts.sign-in", subject="user:1")
    alerting.look(saying(full()))
    chronicling.scan()
    assert codes() == ["act", "alert-raised"]
    # What was told does not come again, and its end is a line of its own.
    alerting.look(saying())
    chronicling.scan()
    assert codes() == ["act", "alert-raised"]
    settings.NODE = replace(settings.NODE, alert_settle=0.0)
    alerting.look(saying())
    chronicling.scan()
    assert codes() == ["act", "alert-over", "alert-raised"]
    act = LogLine.objects.get(code="act")
    assert line_text(act.code, act.params) == "By the node: called a poll."


@pytest.mark.django_db
def test_one_act_is_one_line(client):
    """Deactivating one archival unit gave two: one with its name, and one of “act 4”."""
    ann, one, two = make_person("ann"), make_au("Journal of Tides"), make_au("Annals of Mud")
    deactivate_aus(user=ann, au_keys=[one.pk])
    chronicling.scan()
    assert told() == [("aus.deactivate", "Journal of Tides")]
    act = deactivate_aus(user=ann, au_keys=[one.pk, two.pk]).selection
    chronicling.scan()
    # Of several each is found by its name, too.
    units = {("aus.deactivate", "Annals of Mud"), ("aus.deactivate", f"act {act.pk}")}
    assert units <= set(told())
    before = len(told())
    reactivate_aus(user=ann, au_keys=[one.pk])
    # Nothing was changed by it, so nothing is told of it.
    reactivate_aus(user=ann, au_keys=[one.pk])
    chronicling.scan()
    assert told()[before:] == [("aus.reactivate", "Journal of Tides")]
    as_person(client, Role.SYSTEM)
    record = client.get(f"/accounts/audit/?subject=au:{two.slug}").content.decode()
    assert f'<span class="note">as part of act {act.pk}</span>' in record
    assert "as part of" not in client.get(f"/accounts/audit/?subject=selection:{act.pk}").content.decode()


def told() -> list[tuple[str, str]]:
    return [(line.params["act"], line.about) for line in LogLine.objects.order_by("pk")]


def codes() -> list[str]:
    return sorted(LogLine.objects.values_list("code", flat=True))
