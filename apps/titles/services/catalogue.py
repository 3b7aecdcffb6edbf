"""Finds or makes the publishers and titles that an import names, a batch of blocks at a time.

A title is its publisher and its folded name. Only where one import gives one name two sets of identifiers that
contradict each other are they two titles; a single title whose ISSN changed is the same one, corrected. Which
identifiers once meant a title is kept with it, so that the same list always means the same titles.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from django.db.models import Q

from apps.common.clock import now
from apps.common.search import trigrams
from apps.titles.choices import ChangeKind, TitleKind
from apps.titles.models import ImportChange, ListImport, Publisher, Title
from apps.titles.staging import ReadTitle, name_key

FIELDS = ("name", "kind", "issn", "eissn", "issn_l")
IDS = ("issn", "eissn", "issn_l")
WRITE_AT_ONCE = 1000


@dataclass(slots=True)
class _Known:
    """A title's row with what this import says of it. ``said``: fields that a block of this import has set;
    ``made``: by this import.
    """

    row: Title
    made: bool = False
    said: set[str] = field(default_factory=set)
    before: dict[str, object] = field(default_factory=dict)
    claimed: bool = False

    def ids(self) -> tuple[str, ...]:
        return (*(getattr(self.row, name) for name in IDS), *self.row.isbn_keys)

    def take(self, block: ReadTitle) -> None:
        """The first block of an import that says something of a field decides it; saying nothing takes nothing away."""
        self.claimed = True
        if block.signature not in self.row.signatures:
            self._set("signatures", [*self.row.signatures, block.signature])
        keys = [*self.row.isbn_keys, *(key for key in block.isbn_keys if key not in self.row.isbn_keys)]
        self._set("isbn_keys", keys)
        for name in FIELDS:
            value = getattr(block, name)
            if value and name not in self.said:
                self.said.add(name)
                self._set(name, value)
        added = {key: value for key, value in block.attributes.items() if f"+{key}" not in self.said}
        if added:
            self.said.update(f"+{key}" for key in added)
            self._set("attributes", {**self.row.attributes, **added})

    def _set(self, name: str, value: object) -> None:
        old = getattr(self.row, name)
        if old != value:
            self.before.setdefault(name, old)
            setattr(self.row, name, value)

    def changes(self) -> dict[str, list[object]]:
        """Field to before and after."""
        found = {name: [old, getattr(self.row, name)] for name, old in self.before.items()}
        return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


class Catalogue:
    """One import's view of publishers and titles. Belongs into the transaction and under the lock of the import."""

    def __init__(self, list_import: ListImport) -> None:
        self._import = list_import
        self._publishers: dict[str, Publisher] = {}
        self._named: set[str] = set()
        self._titles: dict[tuple[int, str], list[_Known]] = {}

    def resolve(self, blocks: Sequence[ReadTitle], aus_of: Sequence[int] = ()) -> list[Title]:
        """The saved rows of ``blocks``, in their order. ``aus_of``: how many AUs each has, with which new titles begin."""
        self._find_publishers(block.publisher for block in blocks)
        keys = [(self._publishers[name_key(block.publisher)].pk, name_key(block.name)) for block in blocks]
        self._find_titles(keys)
        fresh: list[_Known] = []
        found = []
        for number, (block, key) in enumerate(zip(blocks, keys, strict=True)):
            known = self._match(block, self._titles[key])
            if known is None:
                known = self._new(block, key)
                fresh.append(known)
            known.take(block)
            if known.made and aus_of:
                # Rewritten afterwards, a new title would be indexed twice.
                known.row.au_count += aus_of[number]
            found.append(known)
        for known in fresh:
            # What the blocks of this batch said goes in with the row; a later batch may still say more.
            known.before.clear()
        Title.objects.bulk_create([known.row for known in fresh], batch_size=WRITE_AT_ONCE)
        return [known.row for known in found]

    def finish(self) -> int:
        """Write what changed; returns how many of the titles that were there before."""
        changed = [(known, known.changes()) for group in self._titles.values() for known in group]
        changed = [(known, fields) for known, fields in changed if fields]
        for known, _ in changed:
            known.row.updated_at = now()
        rows = [known.row for known, _ in changed]
        Title.objects.bulk_update(
            rows, [*FIELDS, "isbn_keys", "attributes", "signatures", "updated_at"], batch_size=WRITE_AT_ONCE
        )
        told = [self._told(known.row, fields) for known, fields in changed if not known.made]
        ImportChange.objects.bulk_create(told, batch_size=WRITE_AT_ONCE)
        return sum(change.kind == ChangeKind.TITLE for change in told)

    def _told(self, row: Title, fields: dict[str, list[object]]) -> ImportChange:
        shown = {name: pair for name, pair in fields.items() if name != "signatures"}
        return ImportChange(
            list_import=self._import,
            kind=ChangeKind.TITLE if shown else ChangeKind.NOTED,
            title=row,
            fields=shown,
            before={name: pair[0] for name, pair in fields.items()},
        )

    def _find_publishers(self, names: Iterable[str]) -> None:
        wanted: dict[str, str] = {}
        for name in names:
            wanted.setdefault(name_key(name), name)
        missing = [key for key in wanted if key not in self._publishers]
        if missing:
            for row in Publisher.objects.filter(name_key__in=missing):
                self._publishers[row.name_key] = row
            new = [
                Publisher(name=wanted[key], name_key=key, trigrams=trigrams(key), made_by=self._import)
                for key in missing
                if key not in self._publishers
            ]
            Publisher.objects.bulk_create(new, batch_size=WRITE_AT_ONCE)
            self._publishers |= {row.name_key: row for row in new}
        for key in wanted.keys() - self._named:
            row = self._publishers[key]
            if row.name != wanted[key]:
                row.name = wanted[key]
                row.save(update_fields=["name", "updated_at"])
        self._named |= wanted.keys()

    def _find_titles(self, keys: Sequence[tuple[int, str]]) -> None:
        missing = {key for key in keys if key not in self._titles}
        if not missing:
            return
        self._titles |= {key: [] for key in missing}
        rows = Title.objects.filter(
            Q(publisher_id__in={publisher for publisher, _ in missing}),
            Q(name_key__in={name for _, name in missing}),
        )
        for row in rows.order_by("id"):
            group = self._titles.get((row.publisher_id, row.name_key))
            if group is not None and (row.publisher_id, row.name_key) in missing:
                group.append(_Known(row))

    @staticmethod
    def _match(block: ReadTitle, group: list[_Known]) -> _Known | None:
        own = {text for text in (*block.identifiers, *block.isbn_keys) if text}
        same = (known for known in group if block.signature in known.row.signatures)
        sharing = (known for known in group if own & set(known.ids()))
        fitting = (known for known in group if not _contradicts(block, known.row))
        free = (known for known in group if not known.claimed)
        return next(chain(same, sharing, fitting, free), None)

    def _new(self, block: ReadTitle, key: tuple[int, str]) -> _Known:
        group = self._titles[key]
        identity = " ".join(
            [key[1], *sorted({text for text in (*block.identifiers, *block.isbn_keys) if text})]
        )
        taken = {known.row.identity for known in group}
        unique = next(
            name
            for n in range(len(group) + 2)
            if (name := f"{identity} #{n}" if n else identity) not in taken
        )
        known = _Known(
            Title(
                publisher_id=key[0],
                name=block.name,
                name_key=key[1],
                identity=unique,
                trigrams=trigrams(key[1]),
                kind=block.kind or TitleKind.JOURNAL,
                made_by=self._import,
            ),
            made=True,
        )
        group.append(known)
        return known


def _contradicts(block: ReadTitle, row: Title) -> bool:
    """Two different ISSNs of one kind, or books without an ISBN in common."""
    pairs = zip(block.identifiers, (getattr(row, name) for name in IDS), strict=True)
    if any(one and other and one != other for one, other in pairs):
        return True
    return bool(block.isbn_keys and row.isbn_keys) and not set(block.isbn_keys) & set(row.isbn_keys)
