"""The worker's process."""

import subprocess
import sys

SCRIPT = """
import os, sys
from lockss_portal import worker

class Made:
    exitcode = 0
    def start(self):
        print(os.nice(0))

worker.app.Worker = lambda **_given: Made()
sys.exit(worker.main(["worker", "crawl", "2"]))
"""


def test_it_gives_way_to_whoever_waits():
    done = subprocess.run(
        [sys.executable, "-c", f"import os\nprint(os.nice(0))\n{SCRIPT}"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    before, after = map(int, done.stdout.split())
    assert after == min(before + 10, 19)
