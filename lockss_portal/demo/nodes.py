"""Starts the demonstration's nodes as a person would, each with ``manage.py up``, and starts again what dies."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lockss_portal.conf.load import ROOT
from lockss_portal.demo.layout import DemoNode
from lockss_portal.demo.watch import Eye, StepFailed

STOP_WITHIN_S = 30
MANAGE = str(ROOT / "manage.py")


class RunningNode:
    """One node: its ``up`` process and a way to look at its rows."""

    def __init__(self, node: DemoNode) -> None:
        self.node = node
        self.eye = Eye(node)
        self.eye.keep = self.keep_alive
        self.restarts = 0
        self._up: subprocess.Popen | None = None

    @property
    def pid(self) -> int:
        assert self._up is not None  # noqa: S101 - asked only of a started node
        return self._up.pid

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LOCKSS_")}
        return kept | {"LOCKSS_NODE": str(self.node.settings_file)}

    def start(self) -> None:
        log = (self.node.home / "up.log").open("ab")
        self._up = subprocess.Popen(
            [sys.executable, MANAGE, "up"],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()

    def keep_alive(self) -> None:
        """Start ``up`` again if it was killed; its children are its own business."""
        if self._up is not None and self._up.poll() is not None:
            self.restarts += 1
            self.start()

    def manage(self, *arguments: str, stdin: str = "", tries: int = 5) -> str:
        """Run a command of this node to its end; tried again when something was killed under it."""
        for attempt in range(1, tries + 1):
            done = subprocess.run(
                [sys.executable, MANAGE, *arguments],
                env=self.environment(),
                input=stdin,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode == 0:
                return done.stdout
            self.keep_alive()
            time.sleep(attempt)
        raise StepFailed(
            f"{self.node.library}: manage.py {' '.join(arguments)} failed:\n{done.stderr.strip()[-2000:]}"
        )

    def stop(self) -> None:
        if self._up is not None and self._up.poll() is None:
            self._up.send_signal(signal.SIGTERM)

    def wait_until_stopped(self) -> bool:
        """True when it ended by itself in time."""
        if self._up is None:
            return True
        try:
            self._up.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._up.pid, signal.SIGKILL)
            self._up.wait()
            return False
        return True


def password(home: Path) -> str:
    """The demonstration's login, made once."""
    file = home / "password"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(secrets.token_urlsafe(9))
    return file.read_text()


def prepare_all(nodes: list[RunningNode], titles: Path, word: str, *, leave: bool) -> list[dict]:
    """Set all nodes up side by side; each is told the identities and certificates of the others."""
    plans = []
    for running in nodes:
        others = [
            {
                "identity": other.node.identity,
                "certificate": str(other.eye.keys_dir / "lcap.crt"),
                "name": other.node.library,
            }
            for other in nodes
            if other is not running
        ]
        plan = {"titles": str(titles), "peers": others, "leave": leave}
        plans.append(plan | {"username": "librarian", "password": word})
    with ThreadPoolExecutor(len(nodes)) as pool:
        outputs = pool.map(
            lambda pair: pair[0].manage("demo_prepare", stdin=json.dumps(pair[1])),
            zip(nodes, plans, strict=True),
        )
        return [json.loads(text.strip().splitlines()[-1]) for text in outputs]
