"""What is written into a package: one version of a URL with all that lies beside it, and members of archives."""

import datetime as dt
from dataclasses import dataclass, field

from apps.exports.making.out import Lying, Spool
from apps.repository.values import Beside, StoredArtifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """``is_folder``: other URLs of the AU lie below it."""

    artifact: StoredArtifact
    beside: Beside
    is_folder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whose content it is and who exports it, for the records and comments that say so."""

    auid: str
    slug: str
    name: str
    title: str = ""
    publisher: str = ""
    plugin: str = ""
    params: dict[str, str] = field(default_factory=dict)
    node: str = ""
    network: str = ""
    host: str = ""
    at: dt.datetime

    def told(self) -> dict[str, object]:
        return {
            "auid": self.auid,
            "name": self.name,
            "title": self.title,
            "publisher": self.publisher,
            "plugin": self.plugin,
            "params": self.params,
            "node": self.node,
            "network": self.network,
            "exported_at": self.at.astimezone(dt.UTC).isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of a zip or tar. ``lying`` gives ``deflated`` bytes of deflate data, of a body with ``size`` and ``crc32``."""

    name: str
    size: int
    crc32: int
    deflated: int
    lying: Lying
    at: dt.datetime
    comment: bytes = b""


def member_of(name: str, spool: Spool, at: dt.datetime) -> Member:
    return Member(
        name=name,
        size=spool.size,
        crc32=spool.crc32,
        deflated=spool.deflated,
        lying=spool.lying(),
        at=at,
    )
