"""What is wrong with ranges of years and volumes, in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.common.display import count_text
from apps.lockss.holdings import LONGEST_RANGES, MOST_PERIODS, PeriodCode, PeriodError

_WORDS: Mapping[PeriodCode, str | Promise] = {
    PeriodCode.TOO_LONG: _("The ranges have more than %(longest)s characters."),
    PeriodCode.TOO_MANY: _("There are more than %(most)s ranges."),
    PeriodCode.NO_RANGE: _(
        "“%(part)s” is no range. Expected for example 2000(12)-2005(17), 2010- or: from 2010 on."
    ),
    PeriodCode.NOTHING_NAMED: _("“%(part)s” names neither a year nor a volume."),
    PeriodCode.BACKWARDS: _("“%(part)s” ends before it begins."),
    PeriodCode.ONLY_YEARS: _("Only years are expected here."),
}


def period_fault(error: PeriodError) -> str:
    """A sentence for people."""
    given = {"part": error.part, "longest": count_text(LONGEST_RANGES), "most": count_text(MOST_PERIODS)}
    return str(_WORDS[error.code]) % given
