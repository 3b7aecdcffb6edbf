"""Puts the WARC files of one AU into what holds them all: a WACZ, or a BagIt bag as a tar."""

import datetime as dt
import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from isal import isal_zlib

from apps.exports.making.entries import About, Member, member_of
from apps.exports.making.out import Lying, OutFile, Spool, spooled
from apps.exports.making.sorted_lines import sorted_lines
from apps.exports.making.tars import TarOut
from apps.exports.making.zips import ZipOut
from apps.lockss.packages import (
    Page,
    Resource,
    bag_info,
    bagit_text,
    datapackage,
    datapackage_digest,
    idx_head,
    idx_line,
    manifest_line,
    pages_head,
)

PIECE = 1 << 20
LINES = 1_024
CDX, IDX, PAGES = "indexes/index.cdx.gz", "indexes/index.idx", "pages/pages.jsonl"
ALGORITHMS = ("sha256", "sha512")


@dataclass(frozen=True, slots=True)
class Part:
    """A WARC file that is whole; ``index`` its lines of CDXJ, beside it. ``digests`` in hex, by algorithm."""

    path: Path
    size: int
    digests: dict[str, str]
    index: Path | None = None


class PartChangedError(Exception):
    """A part has other bytes than when it was made."""


def write_wacz(
    out: OutFile,
    about: About,
    parts: Sequence[Part],
    pages: Sequence[Page],
    *,
    folder: Path,
    beat: Callable[[int], object],
) -> None:
    """WACZ 1.1.1. WARC files and index are stored, so that a browser reads any range of them; ``beat`` is told of bytes."""
    resources: list[Resource] = []
    with ExitStack() as stack, closing(ZipOut(out, folder)) as archive:

        def stored(name: str, spool: Spool) -> None:
            digest = hashlib.sha256()
            stack.callback(spool.close)
            archive.add_stored(member_of(name, spool, about.at), _plain(spool.lying(), digest))
            resources.append(Resource(name, digest.hexdigest(), spool.size))

        for part in parts:
            name = f"archive/{part.path.name}"
            member = Member(
                name=name, size=part.size, crc32=_crc32(part.path), deflated=0, lying=iter(()), at=about.at
            )
            archive.add_stored(member, _read_again(part, beat))
            resources.append(Resource(name, part.digests["sha256"], part.size))
        cdx, idx = Spool(folder), Spool(folder)
        _write_index(cdx, idx, _index_lines(parts), folder)
        stored(CDX, cdx)
        stored(IDX, idx)
        lines = pages_head() + "".join(page.line(number) for number, page in enumerate(pages, 1))
        stored(PAGES, spooled(folder, lines.encode()))
        main = pages[0] if pages else None
        told = datapackage(resources, title=about.name, created=about.at, main=main).encode()
        stored("datapackage.json", spooled(folder, told))
        signed = datapackage_digest(hashlib.sha256(told).hexdigest()).encode()
        stored("datapackage-digest.json", spooled(folder, signed))
        archive.finish()


def _write_index(cdx: Spool, idx: Spool, lines: Iterable[bytes], folder: Path) -> None:
    name = CDX.rpartition("/")[2]
    idx.write(idx_head(name).encode())
    offset = 0
    for block in batched_lines(sorted_lines(lines, folder)):
        packed = gzip.compress(b"".join(block), 6, mtime=0)
        cdx.write(packed)
        digest = hashlib.sha256(packed).hexdigest()
        first = block[0].decode()
        idx.write(idx_line(first, offset=offset, length=len(packed), sha256=digest, filename=name).encode())
        offset += len(packed)


def batched_lines(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    block: list[bytes] = []
    for line in lines:
        block.append(line)
        if len(block) == LINES:
            yield block
            block = []
    if block:
        yield block


def _index_lines(parts: Sequence[Part]) -> Iterator[bytes]:
    for part in parts:
        if part.index is None:
            raise PartChangedError(f"{part.path.name} has no index")
        with part.index.open("rb") as file:
            yield from file


def write_bag(
    out: OutFile,
    about: About,
    parts: Sequence[Part],
    tags: dict[str, bytes],
    *,
    root: str,
    contact: Sequence[tuple[str, str]],
    folder: Path,
    beat: Callable[[int], object],
) -> None:
    """A BagIt 1.0 bag (RFC 8493) as a tar. ``tags``: further tag files by path, such as the agreement evidence."""
    archive = TarOut(out, gzip=False)
    size = sum(part.size for part in parts)
    info = bag_info(
        [
            *contact,
            ("External-Identifier", about.auid),
            ("External-Description", about.name),
            ("Bagging-Date", about.at.astimezone(dt.UTC).date().isoformat()),
            ("Bag-Software-Agent", "LOCKSS Portal"),
            ("Payload-Oxum", f"{size}.{len(parts)}"),
        ]
    )
    files = {"bagit.txt": bagit_text().encode(), "bag-info.txt": info.encode(), **tags}
    for algorithm in ALGORITHMS:
        lines = "".join(manifest_line(one.digests[algorithm], f"data/{one.path.name}") for one in parts)
        files[f"manifest-{algorithm}.txt"] = lines.encode()
    for algorithm in ALGORITHMS:
        told = [
            manifest_line(hashlib.new(algorithm, data).hexdigest(), name)
            for name, data in sorted(files.items())
            if not name.startswith("tagmanifest-")
        ]
        files[f"tagmanifest-{algorithm}.txt"] = "".join(told).encode()
    for part in parts:
        lying = ((b"", piece) for piece in _read_again(part, beat))
        archive.add(
            Member(
                name=f"{root}/data/{part.path.name}",
                size=part.size,
                crc32=0,
                deflated=0,
                lying=lying,
                at=about.at,
            )
        )
    for name, data in files.items():
        with closing(spooled(folder, data)) as spool:
            archive.add(member_of(f"{root}/{name}", spool, about.at))
    archive.finish()


def json_file(told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"


def _plain(lying: Lying, digest: "hashlib._Hash") -> Iterator[bytes]:
    for _raw, piece in lying:
        digest.update(piece)
        yield piece


def _read_again(part: Part, beat: Callable[[int], object]) -> Iterator[bytes]:
    """PartChangedError where it is not what was made: a container never holds what its list of digests denies."""
    digest, size = hashlib.sha256(), 0
    try:
        with part.path.open("rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
                size += len(piece)
                if size > part.size:
                    break
                beat(len(piece))
                yield piece
    except OSError as error:
        raise PartChangedError(f"{part.path.name}: {error.strerror}") from error
    if (size, digest.hexdigest()) != (part.size, part.digests["sha256"]):
        raise PartChangedError(f"{part.path.name} is no longer what was made")


def _crc32(path: Path) -> int:
    found = 0
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                found = isal_zlib.crc32(piece, found)
    except OSError as error:
        raise PartChangedError(f"{path.name}: {error.strerror}") from error
    return found
