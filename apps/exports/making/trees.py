"""Writes one zip or tgz of an export: each URL's file at a safe path, ``index.csv`` for people, ``captures.jsonl`` for
programs, ``au.json`` about the AU and what was left out.
"""

import csv
import datetime as dt
import io
import json
from email.utils import parsedate_to_datetime
from pathlib import Path

from apps.exports.making.entries import About, Item, Member, member_of
from apps.exports.making.out import Lying, OutFile, Spool, spooled
from apps.exports.making.tars import TarOut
from apps.exports.making.zips import ZipOut
from apps.lockss.packages import Xlate, marked, path_of
from apps.repository.heads import parse_head
from apps.repository.warc.fields import warc_date

# So many files of one zip or tgz; the paths that are taken are remembered.
MOST_FILES = 100_000
COLUMNS = (
    *("path", "url", "version", "collected_at", "status", "content_type", "content_encoding"),
    *("size", "sha256", "redirected_to"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class TreePart:
    """``folder``: where what is written last waits. The first folder of each path is the file's own name."""

    def __init__(self, out: OutFile, about: About, folder: Path, *, zipped: bool, xlate: Xlate) -> None:
        self._about = about
        self._root = out.path.name.rpartition(".")[0]
        self._folder = folder
        self._xlate = xlate
        self._zip = ZipOut(out, folder) if zipped else None
        self._tar = None if zipped else TarOut(out, gzip=True)
        self._taken: set[str] = set()
        self._index, self._captures = Spool(folder), Spool(folder)
        self._index.write(_csv(COLUMNS))

    @property
    def count(self) -> int:
        return len(self._taken)

    def add(self, item: Item, lying: Lying) -> None:
        """ContentError with any piece of ``lying``: the file is then taken back by who called."""
        artifact = item.artifact
        path = path_of(artifact.url, self._xlate, is_folder=item.is_folder)
        if path.casefold() in self._taken:
            path = marked(path, artifact.url)
        place = artifact.place
        assert place is not None  # noqa: S101 - what lies nowhere cannot be read
        self._put(
            Member(
                name=f"{self._root}/{path}",
                size=artifact.size,
                crc32=place.body_crc32,
                deflated=place.body_deflated,
                lying=lying,
                at=_changed(item),
                comment=item.beside.head,
            )
        )
        self._taken.add(path.casefold())
        told = _row(item, path)
        self._index.write(_csv([str(told[name] if told[name] is not None else "") for name in COLUMNS]))
        self._captures.write(_line(item, told))

    def finish(self, told: dict[str, object]) -> None:
        about = spooled(self._folder, json.dumps(told, ensure_ascii=False, indent=1).encode())
        names = (("index.csv", self._index), ("captures.jsonl", self._captures), ("au.json", about))
        for name, spool in names:
            self._put(member_of(f"{self._root}/{name}", spool, self._about.at))
        about.close()
        if self._zip is not None:
            when = warc_date(self._about.at)
            self._zip.finish(f"{self._about.name}\n{self._about.node}\n{when}")
        elif self._tar is not None:
            self._tar.finish()

    def close(self) -> None:
        self._index.close()
        self._captures.close()
        if self._zip is not None:
            self._zip.close()

    def _put(self, member: Member) -> None:
        writer = self._zip or self._tar
        assert writer is not None  # noqa: S101 - one of the two
        writer.add(member)


def _row(item: Item, path: str) -> dict[str, object]:
    artifact = item.artifact
    return {
        "path": path,
        "url": artifact.url,
        "version": artifact.version,
        "collected_at": warc_date(artifact.collected_at),
        "status": artifact.status,
        "content_type": artifact.content_type,
        "content_encoding": artifact.content_encoding,
        "size": artifact.size,
        "sha256": artifact.sha256.hex(),
        "redirected_to": artifact.redirected_to,
    }


def _line(item: Item, row: dict[str, object]) -> bytes:
    """All that the store keeps of a version but its bytes. Heads are Latin-1, so that every byte comes back."""
    told = row | {
        "origin": str(item.artifact.origin.value),
        "head": item.beside.head.decode("latin-1"),
        "request": item.beside.request.decode("latin-1"),
        "address": item.beside.fields.get("warc-ip-address", ""),
        "facts": dict(item.beside.facts),
    }
    return json.dumps(told).encode() + b"\n"


def _csv(values: tuple[str, ...] | list[str]) -> bytes:
    """A spreadsheet must not take a publisher's text for a formula."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(
        [f"'{one}" if one.startswith(_FORMULA) else one for one in values]
    )
    return out.getvalue().encode("utf-8", "replace")


def _changed(item: Item) -> dt.datetime:
    """When its publisher says it was last changed, else when it was collected."""
    head = parse_head(item.beside.head) if item.beside.head else None
    text = head.first("Last-Modified") if head else None
    try:
        found = parsedate_to_datetime(text) if text else None
    except (ValueError, TypeError, OverflowError):
        found = None
    if found is None or not 1980 <= found.year <= 2100:
        return item.artifact.collected_at
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
