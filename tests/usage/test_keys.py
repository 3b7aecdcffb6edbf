"""Keys of sessions: the same in processes that belong together, another each hour, never again."""

import datetime as dt
import os

from apps.usage import keys
from apps.usage.keys import Keys

AT = dt.datetime(2026, 11, 21, 6, 30, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def shared(number: int) -> list[Keys]:
    """As in so many processes, each of which has a copy of what was shared."""
    keys.share(AT)
    held = list(keys._shared)
    found = []
    for _ in range(number):
        keys._shared[:] = held
        found.append(Keys())
    keys.forget()
    return found


def test_processes_that_parted_make_the_same_keys_whenever_they_are_asked():
    one, other, third = shared(3)
    assert one.of(AT) == other.of(AT)
    assert one.of(AT + HOUR) == other.of(AT + HOUR) != one.of(AT)
    assert third.of(AT + 5 * HOUR) == one.of(AT + 5 * HOUR)


def test_alone_each_has_its_own():
    assert Keys().of(AT) != Keys().of(AT)
    one = Keys()
    assert one.of(AT) == one.of(AT + HOUR / 4) != one.of(AT + HOUR)


def test_a_past_hour_is_made_by_nobody_again():
    one, other = shared(2)
    first = one.of(AT)
    one.of(AT + 3 * HOUR)
    one.of(AT + 4 * HOUR)
    assert one.of(AT) != first
    assert other.of(AT + 4 * HOUR) == one.of(AT + 4 * HOUR)
    # Before it began, or a wrong clock.
    assert other.of(AT - HOUR) != first
    assert len(other.of(AT + dt.timedelta(days=365 * 500))) == 32


def test_nothing_of_it_is_left_behind():
    shared(1)
    assert keys._shared == []


def test_real_processes(tmp_path):
    keys.share(AT)
    for number in range(2):
        child = os.fork()
        if child == 0:
            (tmp_path / str(number)).write_bytes(Keys().of(AT + HOUR))
            os._exit(0)
        os.waitpid(child, 0)
    keys.forget()
    assert (tmp_path / "0").read_bytes() == (tmp_path / "1").read_bytes()
