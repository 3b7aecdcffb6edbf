"""One demonstration for all end-to-end tests: four nodes, real sockets, two kills; left running for the browser."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 840
# Printed with every run; set it to repeat one.
SEED = int(os.environ.get("DEMO_KILL_SEED") or time.time()) % 1_000_000


@dataclass(frozen=True)
class Demo:
    """A demonstration that has told its story: what it printed, its JSON, and its nodes still running."""

    home: Path
    output: str
    story: dict

    def step(self, name: str) -> dict:
        return next(step for step in self.story["steps"] if step["name"] == name)

    def portal(self, node: int) -> str:
        port = re.search(r"web_port = (\d+)", (self.home / f"node{node}" / "node.toml").read_text())[1]
        return f"http://127.0.0.1:{port}"

    @property
    def password(self) -> str:
        return (self.home / "password").read_text()


@pytest.fixture(scope="package")
def demo():
    # Of the package, not the session: four nodes do not go on beside thousands of other tests.
    with tempfile.TemporaryDirectory(prefix="demo") as folder:
        home, log = Path(folder) / "d", Path(folder) / "log"
        print(f"kill seed {SEED}")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LOCKSS_")}
        kept.pop("DJANGO_SETTINGS_MODULE", None)
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--leave", "--home", home, "--kill-seed", str(SEED)],
                cwd=ROOT,
                env=kept,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        try:
            story = _wait(process, home / "story.json", log)
            yield Demo(home, log.read_text(), story)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                pytest.fail("the demonstration did not end on Ctrl-C")
        assert process.returncode == 0, log.read_text()


def _wait(process, file, log):
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end and process.poll() is None:
        if file.exists():
            return json.loads(file.read_text())
        time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.wait(60)
    pytest.fail(f"no story (kill seed {SEED}):\n{log.read_text()}")
