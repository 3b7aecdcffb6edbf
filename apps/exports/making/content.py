"""What of an AU goes into one part: the versions in the protocol's order of URLs, and what cannot be had of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from apps.exports.choices import ExportFindingCode
from apps.exports.making.entries import Item
from apps.exports.making.out import Lying, Mark, OutFile
from apps.lockss.packages import ExportOptions, is_folder_of
from apps.repository import services as repository
from apps.repository.bodies import Files
from apps.repository.choices import ArtifactState
from apps.repository.errors import ContentCode, ContentError
from apps.repository.values import Beside, StoredArtifact

_CODES = {
    ContentCode.DAMAGED: ExportFindingCode.DAMAGED,
    ContentCode.MISSING: ExportFindingCode.MISSING,
    ContentCode.UNREADABLE: ExportFindingCode.UNREADABLE,
}
KNOWN_DAMAGED = "known to be damaged since it was last read"
KNOWN_MISSING = "its file is known to be gone"


@dataclass(frozen=True, slots=True)
class Lacking:
    """A version that is not in the package as it was collected. ``instead``: the version of its URL that is."""

    code: ExportFindingCode
    url: str
    version: int
    message: str
    instead: int | None = None


@dataclass(slots=True)
class Counts:
    """Of one part. ``bytes`` of content; ``left_out``: folder pages, as it was asked for."""

    urls: int = 0
    captures: int = 0
    bytes: int = 0
    left_out: int = 0
    first: str = ""
    last: str = ""


class StoreAwayError(Exception):
    """The store cannot be asked, so nothing is known of what it holds."""


@dataclass(slots=True)
class Filling:
    """Fills one part from one AU. ``add`` is the part's; ``lacks`` is told of each finding, ``beat`` of bytes."""

    out: OutFile
    add: Callable[[Item, Lying], None]
    options: ExportOptions
    held: Files
    lacks: Callable[[Lacking], None]
    beat: Callable[[int], None]
    counts: Counts = field(default_factory=Counts)

    def fill(self, rows: Iterator[tuple[str, list[StoredArtifact]]], is_full: Callable[[], bool]) -> bool:
        """True when the AU is at its end; False: the next part goes on behind ``counts.last``."""
        following = next(rows, None)
        while following is not None:
            (url, versions), following = following, next(rows, None)
            below = following[0] if following else None
            self._url(versions, is_folder=is_folder_of(url, below))
            self.counts.first = self.counts.first or url
            self.counts.last = url
            if following is not None and is_full():
                return False
        return True

    def _url(self, versions: list[StoredArtifact], *, is_folder: bool) -> None:
        if is_folder and self.options.exclude_dir_nodes:
            self.counts.left_out += 1
            return
        most = 1 if self.options.format.is_files else self.options.max_versions or len(versions)
        lacking: list[Lacking] = []
        good = self._good(versions, most, lacking)
        written = 0
        # Oldest first: so whoever reads the file meets them as they came.
        for artifact in reversed(good[:most]):
            written += self._version(artifact, lacking, is_folder=is_folder)
        for artifact in good[most:]:
            if written:
                break
            written += self._version(artifact, lacking, is_folder=is_folder)
            if written:
                lacking = [_instead(one, artifact.version) for one in lacking]
        self.counts.urls += bool(written)
        for one in lacking:
            self.lacks(one)

    @staticmethod
    def _good(versions: list[StoredArtifact], most: int, lacking: list[Lacking]) -> list[StoredArtifact]:
        """Those to be tried, newest first; of suspect ones those are told that were wanted."""
        good = [one for one in versions if not one.suspect]
        wanted = versions if most >= len(versions) else []
        if not wanted:
            # The newest that are asked for, and so each bad one that stands before the last good one of them.
            oldest = good[most - 1].version if len(good) >= most else 0
            wanted = [one for one in versions if one.version >= oldest]
        newest = good[0].version if good else None
        for one in wanted:
            if one.suspect:
                missing = one.state is ArtifactState.MISSING
                code = ExportFindingCode.MISSING if missing else ExportFindingCode.DAMAGED
                message = KNOWN_MISSING if missing else KNOWN_DAMAGED
                lacking.append(Lacking(code, one.url, one.version, message, newest))
        return good

    def _version(self, artifact: StoredArtifact, lacking: list[Lacking], *, is_folder: bool) -> int:
        """1 where it was written; 0 where it could not be, and the file is as it was before."""
        mark = self.out.mark()
        try:
            beside = self._beside(artifact, lacking)
            lying = self._watched(repository.open_lying(artifact, held=self.held))
            self.add(Item(artifact=artifact, beside=beside, is_folder=is_folder), lying)
        except ContentError as error:
            self._gone_wrong(mark, artifact, error, lacking)
            return 0
        self.counts.captures += 1
        self.counts.bytes += artifact.size
        return 1

    def _beside(self, artifact: StoredArtifact, lacking: list[Lacking]) -> Beside:
        try:
            return repository.beside(artifact, held=self.held)
        except ContentError:
            # Perhaps its request or facts alone: what was sent by the publisher still goes.
            beside = repository.beside(artifact, held=self.held, companions=False)
        lacking.append(
            Lacking(
                ExportFindingCode.BESIDE,
                artifact.url,
                artifact.version,
                "its request and facts cannot be read",
                artifact.version,
            )
        )
        return beside

    def _watched(self, lying: Lying) -> Lying:
        for raw, piece in lying:
            self.beat(len(piece))
            yield raw, piece

    def _gone_wrong(
        self, mark: Mark, artifact: StoredArtifact, error: ContentError, lacking: list[Lacking]
    ) -> None:
        self.out.back(mark)
        code = ContentCode(error.code)
        if code is ContentCode.UNREADABLE and not repository.is_there():
            raise StoreAwayError(str(error)) from error
        # The store hears of it, and a check of the AU is due.
        repository.report(artifact, error)
        lacking.append(Lacking(_CODES[code], artifact.url, artifact.version, str(error)))


def _instead(one: Lacking, version: int) -> Lacking:
    return Lacking(one.code, one.url, one.version, one.message, version)
