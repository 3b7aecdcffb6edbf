from django.db import models
from django.utils.translation import gettext_lazy as _


class JarSignature(models.TextChoices):
    """As ``apps.lockss.jar`` judges it."""

    TRUSTED = "trusted", _("signed by a trusted signer")
    UNKNOWN = "unknown", _("signed by somebody unknown")
    BROKEN = "broken", _("signature broken")
    UNSIGNED = "unsigned", _("not signed")


class JarOutcome(models.TextChoices):
    LOADED = "loaded", _("loaded")
    REFUSED = "refused", _("refused")


class RegistryState(models.TextChoices):
    WAITING = "waiting", "not read yet"
    GOOD = "good", "read"
    PARTLY = "partly", "read, with files that could not be loaded"
    FAILED = "failed", "could not be read"
    NOT_PERMITTED = "not-permitted", "no permission statement"
    ENDED = "ended", "no longer followed"


class FileState(models.TextChoices):
    WAITING = "waiting", "not fetched yet"
    LOADED = "loaded", "loaded"
    REFUSED = "refused", "refused"
    FAILED = "failed", "could not be fetched"
    GONE = "gone", "no longer on the page"


class TrialState(models.TextChoices):
    WAITING = "waiting", "being tried"
    SAME = "same", "no difference"
    DIFFERENT = "different", "differs"
    REFUSED = "refused", "refused"
    USED = "used", "in use"
    KEPT_OUT = "kept-out", "not to be used"
    PASSED = "passed", "passed over"


# Versions in these states are not chosen, however high their number.
HELD_BACK = (
    TrialState.WAITING,
    TrialState.SAME,
    TrialState.DIFFERENT,
    TrialState.REFUSED,
    TrialState.KEPT_OUT,
)
# A person may still decide about these.
DECIDABLE = (TrialState.SAME, TrialState.DIFFERENT, TrialState.KEPT_OUT)


class Compared(models.TextChoices):
    """What a newer version was found to do differently."""

    IDENTITY = "identity", _("name of the archival unit")
    UNMADE = "unmade", _("cannot be made")
    START = "start", _("start pages")
    PERMISSION = "permission", _("permission pages")
    STEMS = "stems", _("hosts")
    POLL = "poll", _("poll version")
    ABILITY = "ability", _("what this node can do")
    RULES = "rules", _("crawl rules")
    VOTED = "voted", _("what is voted on")
    NAMES = "names", _("names of pages")
    FILTER = "filter", _("bytes that are voted on")
