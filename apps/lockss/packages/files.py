"""Names of the files of an export: as LOCKSS 1.x gives them, or with the AU in the name."""

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST_PREFIX = 60
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Naming(StrEnum):
    """``OURS``: ``PREFIX-<AU>-<14 digits>-00001.…``; ``LOCKSS_1``: ``PREFIX-<17 digits>-00001.warc.gz``, and of a zip
    ``PREFIX-<14 digits>-00000.zip``. There the AU does not stand in the name, so an export of several needs ``OURS``."""

    OURS = "ours"
    LOCKSS_1 = "lockss-1"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the files of one AU in one export have in common. ``at`` is aware."""

    prefix: str
    slug: str
    at: dt.datetime
    naming: Naming = Naming.OURS

    def digits(self, number: int) -> str:
        utc = self.at.astimezone(dt.UTC)
        return (utc.strftime("%Y%m%d%H%M%S") + f"{utc.microsecond // 1000:03d}")[:number]


def clean_prefix(text: str) -> str | None:
    """None where it cannot begin a file's name on every system."""
    fits = len(text) <= LONGEST_PREFIX and _PREFIX.fullmatch(text) and not text.endswith(".")
    return text if fits else None


def part_name(stamp: Stamp, serial: int, ending: str) -> str:
    """``serial`` counts from 0; ``ending`` without its first dot."""
    if stamp.naming is Naming.LOCKSS_1:
        if ending.startswith(("zip", "tgz")):
            return f"{stamp.prefix}-{stamp.digits(14)}-{serial:05d}.{ending}"
        return f"{stamp.prefix}-{stamp.digits(17)}-{serial + 1:05d}.{ending}"
    return f"{stamp.prefix}-{stamp.slug}-{stamp.digits(14)}-{serial + 1:05d}.{ending}"


def container_name(stamp: Stamp, ending: str = "") -> str:
    """Of what holds all parts of an AU: a WACZ, a bag."""
    stem = f"{stamp.prefix}-{stamp.slug}-{stamp.digits(14)}"
    return f"{stem}.{ending}" if ending else stem
