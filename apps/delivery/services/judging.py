"""The verdict for AUs that have been read: the one place where rows and the pure decision meet."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from apps.common.clock import node_time
from apps.delivery.services.facts import AuRow, facts_of
from apps.delivery.services.kept import Kept
from apps.delivery.services.readers import known, own_readers
from apps.delivery.values import Asker, Copy
from apps.lockss.delivery import AuFacts, Verdict
from apps.lockss.delivery.readers import standing
from apps.lockss.delivery.verdict import verdict
from apps.repository.values import StoredArtifact


@dataclass(frozen=True, slots=True)
class Judged:
    row: AuRow
    facts: AuFacts
    verdict: Verdict

    def copy(self, artifact: StoredArtifact | None = None) -> Copy:
        return Copy(
            au_pk=self.row.pk,
            slug=self.row.slug,
            auid=self.row.auid,
            name=self.row.name,
            verdict=self.verdict,
            publisher=self.facts.publisher,
            artifact=artifact,
        )


def judge(rows: Iterable[AuRow], asker: Asker, held: Kept, moment: dt.datetime) -> list[Judged]:
    """All of them in their order, the hidden ones too; ``moment`` in any zone."""
    wanted = list(rows)
    facts = facts_of(wanted, held)
    own, reader = own_readers(held), known(asker.reader, held)
    local = node_time(moment)
    return [
        Judged(row, facts[row.pk], verdict(asker.surface, reader, own, facts[row.pk], local))
        for row in wanted
    ]


def shown(rows: Iterable[AuRow], asker: Asker, held: Kept, moment: dt.datetime) -> list[Judged]:
    """Those that may be shown to this asker."""
    return [one for one in judge(rows, asker, held, moment) if one.verdict.listed]


def who(asker: Asker, held: Kept) -> tuple[object, ...]:
    """All of the asker that verdicts depend on: for equal ones they are equal."""
    own, reader = own_readers(held), known(asker.reader, held)
    return asker.surface, reader.auditor, standing(reader, own).own
