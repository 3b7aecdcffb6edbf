"""Whether a reader may have an AU at a moment: the one place that decides it (delivery §10, rulings C1).

The rule, in its order; the first line that applies decides:

1. Export and the audit proxy show auditors everything, the audit proxy shows others nothing.
2. A running embargo hides, from own readers too and after a trigger event; so does a moving wall without a day of
   publication to count from.
3. A trigger event that counts opens to everybody where the publisher granted that, or refused nothing.
4. A publisher's refusal to have it served hides.
5. The choice dark, or no choice at any level, hides.
6. Open access is open to everybody, as far as the publisher refused neither that nor serving while it serves itself.
7. Who is not one of the node's own readers sees nothing, but for open access and what may be served openly.
8. Light is open; gray, and light where the publisher refused serving while it serves itself, is gray.

**Choices and refusals are inherited differently.** Of the choices dark, gray and light the nearest level wins (AU,
title, publisher, network). What a publisher or an agreement refuses stands at whatever level it was said: no choice
and no grant nearer to the AU widens it.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from apps.lockss.delivery.embargo import Embargo, Published, running
from apps.lockss.delivery.policy import Level, Policy, PolicyLine, nearest, term
from apps.lockss.delivery.readers import OwnReaders, Reader, Standing, Surface, standing
from apps.lockss.delivery.trigger import Trigger, TriggerState


class Access(StrEnum):
    """Hidden: as if it were not held, and not listed. Gray: when the publisher fails. Open: always, and the
    publisher is not asked."""

    HIDDEN = "hidden"
    GRAY = "gray"
    OPEN = "open"


class Reason(StrEnum):
    """Why, in the order in which it is looked at."""

    AUDITOR = "auditor"
    NO_AUDITOR = "no-auditor"
    EMBARGO = "embargo"
    EMBARGO_UNDATED = "embargo-without-publication-date"
    TRIGGERED = "triggered"
    SERVING_REFUSED = "publisher-refuses-serving"
    DARK = "dark"
    NOTHING_SAID = "no-policy"
    OPEN_ACCESS = "open-access"
    OPENLY_REFUSED = "publisher-refuses-open-serving"
    NO_OWN_READER = "no-own-reader"
    LIGHT = "light"
    GRAY = "gray"
    PUBLISHER_FIRST = "publisher-serves-itself"
    PUBLISHER_DOWN = "publisher-down"
    PUBLISHER_NEVER = "publisher-never"


class PublisherFlag(StrEnum):
    """What is known of an AU's publisher: gone for now (``pub_down``), gone for good (``pub_never``)."""

    UP = "up"
    DOWN = "down"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuFacts:
    """An AU as far as serving it goes. ``lines`` in any order, at most one a level is usual."""

    lines: tuple[PolicyLine, ...] = ()
    open_access: bool = False
    embargoes: tuple[Embargo, ...] = ()
    published: Published | None = None
    trigger: Trigger | None = None
    publisher: PublisherFlag = PublisherFlag.UP


@dataclass(frozen=True, slots=True)
class Rule:
    """What decided. ``level``: where it was said, None for what is no level's; ``about``: a date, a role, an entry
    of the address list, the trigger's reason."""

    level: Level | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``free``: everybody has a right to it (open access, triggered) or an auditor asks; subscriptions do not count.

    ``publisher_first``: gray because the publisher refused serving while it serves itself, so that no wish of a reader
    (a version, a moment, *not from the publisher*) goes round it. Where gray is the library's own choice, one may.
    """

    access: Access
    reason: Reason
    rule: Rule = Rule()
    free: bool = False
    publisher_first: bool = False

    @property
    def listed(self) -> bool:
        return self.access is not Access.HIDDEN


def verdict(surface: Surface, reader: Reader, own: OwnReaders, au: AuFacts, moment: dt.datetime) -> Verdict:
    """The verdict for a reader and an AU. ``moment`` is aware, in the zone whose days dates mean."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone: embargoes end with a day")
    if surface in {Surface.AUDIT, Surface.EXPORT} and reader.auditor:
        return Verdict(Access.OPEN, Reason.AUDITOR, free=True)
    if surface is Surface.AUDIT:
        return Verdict(Access.HIDDEN, Reason.NO_AUDITOR)
    who = standing(reader, own)
    return (
        _embargoed(au, moment.date())
        or _triggered(au, who, moment.date())
        or _closed(au)
        or _openly(au)
        or _not_ours(au, who)
        or _by_choice(au)
    )


def _embargoed(au: AuFacts, today: dt.date) -> Verdict | None:
    left = running(au.embargoes, au.published, today)
    if left is None:
        return None
    if left.ends is None:
        return Verdict(Access.HIDDEN, Reason.EMBARGO_UNDATED)
    return Verdict(Access.HIDDEN, Reason.EMBARGO, Rule(about=left.ends.isoformat()))


def _triggered(au: AuFacts, who: Standing, today: dt.date) -> Verdict | None:
    """Silence about triggers leaves the publisher's other refusals in force."""
    if au.trigger is None or au.trigger.state(today) is not TriggerState.COUNTS:
        return None
    granted = term(au.lines, "trigger")
    if granted.refused:
        return None
    if granted.granted is None:
        closed = term(au.lines, "serve").refused
        if closed or (term(au.lines, "openly").refused and not who.own):
            return None
    return Verdict(Access.OPEN, Reason.TRIGGERED, Rule(granted.level, au.trigger.reason), free=True)


def _closed(au: AuFacts) -> Verdict | None:
    refusal = term(au.lines, "serve")
    if refusal.refused:
        return Verdict(Access.HIDDEN, Reason.SERVING_REFUSED, Rule(refusal.level))
    choice = nearest(au.lines)
    if choice.level is None:
        return Verdict(Access.HIDDEN, Reason.NOTHING_SAID)
    if choice.policy is Policy.DARK:
        return Verdict(Access.HIDDEN, Reason.DARK, Rule(choice.level))
    return None


def _openly(au: AuFacts) -> Verdict | None:
    if not au.open_access or term(au.lines, "openly").refused or term(au.lines, "while_available").refused:
        return None
    return Verdict(Access.OPEN, Reason.OPEN_ACCESS, free=True)


def _not_ours(au: AuFacts, who: Standing) -> Verdict | None:
    if who.own:
        return None
    openly = term(au.lines, "openly")
    if openly.refused:
        return Verdict(Access.HIDDEN, Reason.OPENLY_REFUSED, Rule(openly.level))
    if au.open_access or openly.granted:
        return None
    return Verdict(Access.HIDDEN, Reason.NO_OWN_READER)


def _by_choice(au: AuFacts) -> Verdict:
    choice = nearest(au.lines)
    first = term(au.lines, "while_available")
    if choice.policy is Policy.LIGHT and not first.refused:
        return Verdict(Access.OPEN, Reason.LIGHT, Rule(choice.level), au.open_access)
    reason, level = Reason.GRAY, choice.level
    if au.publisher is not PublisherFlag.UP:
        never = au.publisher is PublisherFlag.NEVER
        reason = Reason.PUBLISHER_NEVER if never else Reason.PUBLISHER_DOWN
    elif choice.policy is Policy.LIGHT:
        reason, level = Reason.PUBLISHER_FIRST, first.level
    return Verdict(Access.GRAY, reason, Rule(level), au.open_access, publisher_first=first.refused)
