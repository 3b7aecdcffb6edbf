"""Copies of the chain's newest seal outside the database: only they show that the end of the record was cut off.

One line a day is appended to a file (setting ``audit_heads``): moment, position and digest. A head that is not in the
chain any more is never written over: the alert about it would be gone the day after.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from apps.accounts.models import AuditSeal
from apps.accounts.services.sealing import head
from apps.accounts.stored_reasons import NOT_NOTED
from apps.common.clock import now
from apps.common.findings import record_finding, resolve_findings
from apps.common.syncing import sync_folder

NOT_KEPT, SUBJECT = "audit-head-not-kept", "audit"
HEAD = re.compile(rb"(?<![0-9])([1-9][0-9]{0,17}):([0-9a-f]{64})(?![0-9a-f])")
# The last line of a file is looked for in its last bytes.
TAIL = 4096
LONGEST_LINE = 4096

Head = tuple[int, bytes]


def heads_file() -> Path | None:
    """Where they are kept; None where they are not."""
    named = settings.NODE.audit_heads
    return settings.NODE.home / Path(named).expanduser() if named else None


def note_head() -> None:
    """Append the newest head, once a day of UTC. A finding says where that cannot be."""
    path, newest = heads_file(), head()
    if path is None or newest is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _append(path, newest)
    except OSError as error:
        record_finding(
            code=NOT_KEPT,
            subject=SUBJECT,
            app="accounts",
            place=str(path),
            message=NOT_NOTED % {"file": path.name, "cause": error.strerror or error},
        )
    else:
        resolve_findings(subject=SUBJECT, codes=[NOT_KEPT])


def lost_head() -> str:
    """The head that was noted last, in a sentence, where the chain does not hold it; "" where it does."""
    path = heads_file()
    try:
        last = last_head(path) if path else None
    except OSError:
        # That it cannot be written is told by a finding.
        return ""
    if last is None or in_chain(last[1]):
        return ""
    position, digest = last[1]
    return f"the head noted at {last[0]}, {position}:{digest.hex()}, is not in the chain"


def last_head(path: Path) -> tuple[str, Head] | None:
    """Moment and head of the file's last whole line. OSError."""
    return _last(_tail(path))


def read_heads(path: Path) -> Iterator[tuple[int, Head | None]]:
    """(number of the line, head in it or None) of a file of heads, or of a mail that tells one. OSError."""
    with path.open("rb") as lines:
        number = 0
        while line := lines.readline(LONGEST_LINE):
            number += 1
            if line.strip():
                found = HEAD.search(line)
                yield number, (int(found[1]), bytes.fromhex(found[2].decode())) if found else None


def _append(path: Path, newest: AuditSeal) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        # One at a time: the second finds the line of the first.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        tail = _tail(path)
        last, at = _last(tail), now().replace(microsecond=0)
        if last and (last[0][:10] == at.date().isoformat() or not in_chain(last[1])):
            return
        # What a power cut left half ends here.
        begin = "\n" if tail and not tail.endswith(b"\n") else ""
        line = f"{begin}{at.isoformat()} {newest.position}:{bytes(newest.digest).hex()}\n"
        os.write(descriptor, line.encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def _tail(path: Path) -> bytes:
    if not path.exists():
        return b""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        return file.read(TAIL)


def _last(tail: bytes) -> tuple[str, Head] | None:
    """Moment and head of the last whole line."""
    for line in reversed(tail.split(b"\n")[:-1]):
        moment, _, rest = line.strip().partition(b" ")
        if found := HEAD.fullmatch(rest):
            return moment.decode("ascii", "replace"), (int(found[1]), bytes.fromhex(found[2].decode()))
    return None


def in_chain(one: Head) -> bool:
    """Whether the chain holds it, at its place."""
    return AuditSeal.objects.filter(position=one[0], digest=one[1]).exists()
