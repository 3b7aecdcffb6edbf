"""What rows of this room keep in words (``status.judge``), so that everybody reads it in their own language."""

from django.utils.translation import gettext_noop

from apps.common.stored import remember

CAME_FROM = gettext_noop("The copy came from %s.")
# Why a finding is closed.
DEACTIVATED = gettext_noop("The archival unit was deactivated.")

remember(
    CAME_FROM,
    DEACTIVATED,
    ("%s URL is being repaired.", "%s URLs are being repaired."),
    ("%s URL is damaged", "%s URLs are damaged"),
    ("%s URL is missing", "%s URLs are missing"),
    "Of %(urls)s here, %(what)s.",
    ("%s URL is not what most copies hold.", "%s URLs are not what most copies hold."),
    ("About %s URL the votes decided nothing.", "About %s URLs the votes decided nothing."),
    "Votes: %(agree)s for this copy, %(differ)s against.",
    "Nothing was found wrong here.",
    "The next poll compares it again.",
    ("%s repair failed.", "%s repairs failed."),
    "It agreed by %s.",
    "Its collection begins when another one ends.",
    "The collection ended early and is tried again.",
    "Its last poll came to no result: too few nodes voted in time.",
    "Its last poll came to no result: no other library holds it, as far as they answered.",
    ("%s peer does not hold it.", "%s peers do not hold it."),
    "No poll could be called: %s.",
    "The last proof is of %s.",
    "Damage was found here on %s, after the last proof.",
)
