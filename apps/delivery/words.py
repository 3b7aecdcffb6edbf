"""Verdicts in words: who may read, when, by which rule. One sentence each, in the reader's language."""

import datetime as dt

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.display import day_text
from apps.lockss.delivery import Access, AddressFault, AddressFinding, Level, ListKind, Reason, Verdict

LEVELS = {
    Level.NETWORK: _("the network"),
    Level.PUBLISHER: _("the publisher"),
    Level.TITLE: _("the title"),
    Level.AU: _("the archival unit itself"),
}
_FAULTS = {
    AddressFault.NO_ADDRESS: _("no address and no network"),
    AddressFault.MAPPED: _("an IPv4 range written as IPv6, which would match nobody"),
    AddressFault.OUTSIDE_MASK: _("an address that is longer than its network"),
}


def level_word(level: Level | None) -> str:
    return str(LEVELS[level]) if level is not None else ""


def own_sentence(verdict: Verdict) -> str:
    """What the node's own readers may do with an AU, and why."""
    where = {"level": level_word(verdict.rule.level), "about": verdict.rule.about}
    shared = _shared(verdict, where)
    if shared:
        return shared
    said = {
        Reason.LIGHT: gettext(
            "Readers may always have this node's copy: that is “light”, which is chosen for %(level)s."
        ),
        Reason.GRAY: gettext(
            "Readers may have this node's copy when the publisher fails: that is “gray”, which is chosen for %(level)s."
        ),
        Reason.PUBLISHER_FIRST: gettext(
            "Readers may have this node's copy when the publisher fails: it is not to be served while the publisher serves "
            "it, as is said of %(level)s."
        ),
        Reason.PUBLISHER_DOWN: gettext(
            "Readers may have this node's copy: the publisher does not serve it at present. Of %(level)s it is said that "
            "it may be served then."
        ),
        Reason.PUBLISHER_NEVER: gettext(
            "Readers may have this node's copy: the publisher will never serve it again. Of %(level)s it is said that it "
            "may be served then."
        ),
    }
    return said.get(verdict.reason, gettext("Readers may not see it.")) % where


def not_held_yet() -> str:
    """What stands before those sentences where they speak of a copy that is still to come."""
    return gettext("No copy is held here yet. What is said of readers counts once there is one.")


def others_sentence(verdict: Verdict) -> str:
    """The same for everybody else."""
    if verdict.reason is Reason.OPENLY_REFUSED:
        return gettext("Others may not: open serving is refused, as is said of %(level)s.") % {
            "level": level_word(verdict.rule.level)
        }
    if verdict.access is Access.HIDDEN:
        return gettext("Readers from elsewhere may not see it.")
    if verdict.access is Access.OPEN:
        return gettext("Others may always have it too.")
    return gettext("Others may have it too when the publisher fails.")


def _shared(verdict: Verdict, where: dict[str, str]) -> str:
    """What is so for everybody."""
    match verdict.reason:
        case Reason.EMBARGO:
            day = day_text(dt.date.fromisoformat(verdict.rule.about))
            return gettext("Nobody may read it before %s: an embargo runs.") % day
        case Reason.EMBARGO_UNDATED:
            return gettext(
                "Nobody may read it: an embargo is counted from publication, and when it was published is not known."
            )
        case Reason.TRIGGERED:
            return gettext("Everybody may always read it: a trigger event, “%(about)s”.") % where
        case Reason.SERVING_REFUSED:
            return gettext("Nobody may read it: serving is refused, as is said of %(level)s.") % where
        case Reason.DARK:
            return gettext("Nobody may read it: %(level)s is dark.") % where
        case Reason.NOTHING_SAID:
            return gettext("Nobody may read it: nobody has said who may.")
        case Reason.OPEN_ACCESS:
            return gettext("Everybody may always read it: it is open access.")
    return ""


def finding_sentence(finding: AddressFinding) -> str:
    """A malformed entry with its line, and what follows."""
    said = gettext("Line %(line)d: “%(found)s” is %(fault)s.") % {
        "line": finding.line,
        "found": finding.found,
        "fault": _FAULTS[finding.fault],
    }
    follows = (
        gettext("Until it is mended nobody counts as own reader by address.")
        if finding.kind is ListKind.EXCLUDE
        else gettext("It is passed over.")
    )
    return f"{said} {follows}"
