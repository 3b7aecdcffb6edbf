"""Bring the database up to date; several processes may ask at once, one does it."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from lockss_portal.locks import Lock, connect, held


class Command(BaseCommand):
    help = (
        "Apply the migrations that are missing, under a lock that only one process holds. Example: prepare."
    )
    requires_system_checks = ()

    def handle(self, *args, **options) -> None:
        # Django's own connection first: it starts an embedded server that does not run yet.
        connection.ensure_connection()
        with connect(settings.NODE) as own, held(own, Lock.MIGRATE):
            executor = MigrationExecutor(connection)
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if missing:
                call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
                self.stdout.write(f"{len(missing)} migrations applied")
        # While nobody has an account: where to make the first, and with which word.
        call_command("setup_token", stdout=self.stdout)
