"""What rows of this room keep in words: findings of polls, and why a poll, a vote or a repair came to nothing.

Their codes are the core's (lcap-v3 §9); the names of messages and phases in them are the protocol's and stay.
"""

from django.utils.translation import gettext_noop as _

from apps.common.stored import in_english, remember
from apps.polls.words import NAKS, OVER

remember(
    _("It joined a poll and left it before its vote was counted. %s"),
    _("It gave no reason."),
    _("A message came when none of its kind was expected, mostly late; it was set aside."),
    # What older versions wrote.
    _("A message came when none of its kind was expected, mostly late; it was set aside (%s)."),
    _("A copy of “%(url)s” was asked for to repair ours, and none came in time."),
    _("A copy of “%(url)s” came that was not asked for."),
    _("A copy of “%(url)s” was not taken to repair ours: %(why)s."),
    _("it is no copy of it"),
    _(
        "invitation to poll %(key)s with duration %(duration)s s, vote duration %(vote)s ms, modulus %(modulus)s, algorithm %(algorithm)s"
    ),
    _("invitation to poll %(key)s, which is %(taken)s"),
    _("a poll of another peer"),
    _("one of this node's own"),
    _("%s with another poller nonce"),
    _("already invited"),
    _("nobody voted"),
    _("still %s at the deadline"),
    _("the AU has no substantial content here"),
    _("%(n)s URLs wait for the next poll"),
    _("without repairProps"),
    _("no agreementHint from 0.0 to 1.0"),
    _("receipt blocks for another voterNonce2"),
    _("a vote without blocks"),
    _("our own blocks: %s"),
    _("asked for a repair of %s, which cannot be read here"),
    _("no poll with key %s here"),
    _("poll key %(key)s of AU %(au)s"),
    _("no peer can be invited"),
    _("the AU has not been collected yet"),
    _("the AU is deactivated"),
    _("this node is too busy to count a poll in time"),
    _("the copy could not be stored"),
    _("the copy is no longer in the inbox"),
    _("the store's disk is nearly full or read-only"),
    _("with this copy the URL is %s"),
    _("the publisher did not send it"),
    _("the publisher was not asked for it"),
)


def remember_words() -> None:
    """What the words of this room say is kept by findings and by the log; the catalogues are there once all apps are."""
    with in_english():
        remember(*map(str, NAKS.values()), *(str(word.meaning) for word in OVER.values()))
