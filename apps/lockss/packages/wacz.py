"""The texts of a WACZ (Web Archive Collection Zipped 1.1.1): package, pages, and the index of a compressed CDXJ."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

VERSION = "1.1.1"
SOFTWARE = "LOCKSS Portal"


@dataclass(frozen=True, slots=True)
class Resource:
    """A member of the zip: ``sha256`` in hex, ``size`` in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Page:
    """An entry of ``pages.jsonl``: where a reader begins. ``at``: when it was collected."""

    url: str
    title: str
    at: dt.datetime

    def line(self, number: int) -> str:
        told = {"id": f"{number:06d}", "url": self.url, "title": self.title, "ts": _moment(self.at)}
        return json.dumps(told, ensure_ascii=False) + "\n"


def pages_head() -> str:
    """The first line of ``pages.jsonl``."""
    return json.dumps({"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}) + "\n"


def datapackage(resources: Sequence[Resource], *, title: str, created: dt.datetime, main: Page | None) -> str:
    """``datapackage.json``: every other member with its digest."""
    told: dict[str, object] = {
        "profile": "data-package",
        "wacz_version": VERSION,
        "title": title,
        "software": SOFTWARE,
        "created": _moment(created),
        "resources": [
            {
                "name": one.path.rpartition("/")[2],
                "path": one.path,
                "hash": f"sha256:{one.sha256}",
                "bytes": one.size,
            }
            for one in resources
        ],
    }
    if main is not None:
        told |= {"mainPageUrl": main.url, "mainPageDate": _moment(main.at)}
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def datapackage_digest(sha256: str) -> str:
    """``datapackage-digest.json`` without a signature."""
    return json.dumps({"path": "datapackage.json", "hash": f"sha256:{sha256}"}, indent=2) + "\n"


def idx_head(filename: str) -> str:
    """The first line of ``index.idx``."""
    return f"!meta 0 {json.dumps({'format': 'cdxj-gzip-1.0', 'filename': filename})}\n"


def idx_line(first: str, *, offset: int, length: int, sha256: str, filename: str) -> str:
    """A line of ``index.idx``: a block of the compressed CDXJ by the key and time of its first line."""
    key = " ".join(first.split(" ", 2)[:2])
    told = {"offset": offset, "length": length, "digest": f"sha256:{sha256}", "filename": filename}
    return f"{key} {json.dumps(told)}\n"


def _moment(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
