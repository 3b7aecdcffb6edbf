"""A process that counts and ends: ``python -m tests.usage.counting_process``.

Arguments: database, number of an AU, how it ends. It takes three deliveries, waits until they are rows, takes two more,
and ends at once: "kill" by -9, "end" by coming to its end, "while writing" by -9 behind the commit that it never heard of.
"""

import os
import signal
import sys
import time


def main(database: str, number: str, how: str) -> None:
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict["NAME"] = database
    from apps.aus.models import Au
    from apps.delivery import counting
    from apps.usage import recording
    from apps.usage.models import UsageEvent
    from tests.usage.readings import delivered

    # It writes when it is told to, or at its end.
    recording.Recorder.__init__.__defaults__ = (recording.HELD, 60.0)
    au = Au.objects.get(pk=int(number))
    recorder = recording.begin()
    [take] = counting._sinks
    for second in range(3):
        take(delivered(au, f"/{second}.pdf", after=second))
    recorder._more.set()
    while UsageEvent.objects.count() < 3:
        time.sleep(0.01)
    if how == "while writing":
        really = recording.write

        def killed(**given: object) -> None:
            really(**given)
            os.kill(os.getpid(), signal.SIGKILL)

        recording.write = killed
    for second in range(3, 5):
        take(delivered(au, f"/{second}.pdf", after=second))
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "while writing":
        recorder._more.set()
        time.sleep(30)


if __name__ == "__main__":
    main(*sys.argv[1:])
