"""What people did, and alerts, in the log of a node that has nothing else to tell."""

from dataclasses import replace

import pytest

from apps.accounts.services import audit
from apps.nodes.log_words import line_text
from apps.nodes.models import LogLine
from apps.nodes.services import alerting, chronicling
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


def codes() -> list[str]:
    return sorted(LogLine.objects.values_list("code", flat=True))
