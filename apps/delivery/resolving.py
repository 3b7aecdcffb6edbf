"""An OpenURL answered from the node's own rows, as far as this asker may know of them."""

import datetime as dt
from dataclasses import dataclass, field

from apps.delivery.services.bibliography import Bibliography
from apps.delivery.values import Asker, Copy
from apps.lockss.openurl import By, Candidate, Kind, Level, LookUp, OpenUrl, Resolved, choose, resolve
from apps.lockss.openurl.choose import MOST_OTHERS


@dataclass(frozen=True, slots=True)
class Answered:
    """``chosen``: what to open, None where nothing can be; ``fits``: all that fit as well, the chosen one first;
    ``others``: further AUs and titles. ``by``: the look-up that found it. ``shown``: the AUs among them that this
    asker may see, by ``Candidate.au``; the others are known from title lists alone."""

    level: Level = Level.NONE
    chosen: Candidate | None = None
    fits: tuple[Candidate, ...] = ()
    others: tuple[Candidate, ...] = ()
    by: By | None = None
    shown: dict[str, Copy] = field(default_factory=dict)

    @property
    def copy(self) -> Copy | None:
        """The AU of what is opened."""
        return self.shown.get(self.chosen.au) if self.chosen is not None else None


def answer(query: OpenUrl, asker: Asker, moment: dt.datetime) -> Answered:
    """``moment`` is aware. What can be opened is looked for first, in all look-ups: what lists know of and nobody may
    open here must not stand before it. Asks the database: in threads."""
    rows = Bibliography(query, asker, moment)
    tried: list[By] = []

    def openable(step: LookUp) -> list[Candidate]:
        tried.append(step.by)
        return [one for one in rows.look_up(step) if one.url]

    first = resolve(query, openable)
    known = resolve(query, rows.look_up)
    if first.chosen is not None:
        return _answered(query, first, _all(known), tried[-1], rows)
    return _answered(query, known, (), _first_that_knew(query, known, rows), rows)


def _answered(
    query: OpenUrl, found: Resolved, more: tuple[Candidate, ...], by: By | None, rows: Bibliography
) -> Answered:
    every = tuple(dict.fromkeys((*_all(found), *more)))
    fits = tuple(one for one in every if choose(query, [one]).level is found.level)
    others = tuple(one for one in every if one not in fits and one.kind is not Kind.PUBLISHER)
    return Answered(found.level, found.chosen, fits[:MOST_OTHERS], others[:MOST_OTHERS], by, rows.shown)


def _all(found: Resolved) -> tuple[Candidate, ...]:
    return (found.chosen, *found.others) if found.chosen is not None else found.others


def _first_that_knew(query: OpenUrl, found: Resolved, rows: Bibliography) -> By | None:
    if found.level is Level.NONE:
        return None
    steps = rows.looked_up()
    return next((step.by for step, some in steps if choose(query, some).level is found.level), None)
