"""The one decision about an AU: may it be collected, served, given to peers. It never touches what is kept.

Crawler, repair, delivery, pages and reports ask ``decide``, or ``decide_many`` for a batch, and nothing else.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_noop as _

from apps.aus.models import Au
from apps.common.stored import remember
from apps.permissions.choices import AgreementState, Policy, Reason, Right, Said, Verdict
from apps.permissions.models import Permission, PublisherAgreement
from apps.permissions.services.covering import (
    Covered,
    Covering,
    covered,
    covered_rows,
    denying,
    ended_on,
    has_ended,
    in_force,
    last_day,
    today,
)

# Kept in rows in English and said again to whoever reads them (apps/common/stored.py).
STAYS = _("What is preserved stays.")
NOT_READ = _("The publisher's permission page has not been read yet.")
BEGINS = _("The agreement “%(name)s” with %(house)s begins on %(day)s.")
NONE_COVERS = _(
    "No signed agreement with %(house)s covers this AU. Network administrators enter agreements under Permissions."
)
NOT_COLLECTED = _("The agreement “%(name)s” with %(house)s does not let this AU be collected.")
NOT_PRESERVED = _("The agreement “%(name)s” with %(house)s does not let this AU be preserved.")
NOT_SAID_COLLECTED = _(
    "The agreement “%(name)s” with %(house)s does not say that this AU may be collected, and this network asks for nothing "
    "else that could say it."
)
NOT_SAID_PRESERVED = _(
    "The agreement “%(name)s” with %(house)s does not say that this AU may be preserved, and this network asks for nothing "
    "else that could say it."
)
NOT_SERVED = _("The agreement “%(name)s” with %(house)s does not let this AU be %(done)s.")
WITHDRAWN_ON = _("The agreement “%(name)s” with %(house)s was withdrawn on %(day)s.")
WITHDRAWN = _("The agreement “%(name)s” with %(house)s was withdrawn.")
ENDED_ON = _("The agreement “%(name)s” with %(house)s ended on %(day)s.")
ENDED = _("The agreement “%(name)s” with %(house)s ended.")
remember(STAYS, NOT_READ, BEGINS, NONE_COVERS, NOT_COLLECTED, NOT_PRESERVED, NOT_SERVED)
remember(NOT_SAID_COLLECTED, NOT_SAID_PRESERVED)
remember(_("shown to readers"), _("open to everybody"), _("given to other nodes"))
remember(WITHDRAWN_ON, WITHDRAWN, ENDED_ON, ENDED)


@dataclass(frozen=True, slots=True)
class Answer:
    """``sentence`` says why not, in words for a librarian, "" where allowed."""

    allowed: bool = True
    reason: Reason = Reason.NONE
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Decision(Answer):
    """``allowed``: to be collected. ``written``: the same without the publisher's site, which the crawl asks itself.

    ``serve`` to our own readers, ``serve_openly`` to anybody, ``repair``: give a copy to a peer that may ask for it.
    """

    written: Answer = Answer()
    serve: Answer = Answer()
    serve_openly: Answer = Answer()
    repair: Answer = Answer()


def decide(au: Au) -> Decision:
    """What the network's policy demands against what is held, agreement first."""
    return decide_many([au.pk])[au.pk]


def decide_many(keys: Iterable[int]) -> dict[int, Decision]:
    """The decisions about these AUs, by key, with five queries; keys that are no AU's are left out."""
    aus = covered_rows(keys)
    covering, day = Covering(aus), today()
    said = _statements([one.key for one in aus]) if needs_statement() else {}
    return {one.key: _decision(one, covering.of(one), said.get(one.key), day) for one in aus}


def needs_statement() -> bool:
    return settings.NODE.permission_policy != Policy.WRITTEN


def may_serve(au: Au, *, openly: bool = False) -> Answer:
    """Whether readers may see it: nothing said, nothing forbidden."""
    found = decide(au)
    return found.serve_openly if openly else found.serve


def may_share_repair(au: Au) -> Answer:
    """Whether a peer may have a copy. That it once had one itself is asked as well, by the poll's own rule."""
    return decide(au).repair


def agreements_of(au: Au) -> list[PublisherAgreement]:
    """Every agreement whose scope holds the AU, whatever its state: to show, not to decide."""
    own = covered(au)
    return Covering([own], every_state=True).of(own)


def _statements(keys: list[int]) -> dict[int, Permission]:
    rows = Permission.objects.filter(au__in=keys).only("au_id", "verdict", "reason", "message")
    return {row.au_id: row for row in rows}


def _decision(
    au: Covered, covering: list[PublisherAgreement], said: Permission | None, day: dt.date
) -> Decision:
    holding = [row for row in covering if in_force(row, day)]
    ended = sorted((row for row in covering if has_ended(row, day)), key=lambda row: last_day(row, day))
    house = au.publisher or "the publisher"
    written = _written(holding, ended, covering, house, day)
    machine = _machine(said) if written.allowed and needs_statement() else written
    # When all have ended, the last one's word on what is here goes on.
    speaking = holding or ended[-1:]
    serve = _right(Right.SERVE, speaking, house, "shown to readers")
    if serve.allowed and not holding and ended and ended[-1].perpetual == Said.NO:
        sentence = f"{_ending(ended[-1], house, day)} It gives no access after its end. {STAYS}"
        serve = Answer(False, Reason.AGREEMENT_ENDED, sentence)
    return Decision(
        machine.allowed,
        machine.reason,
        machine.sentence,
        written=written,
        serve=serve,
        serve_openly=_right(Right.SERVE_OPENLY, speaking, house, "open to everybody")
        if serve.allowed
        else serve,
        repair=_right(Right.SHARE_REPAIRS, speaking, house, "given to other nodes"),
    )


def written_answer(covering: list[PublisherAgreement], house: str, day: dt.date) -> Answer:
    """What these agreements, all that cover a unit, say of collecting it."""
    holding = [row for row in covering if in_force(row, day)]
    ended = sorted((row for row in covering if has_ended(row, day)), key=lambda row: last_day(row, day))
    return _written(holding, ended, covering, house, day)


def _written(
    holding: list[PublisherAgreement],
    ended: list[PublisherAgreement],
    covering: list[PublisherAgreement],
    house: str,
    day: dt.date,
) -> Answer:
    """A signed no counts under every policy; an agreement, or its yes, is missed only where the policy demands it."""
    for right, done in ((Right.COLLECT, "collected"), (Right.PRESERVE, "preserved")):
        denied = _right(right, holding, house, done)
        if not denied.allowed:
            return denied
    if settings.NODE.permission_policy == Policy.MACHINE:
        return Answer()
    if holding:
        # Where the site is asked as well, its statement says both rights.
        return Answer() if needs_statement() else _unsaid(holding, house)
    if ended:
        return Answer(False, Reason.AGREEMENT_ENDED, f"{_ending(ended[-1], house, day)} {STAYS}")
    coming = min(
        (row for row in covering if row.state == AgreementState.SIGNED and row.starts is not None),
        key=lambda row: row.starts,
        default=None,
    )
    if coming is not None:
        sentence = BEGINS % {"name": coming.name, "house": house, "day": f"{coming.starts:%-d %b %Y}"}
        return Answer(False, Reason.NO_AGREEMENT, sentence)
    sentence = NONE_COVERS % {"house": house}
    return Answer(False, Reason.NO_AGREEMENT, sentence)


def _machine(said: Permission | None) -> Answer:
    if said is None or said.verdict == Verdict.UNKNOWN:
        return Answer(False, Reason.NOT_CHECKED, NOT_READ)
    if said.verdict == Verdict.REFUSED:
        return Answer(False, Reason(said.reason), said.message)
    return Answer()


def _right(right: Right, speaking: list[PublisherAgreement], house: str, done: str) -> Answer:
    row = denying(right, speaking)
    if row is None:
        return Answer()
    template = {Right.COLLECT: NOT_COLLECTED, Right.PRESERVE: NOT_PRESERVED}.get(right, NOT_SERVED)
    sentence = template % {"name": row.name, "house": house, "done": done}
    return Answer(False, Reason.RIGHT_DENIED, f"{sentence} {STAYS}")


def _unsaid(holding: list[PublisherAgreement], house: str) -> Answer:
    """Silence is no permission where nothing else permits."""
    for right, template in ((Right.COLLECT, NOT_SAID_COLLECTED), (Right.PRESERVE, NOT_SAID_PRESERVED)):
        if all(getattr(row, right) == Said.NOTHING for row in holding):
            sentence = template % {"name": holding[-1].name, "house": house}
            return Answer(False, Reason.RIGHT_DENIED, f"{sentence} {STAYS}")
    return Answer()


def _ending(row: PublisherAgreement, house: str, day: dt.date) -> str:
    withdrawn = row.state == AgreementState.WITHDRAWN and row.closed_on
    on = ended_on(row)
    if on and (withdrawn or on < day):
        template = WITHDRAWN_ON if withdrawn else ENDED_ON
        return template % {"name": row.name, "house": house, "day": f"{on:%-d %b %Y}"}
    return (WITHDRAWN if withdrawn else ENDED) % {"name": row.name, "house": house}
