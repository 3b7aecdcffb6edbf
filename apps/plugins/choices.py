from django.db import models


class JarSignature(models.TextChoices):
    """As ``apps.lockss.jar`` judges it."""

    TRUSTED = "trusted", "signed by a trusted signer"
    UNKNOWN = "unknown", "signed by somebody unknown"
    BROKEN = "broken", "signature broken"
    UNSIGNED = "unsigned", "not signed"


class JarOutcome(models.TextChoices):
    LOADED = "loaded", "loaded"
    REFUSED = "refused", "refused"


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

    IDENTITY = "identity", "name of the archival unit"
    UNMADE = "unmade", "cannot be made"
    START = "start", "start pages"
    PERMISSION = "permission", "permission pages"
    STEMS = "stems", "hosts"
    POLL = "poll", "poll version"
    ABILITY = "ability", "what this node can do"
    RULES = "rules", "crawl rules"
    VOTED = "voted", "what is voted on"
    NAMES = "names", "names of pages"
    FILTER = "filter", "bytes that are voted on"
