"""A database that was brought back from a backup: what it looks like in the audit record, and how somebody says so.

The chain is whole, and ends before the head that was noted last. A record whose newest events were cut off looks the
same: only a person knows. Who accepts it says why; the act stands in the chain, and the old heads are kept.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from apps.accounts.errors import RestoredCode, RestoredError
from apps.accounts.services.auditing import audit
from apps.accounts.services.heads import Head, heads_file, in_chain, last_head, note_head, read_heads
from apps.accounts.services.sealing import head, seal
from apps.accounts.services.verifying import verify
from apps.common.clock import now
from apps.common.syncing import sync_folder
from apps.common.text import storable

SUBJECT = "audit"
LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Restored:
    """``noted_at``: of the head that was noted last, ``lost``; ``kept``: the last noted one that the chain holds."""

    noted_at: str
    lost: Head
    kept: Head | None
    ends_at: int


def restored() -> Restored | None:
    """None where the head that was noted last is in the chain, or none is known. OSError where it cannot be read."""
    path = heads_file()
    last = last_head(path) if path is not None else None
    if path is None or last is None or in_chain(last[1]):
        return None
    kept = None
    for _line, one in read_heads(path):
        if one is not None and in_chain(one):
            kept = one
    newest = head()
    return Restored(last[0], last[1], kept, newest.position if newest else 0)


def accept(*, reason: str) -> Path:
    """Record that the database was brought back, put the old heads aside and begin anew; the new name of the old file.

    RestoredError where nothing is to be accepted, no reason is given, or more is wrong than a lost end.
    """
    said = storable(reason.strip(), LONGEST_REASON)
    found, path = restored(), heads_file()
    if found is None or path is None:
        raise RestoredError(RestoredCode.NOTHING, "the head that was noted last is in the chain")
    if not said:
        raise RestoredError(
            RestoredCode.NO_REASON, "say by --reason which backup was brought back, when and why"
        )
    if faults := verify().faults:
        raise RestoredError(
            RestoredCode.BROKEN,
            f"more is wrong than a lost end, and no backup does that: {faults[0].text}",
        )
    aside = path.with_name(f"{path.name}.until-{now():%Y%m%dT%H%M%S}")
    with transaction.atomic():
        audit(
            action="accounts.accept-restored",
            subject=SUBJECT,
            before={"noted_at": found.noted_at, "lost": _text(found.lost)},
            after={
                "kept": _text(found.kept) if found.kept else None,
                "ends_at": found.ends_at,
                "heads": aside.name,
                "reason": said,
            },
        )
    seal()
    # Killed before this the old file stays, and the act can be done again.
    os.link(path, aside)
    path.unlink()
    sync_folder(path.parent)
    note_head()
    return aside


def _text(one: Head) -> str:
    return f"{one[0]}:{one[1].hex()}"
