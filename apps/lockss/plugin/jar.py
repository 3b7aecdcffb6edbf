"""Definitions in a plugin JAR: which files its manifest names, and the files themselves (plugins §1).

Signatures are the business of whoever fetched the JAR; here are only its XML files, under limits.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from apps.lockss.plugin.findings import DefinitionCode, Finding, Place, clip, error, warning
from apps.lockss.plugin.identity import path_of_plugin_id, plugin_id_of_path

_MANIFEST = "META-INF/MANIFEST.MF"
_LINE_END = re.compile("\r\n?")
_PLUGIN = "lockss-plugin"


@dataclass(frozen=True, slots=True)
class JarLimits:
    """Bytes of the JAR, of one file inside and of all read files together; entries."""

    max_bytes: int = 32 << 20
    max_file: int = 2 << 20
    max_total: int = 64 << 20
    max_entries: int = 20_000


DEFAULT_JAR_LIMITS = JarLimits()


@dataclass(frozen=True, slots=True)
class Jar:
    """``plugin_ids`` in the order of the manifest; ``files`` are all its XML files by path."""

    plugin_ids: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    findings: tuple[Finding, ...] = ()

    def load(self, plugin_id: str) -> bytes | None:
        """The file of a plugin id inside this JAR: what ``load_definition`` asks for."""
        return self.files.get(path_of_plugin_id(plugin_id))


# What the library raises for bytes that are no archive, here or there.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


def read_jar(data: bytes, limits: JarLimits = DEFAULT_JAR_LIMITS) -> Jar:
    """The definitions of a JAR. Never raises for what the JAR holds."""
    if len(data) > limits.max_bytes:
        return Jar(findings=(error(DefinitionCode.TOO_LARGE, f"{len(data)} bytes of JAR"),))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(archive, limits)
    except _UNREADABLE as fault:
        return Jar(findings=(error(DefinitionCode.NOT_XML, f"no readable JAR: {clip(str(fault))}"),))


def _read(archive: zipfile.ZipFile, limits: JarLimits) -> Jar:
    entries = archive.infolist()
    if len(entries) > limits.max_entries:
        return Jar(findings=(error(DefinitionCode.TOO_MANY, f"{len(entries)} entries in the JAR"),))
    findings: list[Finding] = []
    files: dict[str, bytes] = {}
    manifest = b""
    total = 0
    for entry in entries:
        wanted = entry.filename == _MANIFEST or entry.filename.endswith(".xml")
        if not wanted or entry.is_dir():
            continue
        content = _content(archive, entry, min(limits.max_file, limits.max_total - total))
        if content is None:
            place = Place(plugin_id=clip(entry.filename))
            findings.append(warning(DefinitionCode.TOO_LARGE, "larger than is read", place))
            continue
        total += len(content)
        if entry.filename == _MANIFEST:
            manifest = content
        else:
            files[entry.filename] = content
    ids: dict[str, None] = {}
    for path in manifest_plugins(manifest):
        plugin_id = plugin_id_of_path(path)
        if plugin_id is None or path not in files:
            place = Place(plugin_id=clip(path))
            findings.append(error(DefinitionCode.NOT_FOUND, "named by the manifest, not in the JAR", place))
        else:
            ids[plugin_id] = None
    return Jar(tuple(ids), MappingProxyType(files), tuple(findings))


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes | None:
    """None where more comes out than is read, whatever the entry's head says."""
    with archive.open(entry) as stream:
        content = stream.read(most + 1)
    return None if len(content) > most else content


def manifest_plugins(manifest: bytes) -> tuple[str, ...]:
    """Paths whose section says ``Lockss-Plugin: true``; long lines go on behind a blank."""
    text = _LINE_END.sub("\n", manifest.decode("utf-8", "replace")).replace("\n ", "")
    paths: list[str] = []
    for section in text.split("\n\n"):
        pairs = (line.partition(":") for line in section.split("\n"))
        fields = {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}
        if fields.get(_PLUGIN, "").lower() == "true" and "name" in fields:
            paths.append(fields["name"])
    return tuple(paths)
