"""Kills one process of one node with signal 9 while a step runs, for the demonstration's own trial."""

import os
import random
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from lockss_portal.demo.nodes import RunningNode
from lockss_portal.supervisor import records

STEPS = ("prepare", "crawl", "poll", "damage", "repair", "proof", "report", "deliver")
PROCESSES = ("up", "postgres", "valkey", "web", "content", "worker", "worker-public", "beat", "lcapd")


@dataclass(frozen=True, slots=True)
class Kill:
    """Process ``process`` of node ``node`` dies ``after`` seconds into step ``step``."""

    node: int
    process: str
    step: str
    after: float

    @classmethod
    def parse(cls, text: str) -> "Kill":
        """``NODE:PROCESS@STEP[+SECONDS]``; ValueError says what was expected."""
        try:
            target, _, when = text.partition("@")
            node, _, process = target.partition(":")
            step, _, after = when.partition("+")
            found = cls(int(node), process, step, float(after or 1.0))
        except ValueError:
            raise ValueError(f"{text!r}: expected NODE:PROCESS@STEP[+SECONDS]") from None
        if found.process not in PROCESSES or found.step not in STEPS or not 1 <= found.node <= 4:
            raise ValueError(
                f"{text!r}: process one of {', '.join(PROCESSES)}; step one of {', '.join(STEPS)}"
            )
        return found

    def __str__(self) -> str:
        return f"{self.node}:{self.process}@{self.step}+{self.after:g}"


def seeded(seed: int, count: int) -> list[Kill]:
    """``count`` kills that only depend on ``seed``."""
    chance = random.Random(seed)  # noqa: S311 - has to repeat, not to surprise
    return [
        Kill(
            chance.randint(1, 4),
            chance.choice(PROCESSES),
            chance.choice(STEPS[1:6]),
            round(chance.uniform(0.2, 4), 1),
        )
        for _ in range(count)
    ]


def matrix() -> list[Kill]:
    """Every process in every step, on the node whose store is damaged."""
    return [Kill(2, process, step, 1.5) for step in STEPS for process in PROCESSES]


class Executioner:
    """Carries the kills out when their steps begin, and remembers which found their victim."""

    def __init__(self, kills: list[Kill], nodes: list[RunningNode]) -> None:
        self._kills = kills
        self._nodes = nodes
        self.done: list[str] = []

    def step(self, name: str) -> None:
        for kill in self._kills:
            if kill.step == name:
                threading.Thread(target=self._strike, args=(kill,), daemon=True).start()

    def _strike(self, kill: Kill) -> None:
        time.sleep(kill.after)
        victim = self._victim(kill)
        if victim is None:
            self.done.append(f"{kill} (no such process)")
            return
        try:
            os.kill(victim, signal.SIGKILL)
            self.done.append(str(kill))
        except ProcessLookupError:
            self.done.append(f"{kill} (was gone)")

    def _victim(self, kill: Kill) -> int | None:
        running = self._nodes[kill.node - 1]
        if kill.process == "up":
            return running.pid
        record = Path(running.eye.run_dir) / "processes.json"
        return next((each.pid for name, each in records.read(record) if name == kill.process), None)
