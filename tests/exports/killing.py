"""How a process of a test kills itself with -9 at one call."""

import os
import signal


def die_at(place: object, name: str, number: int) -> None:
    """When ``place.name`` is called the ``number``-th time."""
    real = getattr(place, name)
    calls = 0

    def counted(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)

    setattr(place, name, counted)
