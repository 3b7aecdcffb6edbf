"""Real processes under the supervisor: they start again, end in order, and never outlive it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lockss_portal.supervisor import records
from lockss_portal.supervisor.child import LONGEST_PAUSE_S, pause
from lockss_portal.supervisor.identity import ProcessId

SCRIPT = Path(__file__).with_name("tiny_up.py")
ROOT = SCRIPT.parents[2]


class Tiny:
    """A running tiny_up.py and what it says of itself."""

    def __init__(self, home: Path, *words: str) -> None:
        self.home = home
        self.record = home / "run" / "processes.json"
        self.output = home / f"out-{len(list(home.glob('out-*')))}"
        self.out = self.output.open("ab")
        self.popen = subprocess.Popen(
            [sys.executable, SCRIPT, home, *words],
            stdout=self.out,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            cwd=home,
        )

    def children(self) -> dict[str, ProcessId]:
        return {name: found for name, found in records.read(self.record) if found.runs()}

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def wait_said(self, text: str, timeout: float = 20) -> None:
        wait(lambda: text in self.said(), timeout, lambda: f"{text!r} in {self.said()!r}")

    def end(self) -> None:
        self.popen.kill()
        self.popen.wait()
        self.out.close()


def wait(condition: Callable[[], bool], timeout: float = 20, what: Callable[[], str] = lambda: "it") -> None:
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what()}"
        time.sleep(0.02)


def working_in(home: Path) -> list[str]:
    """Processes that name the folder in their words or environment: at the end none of a node may be among them."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words, environment = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
            except OSError:
                continue
            if os.fsencode(home) in words or os.fsencode(home) in environment:
                found.append(words.replace(b"\0", b" ").decode(errors="replace"))
    return found


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Tiny]]:
    started: list[Tiny] = []

    def run(*words: str) -> Tiny:
        started.append(Tiny(tmp_path, *words))
        started[-1].wait_said("started in")
        return started[-1]

    yield run
    for tiny in started:
        tiny.end()


def grandchild(home: Path) -> ProcessId:
    marker = home / "grandchild"
    wait(lambda: marker.exists() and marker.read_text() != "")
    found = ProcessId.of(int(marker.read_text()))
    assert found is not None
    return found


def test_a_killed_child_starts_again(start: Callable[..., Tiny]) -> None:
    tiny = start()
    first = tiny.children()["sleeper"]
    first.send(signal.SIGKILL)
    wait(lambda: tiny.children().get("sleeper", first) != first)
    assert "killed by SIGKILL; starts again" in tiny.said()
    assert tiny.children()["family"].runs()


def test_the_record_names_what_has_ended_until_it_lives_again(start: Callable[..., Tiny]) -> None:
    """Else nobody could tell that something is missing."""
    tiny = start("broken")
    # It pauses for 1.6 seconds then.
    wait(lambda: tiny.said().count("ended with exit code 3") >= 4)
    recorded = dict(records.read(tiny.record))
    assert not recorded["broken"].runs()
    assert recorded["family"].runs()


def test_who_shows_no_life_any_more_starts_again(start: Callable[..., Tiny]) -> None:
    """A worker that waits for ever for an answer is not dead, and does nothing."""
    tiny = start("hanging")
    lively, sleeper = (tiny.children()[name] for name in ("lively", "sleeper"))
    wait(lambda: tiny.said().count("has shown no life for") >= 2, 60)
    tiny.wait_said("killed by SIGKILL; starts again")
    assert not [line for line in tiny.said().splitlines() if "no life" in line and "lively" in line]
    assert lively.runs()
    assert sleeper.runs(), "it gives no sign, and nobody waits for one"


def test_stop_ends_children_and_grandchildren(start: Callable[..., Tiny]) -> None:
    tiny = start()
    children, below = tiny.children(), grandchild(tiny.home)
    tiny.popen.send_signal(signal.SIGINT)
    assert tiny.popen.wait(20) == 0
    wait(lambda: not below.runs())
    assert len(children) == 2
    assert not any(found.runs() for found in children.values())
    assert not tiny.record.exists()
    assert tiny.said().rstrip().endswith("stopped")


def test_kill_9_leaves_nothing(start: Callable[..., Tiny]) -> None:
    tiny = start()
    children, below = tiny.children(), grandchild(tiny.home)
    tiny.popen.kill()
    tiny.popen.wait()
    wait(lambda: not below.runs() and not any(found.runs() for found in children.values()))


def test_a_deaf_child_is_killed_after_the_grace(start: Callable[..., Tiny]) -> None:
    tiny = start("deaf")
    tiny.wait_said("| deaf")
    tiny.popen.send_signal(signal.SIGTERM)
    assert tiny.popen.wait(60) == 0
    assert "does not stop: killed" in tiny.said()


def test_the_second_signal_does_not_wait(start: Callable[..., Tiny]) -> None:
    tiny = start("deaf", "patient")
    tiny.wait_said("| deaf")
    tiny.popen.send_signal(signal.SIGINT)
    tiny.wait_said("stopping")
    tiny.popen.send_signal(signal.SIGINT)
    # The grace is an hour.
    assert tiny.popen.wait(60) == 0


def test_who_ends_at_once_waits_longer_each_time(start: Callable[..., Tiny]) -> None:
    tiny = start("broken")
    wait(lambda: tiny.said().count("ended with exit code 3") >= 3)
    waits = [float(text) for text in re.findall(r"starts again in ([0-9.]+) s", tiny.said())]
    assert waits[:3] == [0.2, 0.4, 0.8]


def test_pauses_double_and_stop_growing() -> None:
    pauses = [pause(n) for n in range(1, 40)]
    assert pauses[:4] == [0.2, 0.4, 0.8, 1.6]
    assert pauses[-1] == LONGEST_PAUSE_S
    assert pauses == sorted(pauses)


def test_lines_go_to_a_file_per_process(start: Callable[..., Tiny]) -> None:
    tiny = start()
    log = tiny.home / "log" / "sleeper.log"
    wait(lambda: log.exists() and "here" in log.read_text())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ here\n", log.read_text())
    assert "\x1b" not in tiny.said(), "colours belong on a terminal only"


def test_only_one_up_per_node(start: Callable[..., Tiny]) -> None:
    tiny = start()
    second = subprocess.run(
        [sys.executable, SCRIPT, tiny.home],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )
    assert second.returncode != 0
    assert f"runs already (process {tiny.popen.pid})" in second.stderr


def test_leftovers_of_a_killed_up_are_ended_by_the_next(tmp_path: Path, start: Callable[..., Tiny]) -> None:
    """Somebody who took no notice of the kernel's signal, as children of other systems would."""
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        known = ProcessId.of(left.pid)
        assert known is not None
        reused = ProcessId(other.pid, 1)
        (tmp_path / "run").mkdir(mode=0o700)
        records.write(tmp_path / "run" / "processes.json", [("web", known), ("beat", reused)])
        tiny = start()
        assert left.wait(10) == -signal.SIGTERM
        assert "ended a left-over process: web" in tiny.said()
        assert other.poll() is None, "the same id with another start time is somebody else"
    finally:
        for process in (left, other):
            process.kill()
            process.wait()


@pytest.mark.parametrize("text", ["", "nonsense", "{}", '[{"name": "x"}]', "[1]", json.dumps([{"pid": "x"}])])
def test_a_damaged_record_is_an_empty_one(tmp_path: Path, text: str) -> None:
    file = tmp_path / "processes.json"
    file.write_text(text)
    assert records.read(file) == []


@pytest.mark.e2e
def test_engines_end_with_a_killed_up_and_start_again(start: Callable[..., Tiny]) -> None:
    tiny = start("engines")
    engines = {name: tiny.children()[name] for name in ("postgres", "valkey")}
    tiny.popen.kill()
    tiny.popen.wait()
    wait(lambda: working_in(tiny.home) == [], what=lambda: str(working_in(tiny.home)))
    again = start("engines")
    assert set(again.children()) >= {"postgres", "valkey"}
    assert again.children()["postgres"] != engines["postgres"]
    again.children()["postgres"].send(signal.SIGKILL)
    again.wait_said("killed by SIGKILL")
    wait(lambda: "ready to accept connections" in again.said().rpartition("killed by SIGKILL")[2])
    again.popen.send_signal(signal.SIGINT)
    assert again.popen.wait(30) == 0
    wait(lambda: working_in(tiny.home) == [], what=lambda: str(working_in(tiny.home)))
