"""Where definitions come from: folders, single files, JARs and ZIPs. Gives (path in it, bytes), never unpacks."""

from collections.abc import Iterator
from pathlib import Path

from apps.common.archives import ArchiveError, ZipLimits, is_zip, members
from apps.lockss.plugin.identity import path_of_plugin_id
from apps.lockss.plugin.xmlmap import parse_map
from apps.plugins.errors import PluginCode, PluginError

LARGEST_FILE = 2 << 20
LARGEST_JAR = 64 << 20
MOST_FILES = 5_000
# A JAR of a registry also carries Java classes; only its definitions are read.
SUFFIX = ".xml"
LIMITS = ZipLimits(
    members=50_000,
    member_bytes=LARGEST_FILE,
    total_bytes=256 << 20,
    directory=8 << 20,
    wanted=MOST_FILES,
    kind=SUFFIX,
)
ARCHIVES = (".jar", ".zip")


def read_place(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every ``.xml`` of a folder, an archive, or the one file, named by its path as Java would. PluginError."""
    try:
        if path.is_dir():
            yield from _from_folder(path)
        elif is_archive(path):
            yield from _from_archive(path)
        else:
            data = _bytes(path)
            yield path_of(str(path), data), data
    except OSError as error:
        raise PluginError(PluginCode.NO_PLACE, f"{path} cannot be read: {error.strerror or error}") from error


def is_archive(path: Path) -> bool:
    """Whether it is to be read as a JAR or ZIP; what cannot be opened is told by whoever reads it."""
    try:
        return path.is_file() and (path.suffix.lower() in ARCHIVES or is_zip(path))
    except OSError:
        return False


def path_of(name: str, data: bytes) -> str:
    """The resource path of a single file: as much of ``name`` as what the definition says of itself allows.

    A lone file does not tell which folders are its package; its own identifier does, where it ends like ``name``.
    """
    raw, _ = parse_map(data)
    stated = raw.get("plugin_identifier") if raw is not None else None
    if isinstance(stated, str):
        wanted = path_of_plugin_id(stated.strip())
        if wanted.rpartition("/")[2] == name.replace("\\", "/").rpartition("/")[2]:
            return wanted
    message = (
        f"{name[:200]}: which package it belongs to cannot be told, because its plugin_identifier does not name"
        " this file. Load the folder or the JAR that holds its packages (org/…)."
    )
    raise PluginError(PluginCode.NO_PLACE, message)


def _from_folder(root: Path) -> Iterator[tuple[str, bytes]]:
    inside = root.resolve()
    found = [p for p in root.rglob(f"*{SUFFIX}") if p.is_file() and p.resolve().is_relative_to(inside)]
    if len(found) > MOST_FILES:
        raise PluginError(PluginCode.UNREADABLE, f"{len(found):,} files; at most {MOST_FILES:,} are read")
    for path in sorted(found):
        yield path.relative_to(root).as_posix(), _bytes(path)


def _bytes(path: Path) -> bytes:
    """One byte more than is read tells the reader that there is more."""
    with path.open("rb") as file:
        return file.read(LARGEST_FILE + 1)


def _from_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        for member in members(path, lambda name: name.endswith(SUFFIX), LIMITS):
            if member.data is None:
                raise PluginError(PluginCode.UNREADABLE, f"{member.name}: {member.problem}")
            yield member.name, member.data
    except ArchiveError as error:
        raise PluginError(PluginCode.UNREADABLE, str(error)) from error
