"""Stored URLs: their versions, suspect ones, and which AUs hold one."""

from apps.api.choices import Kind
from apps.api.errors import TableError
from apps.api.table import Column, StatusTable
from apps.api.tables import words
from apps.api.tables.registry import Asked, au_of, status_table
from apps.aus.models import Au
from apps.repository import queries
from apps.repository.choices import SUSPECT
from apps.repository.models import Artifact, UrlHolder
from apps.repository.names import url_digest

MOST_HOLDERS = 1_000


@status_table("FileVersions", "File Versions", needs_key=True)
def versions(asked: Asked) -> StatusTable:
    """Key: the AUID; which URL is asked beside it."""
    if not asked.url:
        raise TableError("FileVersions needs the arguments auid and url")
    au = au_of(asked.key)
    return StatusTable(
        "FileVersions",
        f"Versions of {asked.url}",
        (
            Column("Version", "Version", Kind.INT, lambda one: one.version),
            Column("Size", "Size", Kind.INT, lambda one: one.size),
            Column("DateCollected", "Date Collected", Kind.DATE, lambda one: one.collected_at),
        ),
        queries.history_of(au.key, asked.url),
        key=au.auid,
    )


@status_table("SuspectVersions", "Suspect Versions", needs_key=True)
def suspect(asked: Asked) -> StatusTable:
    """Versions whose bytes are damaged or gone; 1.x also tells the digests, which are the same row's here."""
    au = au_of(asked.key)
    return StatusTable(
        "SuspectVersions",
        f"Suspect versions of {au.name}",
        (
            Column("Url", "URL", Kind.STRING, lambda one: one.url),
            Column("Version", "Version", Kind.INT, lambda one: one.version, order="version"),
            Column("Stored", "Stored hash", Kind.STRING, lambda one: f"SHA-256:{bytes(one.sha256).hex()}"),
        ),
        Artifact.objects.filter(au_key=au.pk, state__in=[str(state) for state in SUSPECT]),
        key=au.auid,
    )


@status_table("AusWithUrl", "AUs containing URL", needs_key=True)
def holders(asked: Asked) -> StatusTable:
    digest = url_digest(asked.key)
    keys = UrlHolder.objects.filter(url_digest=digest).order_by("au_key")
    held = dict(keys.values_list("au_key", "version")[:MOST_HOLDERS])
    newest = Artifact.objects.filter(au_key__in=held, url_digest=digest, is_current=True)
    found = {one.au_key_id: one for one in newest}
    rows = [(au, found[au.pk]) for au in Au.objects.filter(pk__in=found).order_by("name_key", "pk")]
    return StatusTable(
        "AusWithUrl",
        f"AUs containing {asked.key}",
        (
            Column("AuName", "AU", Kind.STRING, lambda row: words.au_link(row[0])),
            Column("Size", "Size", Kind.INT, lambda row: row[1].size),
            Column("CollectedDate", "Collected", Kind.DATE, lambda row: row[1].collected_at),
            Column("Versions", "Versions", Kind.INT, lambda row: row[1].version),
        ),
        rows,
        key=asked.key,
    )
