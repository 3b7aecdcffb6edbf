"""How much of its disk a store may take: ``4 TB``, ``800 GB``, bytes, or a share of the disk such as ``80 %``."""

import re
from dataclasses import dataclass

ACCEPTED = "bytes such as 4 TB, or a share of the disk such as 80 %"
_UNITS = {"": 1, **{unit: 1000 ** (n + 1) for n, unit in enumerate(("KB", "MB", "GB", "TB", "PB"))}}
_UNITS |= {unit.replace("B", "IB"): 1024 ** (n + 1) for n, unit in enumerate(("KB", "MB", "GB", "TB", "PB"))}
_QUOTA = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,3}))?\s*(%|[KMGTP]I?B|)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quota:
    """One of the two: ``size`` in bytes, or ``share`` in thousandths of a hundredth of the disk."""

    size: int | None = None
    share: int | None = None

    def limit(self, disk_total: int | None) -> int | None:
        """Bytes; None where nobody can tell how large the disk is."""
        if self.share is None:
            return self.size
        return None if disk_total is None else disk_total * self.share // 100_000


def read_quota(text: str) -> Quota | None:
    """None for an empty text: no quota. ValueError says what is accepted."""
    if not text.strip():
        return None
    found = _QUOTA.fullmatch(text.strip())
    if found is None:
        raise ValueError(ACCEPTED)
    thousandths = int(found[1]) * 1000 + int((found[2] or "").ljust(3, "0"))
    if found[3] == "%":
        if not 0 < thousandths <= 100_000:
            raise ValueError(ACCEPTED)
        return Quota(share=thousandths)
    size = thousandths * _UNITS[found[3].upper()] // 1000
    if not size:
        raise ValueError(ACCEPTED)
    return Quota(size=size)
