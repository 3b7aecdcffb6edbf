"""Commands that never ask the database (``--help``, ``check``, ``--dry-run``) thus never start a server.

One that does ask gets the server and, in a fresh checkout, its tables.
"""

import os
import subprocess
import sys

from django.conf import settings
from django.db.backends.postgresql import base

from lockss_portal.conf.load import ROOT, VALUES_VARIABLE
from lockss_portal.engines.node import cluster
from lockss_portal.engines.owner import ensure_postgres
from lockss_portal.engines.user import EngineError
from lockss_portal.supervisor.identity import ProcessId

# Commands that make the tables themselves, and so must not ask for them.
MAKERS = frozenset({"prepare", "migrate", "sqlmigrate", "showmigrations", "makemigrations"})


class DatabaseWrapper(base.DatabaseWrapper):
    looked = False

    def get_new_connection(self, conn_params):
        # Children of ``up`` have its server, which ``up`` starts again should it die, and its tables.
        if os.environ.get(VALUES_VARIABLE):
            return super().get_new_connection(conn_params)
        ensure()
        made = super().get_new_connection(conn_params)
        if not DatabaseWrapper.looked and settings.TEST_HOME is None and not MAKERS & set(sys.argv[1:2]):
            DatabaseWrapper.looked = True
            if is_empty(made):
                prepare()
        return made


def ensure() -> None:
    node = settings.NODE
    server, owner = cluster(node), settings.ENGINE_OWNER or ProcessId.own()
    remove = (settings.TEST_HOME, server.sockets) if settings.TEST_HOME else ()
    ensure_postgres(server, owner, node.log_dir / "postgres.log", remove)


def is_empty(connection) -> bool:
    """Whether no table was ever made here."""
    found = connection.execute("SELECT to_regclass('public.django_migrations')").fetchone()[0]
    if not connection.autocommit:
        connection.rollback()
    return found is None


def prepare() -> None:
    """In a process of its own: this one is in the middle of something else."""
    argv = [sys.executable, str(ROOT / "manage.py"), "prepare"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EngineError(f"the tables of a new database could not be made: {done.stderr.strip()[-2000:]}")
