"""Circles are looked for less often, but they are looked for."""

import subprocess
import sys

import pytest

from lockss_portal import garbage

PROGRAM = """
import gc, sys, weakref
from lockss_portal import garbage
garbage.settle({first})
class Knot: pass
def tie():
    knot = Knot()
    knot.self = knot
    return weakref.ref(knot)
first = tie()
kept = [[] for _ in range({made})]
sys.exit(0 if (first() is None) == {gone} else 1)
"""


@pytest.mark.parametrize("first", [garbage.PAGES, garbage.BODIES])
@pytest.mark.parametrize(("share", "gone"), [(0.5, False), (1.5, True)])
def test_a_dead_circle_goes_after_so_many_objects(first, share, gone):
    program = PROGRAM.format(first=first, made=int(first * share), gone=gone)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
