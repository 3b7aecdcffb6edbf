"""What the demonstration tells: lines for people while it runs, and the same as JSON at its end."""

import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self


@dataclass(slots=True)
class Step:
    name: str
    title: str
    took_s: float = 0.0
    came_true: bool = False
    facts: dict = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


class Story:
    """``with story.step(name, title) as step: step.say(…)``; a step that raises did not come true."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._begun = time.monotonic()
        self.steps: list[Step] = []

    def step(self, name: str, title: str) -> "Telling":
        return Telling(self, Step(name, title))

    def say(self, text: str = "") -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._begun

    def write(self, *, came_true: bool, error: str = "", kills: list[str] | None = None) -> None:
        """Replace the file in one step: a reader never sees half of it."""
        data = {
            "came_true": came_true,
            "error": error,
            "seconds": round(self.elapsed_s, 1),
            "kills": kills or [],
            "steps": [
                {
                    "name": step.name,
                    "title": step.title,
                    "came_true": step.came_true,
                    "seconds": round(step.took_s, 1),
                    "facts": step.facts,
                    "story": step.lines,
                }
                for step in self.steps
            ],
        }
        partial = self._file.with_suffix(".partial")
        with partial.open("w", encoding="utf-8") as out:
            json.dump(data, out, indent=1, ensure_ascii=False)
            out.flush()
            os.fsync(out.fileno())
        partial.rename(self._file)


class Telling:
    """One step being told."""

    def __init__(self, story: Story, step: Step) -> None:
        self._story = story
        self._step = step
        self._begun = 0.0

    def __enter__(self) -> Self:
        self._begun = time.monotonic()
        self._story.steps.append(self._step)
        self._story.say(f"\n{len(self._story.steps)}. {self._step.title}")
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        self._step.took_s = time.monotonic() - self._begun
        self._step.came_true = kind is None

    def say(self, text: str) -> None:
        self._step.lines.append(text)
        self._story.say(f"   {text}")

    def note(self, **facts: object) -> None:
        """Figures for the JSON."""
        self._step.facts |= facts
