"""What a supervised process is: data, so that the list of a node's processes can be read and tested."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """``orphaned`` is sent by the kernel when the supervisor dies, ``stop`` when it ends orderly.

    ``mode`` is that of launch.py; ``sockets`` are descriptors handed down; an ``engine`` starts before all
    others, which wait until ``ready``, and ends after them; a ``once`` process runs to its end. ``sign`` is a file that the
    process touches while its own loop turns: where that stops for long, it hangs, and is started again.
    """

    name: str
    argv: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    stop: signal.Signals = signal.SIGTERM
    orphaned: signal.Signals = signal.SIGKILL
    mode: str = "same"
    sockets: tuple[int, ...] = ()
    engine: bool = False
    once: bool = False
    sign: Path | None = None
    ready: Callable[[], bool] | None = None
