"""Runs a server as long as an owner lives: ``python -I -S guard.py PID START [FOLDER...] -- launch command``.

The folders go when all is over. Standard library only. The server dies with the guard (launch.py), so no order of kills leaves it behind.
"""

import os
import select
import shutil
import signal
import subprocess
import sys

# Seconds in which clients may finish before they are cut off.
PATIENCE = 10


def start_time(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return int(stat.read().rpartition(")")[2].split()[19])
    except OSError:
        return 0


def wait_for(owner: int, start: int, server: subprocess.Popen) -> None:
    """Until one of the two has ended."""
    descriptors = [os.pidfd_open(server.pid)]
    try:
        descriptors.append(os.pidfd_open(owner))
    except ProcessLookupError:
        return
    if start_time(owner) == start:
        select.select(descriptors, [], [])


def stop(server: subprocess.Popen) -> None:
    """First as one asks who has guests (SIGTERM: clients may finish), then at once (SIGINT), then by force."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        if server.poll() is None:
            server.send_signal(number)
        try:
            server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            continue
        return


def main(argv: list[str]) -> int:
    owner, start, dashes = int(argv[1]), int(argv[2]), argv.index("--")
    folders, command = argv[3:dashes], argv[dashes + 1 :]
    # launch.py's first argument is its parent, which is us.
    command[4] = str(os.getpid())
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    server = subprocess.Popen(command, preexec_fn=default_signals)  # noqa: PLW1509 - there is one thread
    wait_for(owner, start, server)
    stop(server)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def default_signals() -> None:
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
