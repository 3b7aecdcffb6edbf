"""One service in several equal processes behind one listening socket: forked, ended together."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from lockss_portal.supervisor.identity import die_with_parent


def run_siblings(
    number: int, serve: Callable[[], object], parted: Callable[[], object] = lambda: None
) -> int:
    """``serve`` in ``number`` processes until SIGTERM or SIGINT; with 1 in this one. The exit code.

    ``parted``: done by this process when the others have gone their ways.

    When one ends unasked the others end too and the code is 1: whoever supervises this process starts all anew.
    What the caller has opened (connections, threads) must not be used by ``serve``.
    """
    if number == 1:
        serve()
        return 0
    asked = False
    children: set[int] = set()

    def end(_number: int = 0, _frame: FrameType | None = None) -> None:
        nonlocal asked
        asked = True
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)

    signals = (signal.SIGTERM, signal.SIGINT)
    # One that comes while children are being made waits until all are known.
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    parent = os.getpid()
    for _ in range(number):
        child = os.fork()
        if child == 0:
            _child(parent, serve)
        children.add(child)
    for one in signals:
        signal.signal(one, end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    parted()
    unasked = False
    while children:
        gone, _status = os.wait()
        children.discard(gone)
        if not asked:
            unasked = True
            end()
    return 1 if unasked else 0


def _child(parent: int, serve: Callable[[], object]) -> None:
    code = 1
    try:
        die_with_parent(signal.SIGKILL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))
        if os.getppid() == parent:
            serve()
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
