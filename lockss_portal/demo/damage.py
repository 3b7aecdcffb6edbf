"""Three ways in which a store goes wrong behind the node's back (decisions 24)."""

import os
from dataclasses import dataclass
from pathlib import Path

from lockss_portal.demo.watch import Content


@dataclass(frozen=True, slots=True)
class Damage:
    """What was done to which file; ``urls`` of the AU were in it."""

    kind: str
    au: str
    file: str
    urls: int
    detail: str


def flip_a_byte(content_dir: Path, au: str, contents: dict[str, Content]) -> Damage:
    """One bit of one byte inside the stored body of the largest file of the AU."""
    url, largest = max(contents.items(), key=lambda item: item[1].size)
    path = content_dir / largest.file
    place = largest.offset + largest.body_offset + largest.body_deflated // 2
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 0x10]))
        file.flush()
        os.fsync(file.fileno())
    return Damage("one bit flipped", au, largest.file, 1, f"byte {place}, inside {url}")


def delete_files(content_dir: Path, au: str, contents: dict[str, Content]) -> Damage:
    """All WARC files of the AU."""
    names = sorted({each.file for each in contents.values()})
    for name in names:
        (content_dir / name).unlink()
    return Damage(
        "WARC deleted", au, ", ".join(names), len(contents), f"{len(names)} file of {len(contents)} URLs"
    )


def cut_in_mid_record(content_dir: Path, au: str, contents: dict[str, Content]) -> Damage:
    """The AU's file ends inside a record in its second half; everything behind is gone."""
    ordered = sorted(contents.values(), key=lambda each: each.offset)
    victim = ordered[len(ordered) // 2]
    path = content_dir / victim.file
    size = path.stat().st_size
    at = victim.offset + victim.length // 2
    os.truncate(path, at)
    lost = sum(each.offset >= victim.offset for each in ordered)
    return Damage("WARC cut in mid-record", au, victim.file, lost, f"{size - at} of {size} bytes gone")
