"""What the store takes: ``RepositoryTable`` by AU, ``RepositorySpace`` by folder."""

from django.conf import settings

from apps.api.choices import Kind
from apps.api.table import Column, StatusTable
from apps.api.tables import words
from apps.api.tables.registry import Asked, status_table
from apps.aus.choices import AuState
from apps.aus.models import Au, StoreSpace
from apps.repository.names import folder_of


def _params(au: Au) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(au.params.items()))


@status_table("RepositoryTable", "AU Repositories")
def by_au(asked: Asked) -> StatusTable:
    return StatusTable(
        "RepositoryTable",
        "AU Repositories",
        (
            Column("dir", "Directory", Kind.STRING, lambda au: folder_of(au.slug)),
            Column("au", "AU", Kind.STRING, words.au_link, order="name_key"),
            Column(
                "status",
                "Status",
                Kind.STRING,
                lambda au: "Active" if au.state == AuState.SELECTED else "Inactive",
            ),
            Column(
                "diskusage", "Disk Usage (MB)", Kind.FLOAT, words.disk_mb, order="key__summary__disk_size"
            ),
            Column("plugin", "Plugin", Kind.STRING, lambda au: au.plugin_id, order="plugin_id"),
            Column("params", "Params", Kind.STRING, lambda au: _params(au) or None),
        ),
        Au.objects.select_related("key__summary"),
        order="name_key",
    )


def _used(space: StoreSpace) -> int | None:
    if space.disk_total is None or space.disk_free is None:
        return None
    return space.disk_total - space.disk_free


def _share(space: StoreSpace) -> float | None:
    used = _used(space)
    return used / space.disk_total if used is not None and space.disk_total else None


@status_table("RepositorySpace", "Repositories")
def space(asked: Asked) -> StatusTable:
    """As last measured; the disk, not our folder alone, as in 1.x."""
    rows = StoreSpace.objects.filter(path=str(settings.NODE.content_dir))
    return StatusTable(
        "RepositorySpace",
        "Repositories",
        (
            Column("repo", "Repository", Kind.STRING, lambda one: one.path),
            Column("size", "Size", Kind.INT, lambda one: one.disk_total),
            Column("used", "Used", Kind.INT, _used),
            Column("free", "Free", Kind.INT, lambda one: one.disk_free),
            Column("percent", "%Full", Kind.PERCENT, _share),
        ),
        list(rows),
    )
