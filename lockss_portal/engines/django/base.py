"""Commands that never ask the database (``--help``, ``check``, ``--dry-run``) thus never start a server."""

import os

from django.conf import settings
from django.db.backends.postgresql import base

from lockss_portal.conf.load import VALUES_VARIABLE
from lockss_portal.engines.node import cluster
from lockss_portal.engines.owner import ensure_postgres
from lockss_portal.supervisor.identity import ProcessId


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params):
        # Children of ``up`` have its server, which ``up`` starts again should it die.
        if not os.environ.get(VALUES_VARIABLE):
            ensure()
        return super().get_new_connection(conn_params)


def ensure() -> None:
    node = settings.NODE
    server, owner = cluster(node), settings.ENGINE_OWNER or ProcessId.own()
    remove = (settings.TEST_HOME, server.sockets) if settings.TEST_HOME else ()
    ensure_postgres(server, owner, node.log_dir / "postgres.log", remove)
