"""Documents of the network: kept once with their digest, only ever added."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.clock import now
from apps.common.text import storable
from apps.common.uploads import Kept, Upload, UploadTooLarge, keep_upload
from apps.network.models import Decision, Member, Membership, Paper

FOLDER = "network"
LONGEST_NAME = 255
KeptFile = tuple[str, Kept]


def add_papers(
    *,
    user: User,
    uploads: Sequence[Upload],
    member: Member | None = None,
    membership: Membership | None = None,
    decision: Decision | None = None,
) -> list[Paper]:
    """The same bytes again are the same row."""
    with kept(uploads) as files, transaction.atomic():
        return attach(files, user, member=member, membership=membership, decision=decision)


@contextmanager
def kept(uploads: Sequence[Upload]) -> Iterator[list[KeptFile]]:
    """All files with their names, synced before a row names them; none stays where the body fails."""
    files: list[KeptFile] = []
    try:
        for upload in uploads:
            files.append((_name(upload), _keep(upload)))  # noqa: PERF401 - what is kept so far must be known
        yield files
    except BaseException:
        drop(files)
        raise


def drop(files: Sequence[KeptFile]) -> None:
    """Files that no row names."""
    for _said, one in files:
        _unlink(one.path)


def attach(files: Sequence[KeptFile], user: User, **owner) -> list[Paper]:
    """Rows for kept files, in the caller's transaction; a file that is known already goes when that is over."""
    rows = []
    for name, one in files:
        given = {"name": name, "path": one.path.name, "size": one.size, "added_by": user, "added_at": now()}
        row, made = Paper.objects.get_or_create(**owner, sha256=one.sha256, defaults=given)
        rows.append(row)
        if made:
            audit(
                user=user,
                action="network.paper",
                subject=_subject(row),
                after={"document": name, "sha256": row.sha256, "size": row.size},
            )
        else:
            transaction.on_commit(partial(_unlink, one.path))
    return rows


def paper_path(row: Paper) -> Path:
    """Where the document lies; ValueError for a row that names none of ours."""
    if not row.path or Path(row.path).name != row.path:
        raise ValueError("the row names no document")
    return Path(settings.NODE.media_dir) / FOLDER / row.path


def _keep(upload: Upload) -> Kept:
    try:
        found = keep_upload(upload, FOLDER)
    except UploadTooLarge as error:
        raise ValidationError({"documents": str(error)}) from None
    if not found.size:
        _unlink(found.path)
        raise ValidationError({"documents": gettext("“%s” is empty.") % _name(upload)})
    return found


def _name(upload: Upload) -> str:
    return storable(Path(upload.name or "").name, LONGEST_NAME) or "document"


def _unlink(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _subject(row: Paper) -> str:
    return f"member:{row.member_id}" if row.member_id else f"decision:{row.decision_id}"
