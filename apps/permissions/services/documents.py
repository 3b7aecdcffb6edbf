"""Documents of agreements: stored once with their digest, never changed or deleted."""

import hashlib
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.clock import now
from apps.common.syncing import sync_folder
from apps.common.text import storable
from apps.permissions.models import AgreementDocument, PublisherAgreement

LONGEST_DOCUMENT = 50_000_000
LONGEST_NAME = 255
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as it came in: what it is called, and its bytes from where ``file`` stands."""

    name: str
    file: BinaryIO


@dataclass(frozen=True, slots=True)
class Stored:
    name: str
    leaf: str
    sha256: str
    size: int


def add_documents(
    *, agreement: PublisherAgreement, papers: Sequence[Paper], user: User
) -> list[AgreementDocument]:
    """Keep these documents; the same bytes again are the same row."""
    stored = store(papers)
    with transaction.atomic(), removed_if_failing(stored):
        return attach(agreement, stored, user)


def attach(agreement: PublisherAgreement, stored: Sequence[Stored], user: User) -> list[AgreementDocument]:
    """Rows for stored files, in the caller's transaction; what is known already goes again when that is over."""
    rows = []
    for one in stored:
        row, made = AgreementDocument.objects.get_or_create(
            agreement=agreement,
            sha256=one.sha256,
            defaults={
                "name": one.name,
                "path": one.leaf,
                "size": one.size,
                "added_by": user,
                "added_at": now(),
            },
        )
        rows.append(row)
        if made:
            audit(
                user=user,
                action="permissions.document",
                subject=f"agreement:{agreement.pk}",
                after={"document": row.name, "sha256": row.sha256, "size": row.size},
            )
        else:
            transaction.on_commit(partial(remove, one.leaf))
    return rows


def document_path(row: AgreementDocument) -> Path:
    """Where the document lies; ValueError for a row that names none of ours."""
    leaf = row.path
    if not leaf or Path(leaf).name != leaf:
        raise ValueError("the agreement has no document")
    return _folder() / leaf


def store(papers: Sequence[Paper]) -> list[Stored]:
    """All files, synced before any row names them, or none; ValidationError names the field."""
    stored: list[Stored] = []
    with removed_if_failing(stored):
        for paper in papers:
            stored.append(_store_one(paper))  # noqa: PERF401 - what is stored so far must be known
    return stored


class removed_if_failing:  # noqa: N801 - reads as a verb in a with-statement
    """Takes stored files away again when what should have named them fails."""

    def __init__(self, stored: Sequence[Stored]) -> None:
        self._stored = stored

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind, *_rest) -> None:
        if kind is not None:
            for one in self._stored:
                remove(one.leaf)


def remove(leaf: str) -> None:
    """A file that no row names."""
    with suppress(OSError):
        (_folder() / leaf).unlink()


def _folder() -> Path:
    return Path(settings.NODE.media_dir) / "agreements"


def _store_one(paper: Paper) -> Stored:
    name = storable(Path(paper.name).name, LONGEST_NAME) or "document"
    _check_length(paper, name)
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    leaf, digest, size = secrets.token_hex(16), hashlib.sha256(), 0
    descriptor = os.open(folder / leaf, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            while piece := paper.file.read(_PIECE):
                size += len(piece)
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(folder)
    except BaseException:
        remove(leaf)
        raise
    return Stored(name, leaf, digest.hexdigest(), size)


def _check_length(paper: Paper, name: str) -> None:
    begin = paper.file.tell()
    length = paper.file.seek(0, os.SEEK_END) - begin
    paper.file.seek(begin)
    if not length:
        raise ValidationError({"documents": gettext("“%(name)s” is empty.") % {"name": name}})
    if length > LONGEST_DOCUMENT:
        most = LONGEST_DOCUMENT // 1_000_000
        raise ValidationError(
            {
                "documents": gettext("“%(name)s” is too long: a document may have %(most)s MB at most.")
                % {"name": name, "most": most}
            }
        )
