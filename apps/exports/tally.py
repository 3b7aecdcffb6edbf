"""What all attempts of an import have stored together, whoever else writes into the same AU between them."""

from collections.abc import Iterator

from apps.common.clock import now
from apps.exports.models import PackageImport
from apps.exports.taking.report import ImportReport
from apps.repository import services as repository
from apps.repository.choices import Fact, Origin
from apps.repository.errors import ContentError
from apps.repository.models import AuKey, WarcFile
from apps.repository.values import StoredArtifact

AT_ONCE = 500


class Tally:
    """``before``: what the attempts before this one have stored.

    One that was killed may have left versions on the disk without their rows, which the next writer of the AU enters,
    whoever it is. They lie right behind the place up to which the import has counted, and each names the package.
    """

    def __init__(self, row: PackageImport) -> None:
        self._row = row
        self.before, self._bytes = row.new, row.new_bytes
        self._begun = False

    def kept(self, report: ImportReport) -> None:
        """With the batch itself: killed between the two, no number would be true."""
        key = AuKey.objects.get(auid=report.auid)
        if not self._begun:
            self._begun = True
            for one in self._left(key.pk):
                self.before += 1
                self._bytes += one.size
        last = WarcFile.objects.filter(au_key=key).order_by("-serial").first()
        _count(
            self._row,
            new=self.before + report.new,
            new_bytes=self._bytes + report.bytes,
            counted_serial=last.serial if last else 0,
            counted_offset=last.size if last else 0,
        )

    def _left(self, key: int) -> Iterator[StoredArtifact]:
        """Versions behind the place that are of this package, up to the first that is not."""
        serial, end = self._row.counted_serial, self._row.counted_offset - 1
        if serial is None:
            return
        name = ""
        with repository.reader() as files:
            while some := repository.written_behind(key=key, serial=serial, offset=end, limit=AT_ONCE):
                for one in some:
                    place = one.place
                    if one.origin != Origin.IMPORT or place is None:
                        return
                    try:
                        told = repository.facts(one, held=files).get(Fact.ORIGIN_REF, "")
                    except ContentError:
                        return
                    if not told.startswith((f"package:{self._row.name},", f"package:{self._row.name}:")):
                        return
                    yield one
                    name, end = place.file, place.offset
                serial = _serial(name)


def _serial(name: str) -> int:
    return WarcFile.objects.values_list("serial", flat=True).get(name=name)


def _count(row: PackageImport, **numbers: int) -> None:
    PackageImport.objects.filter(pk=row.pk).update(**numbers, updated_at=now())
