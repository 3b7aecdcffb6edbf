"""Which version of a plugin is in use: one at a time, and one who decides at a time."""

from django.db import connection

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.plugins.models import Plugin

# "PLUG" in ASCII.
LOCK = 0x504C5547


def alone() -> None:
    """Until the transaction's end nobody else loads, judges, sums up or decides; asked before any row is touched."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 1)", [LOCK])


def use_version(*, plugin: Plugin, user: User | None) -> None:
    """This version counts from now on; abilities of it and its children are another act (``refresh_abilities``)."""
    rows = Plugin.objects.filter(plugin_id=plugin.plugin_id)
    before = rows.filter(current=True).first()
    rows.filter(current=True).update(current=False)
    rows.filter(pk=plugin.pk).update(current=True)
    audit(
        user=user,
        action="plugins.load",
        subject=f"plugin:{plugin.plugin_id}",
        before={"version": before.version, "sha256": before.sha256} if before else None,
        after={"version": plugin.version, "sha256": plugin.sha256, "source": plugin.source},
    )
