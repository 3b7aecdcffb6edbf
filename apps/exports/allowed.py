"""Who may export, and what: the right to export is the role's, what is hidden is the verdict's (docs/delivery.md)."""

import datetime as dt
from collections.abc import Collection

from django.conf import settings

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.common.clock import now
from apps.delivery.services import lookup
from apps.delivery.services.readers import asker_of
from apps.exports.models import Export
from apps.lockss.delivery import Surface

# A system administrator may do everything.
EXPORTERS = (Role.LIBRARIAN, Role.NETWORK)
# For them an export is how a dark network delivers, and how an audit gets its bytes: they have what is hidden, too.
AUDITORS = (Role.NETWORK,)


def is_auditor(user: User | None) -> bool:
    """Whether an export may hold what is hidden; the command line may what the system administrator may."""
    return user is None or user.has_role(*AUDITORS)


def hidden(export: Export, au_keys: Collection[int]) -> set[int]:
    """Those of the AUs that whoever asked for the export may not have at this moment."""
    return hidden_from(export.user, au_keys, auditor=export.is_audit)


def hidden_from(user: User | None, au_keys: Collection[int], *, auditor: bool) -> set[int]:
    """Those that a person may not have. An auditor who has lost the role since is none."""
    asker = asker_of(
        Surface.EXPORT,
        None,
        roles=user.roles if user else (),
        auditor=auditor and is_auditor(user),
    )
    verdicts = lookup.verdicts(asker, au_keys, now())
    # An AU without a verdict is one that the node does not know any more.
    return {pk for pk in au_keys if pk not in verdicts or not verdicts[pk].listed}


def expiry(at: dt.datetime) -> dt.datetime:
    """When what was made at a moment is deleted."""
    return at + dt.timedelta(days=settings.NODE.export_days)
