"""Processes behind one socket: made, ended and killed together."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest

SCRIPT = """
import os, signal, sys
from lockss_portal.siblings import run_siblings

def serve():
    os.write(1, b"%d\\n" % os.getpid())
    signal.sigwait([signal.SIGTERM])

sys.exit(run_siblings(3, serve))
"""


@pytest.fixture
def family():
    parent = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True)
    children = [int(parent.stdout.readline()) for _ in range(3)]
    yield parent, children
    for one in (parent.pid, *children):
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    parent.wait(10)
    parent.stdout.close()


def gone(children: list[int]) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if not any(runs(child) for child in children):
            return True
        time.sleep(0.05)
    return False


def runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_three_processes_run(family):
    _parent, children = family
    assert len(set(children)) == 3
    assert all(runs(child) for child in children)


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_who_asks_the_first_to_end_ends_all(family, asked):
    parent, children = family
    parent.send_signal(asked)
    assert parent.wait(10) == 0
    assert gone(children)


def test_one_that_is_killed_ends_all_so_that_all_are_started_anew(family):
    parent, children = family
    os.kill(children[1], signal.SIGKILL)
    assert parent.wait(10) == 1
    assert gone(children)


def test_they_do_not_outlive_the_first(family):
    parent, children = family
    parent.kill()
    assert gone(children)


def test_one_is_this_process(capfd):
    from lockss_portal.siblings import run_siblings

    found = []
    assert run_siblings(1, lambda: found.append(os.getpid())) == 0
    assert found == [os.getpid()]
