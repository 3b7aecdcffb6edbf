"""Finds or makes the publishers and titles that an import names, a batch of blocks at a time.

A title is its publisher and its folded name. Only where one import gives one name two sets of identifiers that
contradict each other are they two titles; a single title whose ISSN changed is the same one, corrected. A title of
which all that lists name stands under one other name now is the same one, renamed, unless its numbers say that it is
another. Which identifiers and names once meant a title is kept with it, so that the same list always means the same
titles.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
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
# What a title is called and found by.
NAMED = ("publisher_id", "name", "name_key", "identity", "trigrams", "known_as")
_UNTOLD = {"signatures", *NAMED} - {"name"}
Key = tuple[int, str]


def alias(key: Key) -> str:
    """A publisher's number and a folded name, as ``Title.known_as`` keeps them."""
    return f"{key[0]} {key[1]}"


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

    @property
    def key(self) -> Key:
        return (self.row.publisher_id, self.row.name_key)

    def ids(self) -> tuple[str, ...]:
        return (*(getattr(self.row, name) for name in IDS), *self.row.isbn_keys)

    def shares(self, block: ReadTitle) -> bool:
        return bool({text for text in (*block.identifiers, *block.isbn_keys) if text} & set(self.ids()))

    def take(self, block: ReadTitle) -> None:
        """The first block of an import that says something of a field decides it; saying nothing takes nothing away."""
        self.claimed = True
        if block.signature not in self.row.signatures:
            self._set("signatures", [*self.row.signatures, block.signature])
        keys = [*self.row.isbn_keys, *(key for key in block.isbn_keys if key not in self.row.isbn_keys)]
        self._set("isbn_keys", keys)
        for name in FIELDS:
            value = getattr(block, name)
            if name == "name" and name_key(value) != self.row.name_key:
                # It is known by that name, and called otherwise now.
                continue
            if value and name not in self.said:
                self.said.add(name)
                self._set(name, value)
        added = {key: value for key, value in block.attributes.items() if f"+{key}" not in self.said}
        if added:
            self.said.update(f"+{key}" for key in added)
            self._set("attributes", {**self.row.attributes, **added})

    def rename(self, name: str, key: Key, identity: str) -> None:
        """From the name and the publisher that it had."""
        kept = [one for one in self.row.known_as if one != alias(key)]
        self._set("known_as", [*kept, alias(self.key)])
        self.said.add("name")
        given = (key[0], name, key[1], identity, trigrams(key[1]))
        for column, value in zip(NAMED, given, strict=False):
            self._set(column, value)

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

    def __init__(
        self,
        list_import: ListImport,
        whole_titles: Callable[[Mapping[int, int]], list[tuple[int, int]]] = lambda _: [],
    ) -> None:
        """``whole_titles``: of what was staged (``renaming.whole_titles``); without it no title is renamed."""
        self._import = list_import
        self._whole_titles = whole_titles
        self._publishers: dict[str, Publisher] = {}
        self._titles: dict[Key, list[_Known]] = {}
        self._known: dict[int, _Known] = {}
        self.left_publishers: set[int] = set()

    def resolve(self, blocks: Sequence[ReadTitle], aus_of: Sequence[int] = ()) -> list[Title]:
        """The saved rows of ``blocks``, in their order. ``aus_of``: how many AUs each has, with which new titles begin."""
        self._find_publishers(block.publisher for block in blocks)
        keys = [(self._publishers[name_key(block.publisher)].pk, name_key(block.name)) for block in blocks]
        self._find_titles(keys)
        self._rename(blocks, keys)
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
        all_known = {id(known): known for group in self._titles.values() for known in group}
        changed = [(known, known.changes()) for known in all_known.values()]
        changed = [(known, fields) for known, fields in changed if fields]
        for known, _ in changed:
            known.row.updated_at = now()
        rows = [known.row for known, _ in changed]
        Title.objects.bulk_update(
            rows, [*FIELDS, "isbn_keys", "attributes", "signatures", "updated_at"], batch_size=WRITE_AT_ONCE
        )
        renamed = [known.row for known, fields in changed if "known_as" in fields]
        Title.objects.bulk_update(renamed, NAMED, batch_size=WRITE_AT_ONCE)
        told = [self._told(known.row, fields) for known, fields in changed if not known.made]
        ImportChange.objects.bulk_create(told, batch_size=WRITE_AT_ONCE)
        return sum(change.kind == ChangeKind.TITLE for change in told)

    def _told(self, row: Title, fields: dict[str, list[object]]) -> ImportChange:
        shown = {name: pair for name, pair in fields.items() if name not in _UNTOLD}
        if "publisher_id" in fields:
            names = {one.pk: one.name for one in self._publishers.values()}
            names |= dict(Publisher.objects.filter(pk=fields["publisher_id"][0]).values_list("pk", "name"))
            shown["publisher"] = [names[pk] for pk in fields["publisher_id"]]
        return ImportChange(
            list_import=self._import,
            kind=ChangeKind.TITLE if shown else ChangeKind.NOTED,
            title=row,
            fields=shown,
            before={name: pair[0] for name, pair in fields.items()},
        )

    def _find_publishers(self, names: Iterable[str]) -> None:
        """A publisher stays spelt as it was first: its row is of all lists, and no undo would give that back."""
        wanted: dict[str, str] = {}
        for name in names:
            wanted.setdefault(name_key(name), name)
        missing = [key for key in wanted if key not in self._publishers]
        if not missing:
            return
        for row in Publisher.objects.filter(name_key__in=missing):
            self._publishers[row.name_key] = row
        new = [
            Publisher(
                name=" ".join(wanted[key].split()),
                name_key=key,
                trigrams=trigrams(key),
                made_by=self._import,
            )
            for key in missing
            if key not in self._publishers
        ]
        Publisher.objects.bulk_create(new, batch_size=WRITE_AT_ONCE)
        self._publishers |= {row.name_key: row for row in new}

    def _find_titles(self, keys: Sequence[Key]) -> None:
        missing = {key for key in keys if key not in self._titles}
        if not missing:
            return
        self._titles |= {key: [] for key in missing}
        rows = Title.objects.filter(
            Q(publisher_id__in={publisher for publisher, _ in missing}),
            Q(name_key__in={name for _, name in missing}),
        )
        for row in rows.order_by("id"):
            if (key := (row.publisher_id, row.name_key)) in missing:
                self._titles[key].append(self._known.setdefault(row.pk, _Known(row)))
        self._find_renamed(missing)

    def _find_renamed(self, missing: set[Key]) -> None:
        """Titles that had such a name before, where no title has it now and their own is not spoken of."""
        lacking = {alias(key): key for key in missing if not self._titles[key]}
        rows = Title.objects.exclude(known_as=[]).filter(known_as__overlap=list(lacking))
        for row in rows.order_by("id") if lacking else ():
            known = self._known.setdefault(row.pk, _Known(row))
            if known.key not in self._titles:
                for name in lacking.keys() & set(row.known_as):
                    self._titles[lacking[name]].append(known)

    def _rename(self, blocks: Sequence[ReadTitle], keys: Sequence[Key]) -> None:
        """Titles of which all that lists name stands under one other name, which no title has, and none under their own."""
        first: dict[Key, int] = {}
        for number, key in enumerate(keys):
            if not any(known.key == key for known in self._titles[key]):
                first.setdefault(key, number)
        found = defaultdict(list)
        for number, pk in self._whole_titles({n: first[key] for n, key in enumerate(keys) if key in first}):
            found[number].append(pk)
        pks = [pk for titles in found.values() for pk in titles if pk not in self._known]
        self._known |= {pk: _Known(row) for pk, row in Title.objects.in_bulk(pks).items()}
        for number, titles in found.items():
            block, key = blocks[number], keys[number]
            free = [self._known[pk] for pk in titles if self._known[pk].key not in self._titles]
            sharing = [known for known in free if known.shares(block)]
            for known in [*sharing, *(one for one in free if not _contradicts(block, one.row))][:1]:
                self.left_publishers.add(known.row.publisher_id)
                known.rename(block.name, key, self._identity(block, key, _taken(key, known.row)))
                self._titles[key] = [known, *(one for one in self._titles[key] if one is not known)]

    @staticmethod
    def _match(block: ReadTitle, group: list[_Known]) -> _Known | None:
        same = (known for known in group if block.signature in known.row.signatures)
        sharing = (known for known in group if known.shares(block))
        fitting = (known for known in group if not _contradicts(block, known.row))
        free = (known for known in group if not known.claimed and known.row.name_key == name_key(block.name))
        return next(chain(same, sharing, fitting, free), None)

    @staticmethod
    def _identity(block: ReadTitle, key: Key, taken: set[str]) -> str:
        identity = " ".join(
            [key[1], *sorted({text for text in (*block.identifiers, *block.isbn_keys) if text})]
        )
        return next(
            name
            for n in range(len(taken) + 2)
            if (name := f"{identity} #{n}" if n else identity) not in taken
        )

    def _new(self, block: ReadTitle, key: Key) -> _Known:
        group = self._titles[key]
        known = _Known(
            Title(
                publisher_id=key[0],
                name=block.name,
                name_key=key[1],
                identity=self._identity(block, key, {known.row.identity for known in group}),
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


def _taken(key: Key, row: Title) -> set[str]:
    """Identities that other titles of that publisher and name have."""
    rows = Title.objects.filter(publisher_id=key[0], name_key=key[1]).exclude(pk=row.pk)
    return set(rows.values_list("identity", flat=True))
