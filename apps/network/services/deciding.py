"""Decisions of the network, put on record with who made them; an adopted one takes its member to another state."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.clock import now
from apps.common.text import storable
from apps.common.uploads import Upload
from apps.network.choices import TAKES_TO, DecisionKind, DecisionState, MemberState
from apps.network.models import Decision, Member
from apps.network.services.papers import attach, drop, kept
from apps.network.services.rows import LONGEST_TEXT, facts, locked, once, past_day

ENTERED = (DecisionState.ADOPTED, DecisionState.REJECTED)
MOST_DECIDERS = 200
LONGEST_NAME = 300
STATE = ("state", "admitted_on", "closed_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """``body``: who decides such things; ``deciders``: the names of those who did."""

    kind: DecisionKind
    state: DecisionState
    decided_on: dt.date
    body: str
    deciders: Sequence[str]
    text: str


def decide(
    *,
    user: User,
    said: Ruling,
    member: Member | None = None,
    version: int = 0,
    uploads: Sequence[Upload] = (),
    request_key: UUID | None = None,
) -> Decision:
    """Keep a decision. ``version``: of the member's row as the person saw it. One ``request_key``, one decision."""
    _check(said, member)
    made = []
    with kept(uploads) as files:

        def make() -> Decision:
            row = _row(said, member, user, request_key)
            if member is not None:
                _move(locked(member, version), said, user)
            row.save(force_insert=True)
            after = {"decision": row.pk, **facts(row, ("kind", "state", "decided_on", "body"))}
            subject = f"member:{member.pk}" if member else f"decision:{row.pk}"
            audit(user=user, action="network.decision", subject=subject, after=after)
            attach(files, user, member=member, membership=None, decision=row)
            made.append(row)
            return row

        found = once(Decision, request_key, said, make)
    if not made:
        drop(files)
    return found


def _row(said: Ruling, member: Member | None, user: User, request_key: UUID | None) -> Decision:
    return Decision(
        member=member,
        kind=said.kind,
        state=said.state,
        decided_on=said.decided_on,
        body=storable(said.body, LONGEST_NAME),
        deciders=[storable(name, LONGEST_NAME) for name in said.deciders],
        text=storable(said.text, LONGEST_TEXT),
        entered_by=user,
        entered_at=now(),
        request_key=request_key,
    )


def _check(said: Ruling, member: Member | None) -> None:
    past_day(said.decided_on, "decided_on")
    if said.state not in ENTERED:
        raise ValidationError(
            {"state": gettext("A decision is entered when it is made: adopted or rejected.")}
        )
    if member is None and said.kind in TAKES_TO:
        raise ValidationError({"kind": gettext("Say about which member that was decided.")})
    if not said.deciders:
        raise ValidationError({"deciders": gettext("Name those who decided, one a line.")})
    if len(said.deciders) > MOST_DECIDERS:
        raise ValidationError({"deciders": gettext("At most %d names.") % MOST_DECIDERS})


def _move(member: Member, said: Ruling, user: User) -> None:
    """Of a locked row. What was rejected, and what is about no state, moves nothing."""
    if said.kind not in TAKES_TO:
        return
    to, from_states = TAKES_TO[said.kind]
    if member.state not in from_states:
        raise ValidationError(
            {
                "kind": gettext("“%(member)s” is “%(state)s”: there is nothing of that kind to decide.")
                % {"member": member.name, "state": MemberState(member.state).label}
            }
        )
    last = _since(member)
    if said.decided_on < last:
        raise ValidationError(
            {"decided_on": gettext("That lies before %s, since when it is what it is now.") % last}
        )
    if said.state != DecisionState.ADOPTED:
        return
    before = facts(member, STATE)
    member.state = to
    if to == MemberState.ADMITTED:
        member.admitted_on, member.closed_on = said.decided_on, None
    else:
        member.closed_on = said.decided_on
    member.version += 1
    member.save()
    audit(
        user=user,
        action="network.member",
        subject=f"member:{member.pk}",
        before=before,
        after=facts(member, STATE),
    )


def _since(member: Member) -> dt.date:
    if member.state == MemberState.APPLIED:
        return member.applied_on
    known = member.admitted_on if member.state == MemberState.ADMITTED else member.closed_on
    return known or member.applied_on
