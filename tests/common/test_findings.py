"""Findings: one open row per code and subject, whatever the words."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common.findings import record_finding, resolve_findings, see_findings
from apps.common.models import Finding

pytestmark = pytest.mark.django_db


def note(message: str = "It differs.", **more) -> Finding:
    return record_finding(**{"code": "damaged", "subject": "au:1", "message": message, **more})


def test_the_same_finding_is_counted_and_gets_the_newest_words() -> None:
    first = note("It differs.", severity="warning")
    second = note("It differs still.", severity="error", place="line 7", params={"n": 1})
    assert second.pk == first.pk
    assert (second.count, second.message, second.severity, second.place) == (
        2,
        "It differs still.",
        "error",
        "line 7",
    )
    assert second.first_at == first.first_at
    assert note(subject="au:2").pk != first.pk
    assert note(code="missing").pk != first.pk


def test_what_is_resolved_begins_anew_when_it_comes_again() -> None:
    first = note()
    note(code="missing")
    assert resolve_findings(subject="au:1", codes=["damaged"]) == 1
    assert resolve_findings(subject="au:1", codes=["damaged"]) == 0
    again = note()
    assert again.pk != first.pk
    assert again.count == 1
    assert resolve_findings(subject="au:1") == 2


def test_a_finding_that_was_seen_stays_open_and_seen() -> None:
    finding = note()
    assert see_findings(ids=[finding.pk], username="alice") == 1
    assert see_findings(ids=[finding.pk], username="bob") == 0
    again = note()
    assert (again.pk, again.seen_by, again.resolved_at) == (finding.pk, "alice", None)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300) | st.just("\0\ud800" * 3000))
def test_any_words_are_kept(text) -> None:
    finding = note(text, code=text, subject=text, place=text, params={text: [text]})
    assert note(text, code=text, subject=text, place=text, params={}).pk == finding.pk
    assert resolve_findings(subject=text) >= 1
