"""A command that kills itself with -9 before its Nth word to the database: ``python -m tests.titles.killed_import``.

Arguments: database, N (0: never), then the command's own. It prints how many words there were.
"""

import os
import signal
import sys
from itertools import count


def arm(moment: int) -> count:
    """Each statement, each piece of a COPY and each commit is a word; the Nth of them is not said."""
    from django.db.backends.postgresql.base import DatabaseWrapper
    from django.db.backends.signals import connection_created
    from psycopg import Copy

    said = count(1)

    def step() -> None:
        if next(said) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(execute, sql, params, many, context):
        step()
        return execute(sql, params, many, context)

    def stepped(real):
        def told(self, *given):
            step()
            return real(self, *given)

        return told

    def watch(connection, **_: object) -> None:
        connection.execute_wrappers.append(statement)

    connection_created.connect(watch, weak=False)
    DatabaseWrapper._commit = stepped(DatabaseWrapper._commit)
    Copy.write_row = stepped(Copy.write_row)
    return said


def main(database: str, moment: str, *command: str) -> None:
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    import django

    django.setup()
    from django.core.management import execute_from_command_line

    said = arm(int(moment))
    try:
        execute_from_command_line(["manage.py", *command])
    finally:
        print(next(said) - 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
