"""Lists as an import reads them, made up."""

import hashlib
from collections.abc import Iterable
from urllib.parse import quote_plus

from apps.titles.choices import ListSource
from apps.titles.models import ListImport, TitleList
from apps.titles.staging import ReadAu, ReadFile, ReadFinding, ReadTitle

PLUGIN = "org.lockss.plugin.Sample"


def auid(**params: str) -> str:
    pairs = "&".join(
        f"{key}~{quote_plus(value).replace('.', '%2E')}" for key, value in sorted(params.items())
    )
    return f"{PLUGIN.replace('.', '|')}&{pairs}"


def read_title(
    name: str = "Journal of Estuarine Studies", publisher: str = "Tidewater Press", **more
) -> ReadTitle:
    return ReadTitle(publisher=publisher, name=name, **more)


def read_au(title: ReadTitle, volume: int | str, **more) -> ReadAu:
    params = more.pop(
        "params", {"base_url": "http://tide.example/", "journal": title.name, "volume": str(volume)}
    )
    given = {
        "name": f"{title.name} Volume {volume}",
        "status": "released",
        "year": str(2000 + volume) if isinstance(volume, int) else "",
        "volume": str(volume),
        "file": "tide.tdb",
        "line": 10 + volume if isinstance(volume, int) else 10,
        **more,
    }
    return ReadAu(title=title, auid=auid(**params), plugin_id=PLUGIN, params=params, **given)


def read_file(
    aus: Iterable[ReadAu], *findings: ReadFinding, name: str = "tide.tdb", unread: bool = False
) -> ReadFile:
    digest = hashlib.sha256(name.encode()).digest()
    return ReadFile(name, digest, list(aus), findings, unread)


def make_import(name: str = "Riverside", **more) -> ListImport:
    found, _ = TitleList.objects.get_or_create(name=name, defaults={"source": ListSource.COMMAND})
    return ListImport.objects.create(title_list=found, **more)
