"""Which of its polls an AU's page speaks of. Nearly always they are among the newest, which its story has read already."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from apps.aus.models import Au
from apps.lockss.lcap.poll_codes import PollVariant
from apps.polls.models import Poll
from apps.polls.outcome import AGREED, COUNTED, Outcome, outcome

# Large, and told nowhere.
UNTOLD = ("state", "hash_request", "tally_request")


@dataclass(frozen=True, slots=True)
class LastPolls:
    """``counted``: over all URLs, the one that the AU's agreement is of; ``proof``: that proved it whole; ``quorate``:
    of any kind, with votes enough."""

    counted: Poll | None = None
    proof: Poll | None = None
    quorate: Poll | None = None


def last_polls(au: Au, newest: Sequence[Poll], *, more: bool) -> LastPolls:
    """``newest``: polls that ended last; ``more``: there may be others behind them."""

    def last(fits: Callable[[Poll], bool], condition: Q) -> Poll | None:
        found = max(filter(fits, newest), key=lambda poll: poll.pk, default=None)
        if found is not None or not more:
            return found
        rows = Poll.objects.filter(condition, au=au, ended_at__isnull=False).defer(*UNTOLD)
        return rows.order_by("-id").first()

    whole = Q(variant=PollVariant.POR)
    return LastPolls(
        last(lambda poll: _is_whole(poll) and outcome(poll) is not Outcome.NO_RESULT, COUNTED & whole),
        last(lambda poll: _is_whole(poll) and outcome(poll) is Outcome.AGREED, AGREED & whole),
        last(lambda poll: poll.quorate, Q(quorate=True)),
    )


def _is_whole(poll: Poll) -> bool:
    return poll.variant == PollVariant.POR
