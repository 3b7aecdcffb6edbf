"""Patience: a network that gets on is waited for, one that stands still is not."""

from itertools import count

import pytest

from lockss_portal.demo import watch
from lockss_portal.demo.watch import LONGER, StepFailed, wait_for


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Each look takes a second of a clock that only looks move."""
    at = count()
    monkeypatch.setattr(watch.time, "monotonic", lambda: next(at))
    monkeypatch.setattr(watch.time, "sleep", lambda _: None)


def test_the_answer_is_returned_and_nothing_is_kept_alive_after_it():
    kept = []
    answers = iter([None, 0, "yes"])
    assert wait_for("x", lambda: next(answers), 100, lambda: kept.append(1)) == "yes"
    assert len(kept) == 2


def test_what_stands_still_is_given_up_after_its_time():
    looks = []
    with pytest.raises(StepFailed, match="x: not within"):
        wait_for("x", lambda: looks.append(1), 10, pulse=lambda: "same")
    once = len(looks)
    looks.clear()
    beats = count()
    with pytest.raises(StepFailed):
        wait_for("x", lambda: looks.append(1), 10, pulse=lambda: next(beats))
    assert len(looks) == LONGER * once


def test_what_gets_on_has_its_time_again():
    beats, looks = count(), count()
    assert wait_for("x", lambda: next(looks) > 15, 10, pulse=lambda: next(beats))
