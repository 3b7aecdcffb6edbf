"""What will be done with an AU because somebody or a check asked for it, and what holds it up."""

from django.conf import settings
from django.utils.translation import gettext

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common import clock_trust
from apps.common.clock import now
from apps.common.stored import retold
from apps.nodes.choices import HOPELESS
from apps.polls.models import Poll, PollStatus


def wanted(au: Au, *, block: str, damaged: bool = False) -> list[str]:
    """What a scan will begin. ``damaged``: it needs a poll to find a good copy, so that what holds one up is told."""
    said = []
    crawl, poll = getattr(au, "crawl_status", None), getattr(au, "poll_status", None)
    if crawl and crawl.due_at and crawl.due_at <= now() and au.state == AuState.SELECTED:
        if not block:
            said.append(gettext("It is collected as soon as its turn comes."))
        elif block not in HOPELESS:
            said.append(gettext("The publisher is asked again as soon as its turn comes."))
    if poll and poll.requested_at:
        said.append(_asked(au, damaged=damaged))
    elif damaged and poll and poll.blocked and au.state == AuState.SELECTED:
        said.append(_held(poll))
    return said


def _asked(au: Au, *, damaged: bool) -> str:
    if not settings.NODE.poll_enabled:
        return gettext("A poll was asked for; it waits, because this node is set to call none.")
    if wrong := clock_trust.held():
        return gettext("A poll was asked for; it waits until the clock is right: %s.") % retold(wrong.message)
    if Poll.objects.filter(au=au, ended_at__isnull=True).exists():
        return gettext("A poll was asked for; it is called when the one that is running has ended.")
    if damaged:
        return gettext("A poll that looks for a good copy was asked for; the next scan calls it.")
    return gettext("A poll was asked for; the next scan calls it.")


def _held(poll: PollStatus) -> str:
    return gettext("A poll that looks for a good copy could not be called: %s. It is tried again.") % retold(
        poll.blocked
    )
