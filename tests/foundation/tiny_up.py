"""A node whose services are tiny: ``python tiny_up.py HOME [engines]``. The engines, if asked for, are real."""

import sys
import time
from pathlib import Path

from lockss_portal import processes
from lockss_portal.conf.load import load_node
from lockss_portal.supervisor import loop, records, up
from lockss_portal.supervisor.spec import Process

ROOT = Path(__file__).resolve().parents[2]
SLEEPER = "import time\nprint('here', flush=True)\nwhile True: time.sleep(60)"
FAMILY = """
import os, time
from lockss_portal.supervisor.identity import die_with_parent
if os.fork() == 0:
    die_with_parent()
    open({marker!r}, 'w').write(str(os.getpid()))
    while True: time.sleep(60)
while True: time.sleep(60)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('deaf', flush=True)
while True: time.sleep(60)
"""
BROKEN = "import sys\nprint('no luck', flush=True)\nsys.exit(3)"

# It shows life for a while and then hangs, or never stops doing so.
LIVELY = """
import pathlib, time
for _ in range({times}):
    pathlib.Path({sign!r}).touch()
    time.sleep(0.1)
time.sleep(600)
"""


def tiny(name: str, code: str, sign: Path | None = None) -> Process:
    return Process(
        name=name,
        argv=(sys.executable, "-c", code),
        cwd=ROOT,
        environment={"PYTHONPATH": str(ROOT)},
        sign=sign,
    )


def lively(home: Path, name: str, times: int) -> Process:
    sign = home / f"{name}.alive"
    return tiny(name, LIVELY.format(sign=str(sign), times=times), sign)


def main() -> int:
    home = Path(sys.argv[1])
    node = load_node(
        {
            "LOCKSS_NODE": str(home),
            "LOCKSS_STOP_GRACE": "3600" if "patient" in sys.argv else "2",
            "LOCKSS_TESTING": "yes",
        }
    )
    node.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = up.only_up(node)
    for name in records.end_leftovers(up.record_file(node)):
        print(f"ended a left-over process: {name}")
    engines = ()
    if "engines" in sys.argv:
        processes.prepare_engines(node)
        engines = processes.engines(node)
    services = (
        tiny("sleeper", SLEEPER),
        tiny("family", FAMILY.format(marker=str(home / "grandchild"))),
        *((tiny("deaf", STUBBORN),) if "deaf" in sys.argv else ()),
        *((tiny("broken", BROKEN),) if "broken" in sys.argv else ()),
        *((lively(home, "hanging", 5), lively(home, "lively", 6000)) if "hanging" in sys.argv else ()),
    )
    if "hanging" in sys.argv:
        loop.SILENT_S = 4.0
    del lock
    return up.serve(node, processes.Plan(engines, (), services), time.monotonic())


if __name__ == "__main__":
    sys.exit(main())
