"""The vocabularies of the node's status."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy


class AuWord(models.TextChoices):
    """The one word for how an AU stands; what each means is said in ``words``."""

    SELECTED = "selected", _("Selected")
    WAITING = "waiting", _("Waiting")
    COLLECTING = "collecting", _("Collecting")
    COLLECTED = "collected", _("Collected")
    PROVED = "proved", _("Proved")
    STALE = "stale", _("Proof is old")
    DIFFERS = "differs", _("Differs")
    UNSETTLED = "unsettled", _("Not settled")
    REPAIRING = "repairing", _("Repairing")
    DAMAGED = "damaged", _("Damaged")
    BLOCKED = "blocked", _("Blocked")
    DEACTIVATED = "deactivated", _("Deactivated")


class Block(models.TextChoices):
    """Why an AU may not, or cannot, be collected. The first ones are ``permissions.Reason``, word for word."""

    NO_STATEMENT = "no-statement", _("No permission statement")
    FETCH_FAILED = "fetch-failed", _("Permission page not readable")
    PAGE_GONE = "page-gone", _("There is no permission page")
    SIGN_IN = "sign-in", _("Permission page behind a sign-in")
    NO_ANSWER = "no-answer", _("No answer for the permission page in time")
    UNKNOWN_HOST = "unknown-host", _("Host of the permission page not known")
    PROBE_FAILED = "probe-failed", _("Probe page not readable")
    NO_PAGE_FOR_HOST = "no-page-for-host", _("No permission page for a host")
    PLUGIN_CHECKER = "plugin-checker", _("Refused by the plugin's own check")
    NO_AGREEMENT = "no-agreement", _("No agreement")
    AGREEMENT_ENDED = "agreement-ended", _("Agreement ended")
    RIGHT_DENIED = "right-denied", _("Agreement does not allow it")
    PLATFORM = "platform", _("Plugin does not fit or cannot be used")
    PLATFORM_MISSING = "platform-missing", _("Plugin not loaded")
    CODE_MISSING = "code-missing", _("Java code missing that the plugin needs")
    PUBLISHER_DOWN = "publisher-down", _("Publisher no longer provides it")


class Care(models.IntegerChoices):
    """Whether a person should look, the most urgent with the highest number."""

    NONE = 0, _("none")
    CRAWLS_FAIL = 20, _("collection fails again and again")
    POLLS_FAIL = 30, _("no poll comes to a result")
    STALE = 40, _("the proof is old")
    UNSETTLED = 50, _("the votes decided nothing")
    BLOCKED = 60, _("collection is blocked")
    DIFFERS = 80, _("differs from most copies")
    DAMAGED = 90, _("stored bytes are damaged or missing")


class ScopeKind(models.TextChoices):
    """What a count of AUs is of."""

    NODE = "node", _("the node")
    PUBLISHER = "publisher", _("publisher")
    TITLE = "title", _("title")
    SET = "set", _("title set")


class Figure(models.TextChoices):
    """Figures of a year's report; the part of the report that each is in stands before the point. ``label % number``."""

    SELECTED = "chosen.selected", ngettext_lazy("archival unit is selected", "archival units are selected")
    CHOSEN = (
        "chosen.new",
        ngettext_lazy("of them was chosen in this year", "of them were chosen in this year"),
    )
    DEACTIVATED = (
        "chosen.deactivated",
        ngettext_lazy(
            "archival unit is out of use; what is stored of it stays",
            "archival units are out of use; what is stored of them stays",
        ),
    )
    COLLECTED = (
        "collected.aus",
        ngettext_lazy("archival unit has its content here", "archival units have their content here"),
    )
    CRAWLS = "collected.crawls", ngettext_lazy("collection ended", "collections ended")
    CRAWLS_WHOLE = (
        "collected.crawls-whole",
        ngettext_lazy("of them brought everything there was", "of them brought everything there was"),
    )
    URLS_STORED = (
        "collected.urls",
        ngettext_lazy("URL was stored, new or changed", "URLs were stored, new or changed"),
    )
    BYTES_STORED = "collected.bytes", _("of content came from publishers")
    PROVED = "proved.aus", ngettext_lazy("archival unit is proved", "archival units are proved")
    PRESERVED = (
        "proved.preserved",
        ngettext_lazy(
            "archival unit is preserved: enough copies agree",
            "archival units are preserved: enough copies agree",
        ),
    )
    POLLS = "proved.polls", ngettext_lazy("poll of this node ended", "polls of this node ended")
    POLLS_COUNTED = (
        "proved.polls-counted",
        ngettext_lazy("of them came to a result", "of them came to a result"),
    )
    POLLS_AGREED = (
        "proved.polls-agreed",
        ngettext_lazy(
            "of them found this copy equal to most others in every URL, at its end",
            "of them found this copy equal to most others in every URL, at their end",
        ),
    )
    POLLS_REPAIRED = (
        "proved.polls-repaired",
        ngettext_lazy(
            "of these only after a repair: it had found something wrong here first",
            "of these only after a repair: they had found something wrong here first",
        ),
    )
    AUS_PROVED = (
        "proved.aus-polled",
        ngettext_lazy(
            "archival unit was compared at least once", "archival units were compared at least once"
        ),
    )
    VOTES = (
        "proved.votes",
        ngettext_lazy("vote was given in polls of other nodes", "votes were given in polls of other nodes"),
    )
    CHECKS = (
        "damaged.checks",
        ngettext_lazy(
            "reading of stored bytes against their digests", "readings of stored bytes against their digests"
        ),
    )
    VERSIONS_GOOD = (
        "damaged.versions-good",
        ngettext_lazy("version was found good in them", "versions were found good in them"),
    )
    CHECKS_BAD = (
        "damaged.checks-bad",
        ngettext_lazy(
            "of these readings found damaged or missing bytes",
            "of these readings found damaged or missing bytes",
        ),
    )
    POLLS_WRONG = (
        "damaged.polls",
        ngettext_lazy(
            "poll found something wrong or missing here, whether it was repaired or not",
            "polls found something wrong or missing here, whether it was repaired or not",
        ),
    )
    URLS_WRONG = (
        "damaged.urls",
        ngettext_lazy(
            "URL was found wrong or missing here by polls", "URLs were found wrong or missing here by polls"
        ),
    )
    POLLS_UNDECIDED = (
        "damaged.polls-undecided",
        ngettext_lazy(
            "poll ended without a landslide about some URLs and found nothing wrong here",
            "polls ended without a landslide about some URLs and found nothing wrong here",
        ),
    )
    AUS_BAD = (
        "damaged.aus",
        ngettext_lazy(
            "archival unit had something damaged, missing or wrong here",
            "archival units had something damaged, missing or wrong here",
        ),
    )
    VERSIONS_SUSPECT = (
        "damaged.versions-suspect",
        ngettext_lazy(
            "stored version of any age is damaged or missing and kept as evidence",
            "stored versions of any age are damaged or missing and kept as evidence",
        ),
    )
    REPAIRED = "repaired.done", ngettext_lazy("URL was repaired", "URLs were repaired")
    REPAIRED_PUBLISHER = (
        "repaired.publisher",
        ngettext_lazy("of them from the publisher", "of them from the publisher"),
    )
    NOT_REPAIRED = "repaired.failed", ngettext_lazy("repair failed", "repairs failed")
    SERVED = (
        "repaired.served",
        ngettext_lazy("repair was given to other nodes", "repairs were given to other nodes"),
    )
    CARE = "risk.care", ngettext_lazy("archival unit needs a person", "archival units need a person")
    FEW = (
        "risk.few-copies",
        ngettext_lazy(
            "is collected, with too few copies that agree", "are collected, with too few copies that agree"
        ),
    )
    STALE = "risk.stale", ngettext_lazy("has an old proof", "have an old proof")
    DIFFERS = (
        "risk.differs",
        ngettext_lazy(
            "differs from what most copies hold",
            "differ from what most copies hold",
        ),
    )
    UNSETTLED = (
        "risk.unsettled",
        ngettext_lazy(
            "is not settled: votes decided nothing about some of its URLs",
            "are not settled: votes decided nothing about some of their URLs",
        ),
    )
    DAMAGED = "risk.damaged", ngettext_lazy("is damaged", "are damaged")
    BLOCKED = "risk.blocked", ngettext_lazy("cannot be collected", "cannot be collected")
    CONTENT = "disk.content", _("of content")
    KEPT = "disk.kept", _("of content of what was deactivated")
    URLS = "disk.urls", ngettext_lazy("URL", "URLs")
    FILES = "disk.files", _("of WARC files, all versions")
    DISK = "disk.total", _("is the size of the disk")
    DISK_FREE = "disk.free", _("of it are free")


class Tally(models.TextChoices):
    """Keys of ``Count`` rows; those of words and blocks end with the word."""

    AUS = "aus", _("archival units that are selected")
    AUDIT_CHECKED = "audit.checked", _("position in the audit record's chain up to which it was compared")
    PRESERVED = "aus.preserved", _("proved, with enough copies that agree")
    COLLECTED = "aus.collected", _("whose content is here")
    CARE = "aus.care", _("that need a person")
    FEW_COPIES = "aus.few-copies", _("collected, with fewer copies that agree than a quorum and ours")
    WORD = "aus.word", _("by status word")
    SIZE = "size", _("bytes of content")
    URLS = "urls", _("URLs of content")
    SIZE_KEPT = "size.kept", _("bytes of content of what was deactivated; it stays")
    MEDIAN_PROOF = "proof.median", _("when the median archival unit was proved, seconds since 1970")
    OLDEST_PROOF = (
        "proof.oldest",
        _("when the archival unit whose proof is oldest was proved, seconds since 1970"),
    )
    MEDIAN_COPIES = "copies.median", _("copies of the median archival unit that agree")
    ALERTS = "alerts", _("alerts that were open at the last look for what is wrong")
    BEAT = "beat", _("when the scheduler last showed life")
    SCANNED = "scanned", _("archival units that the last scan looked at")
    OPEN_EQUAL = "aus.unsettled-equal", _("that the votes left open, with a copy that is equal to ours")
    CARING = "aus.caring", _("that need a person, by what for")
    SCOPES_MS = "scopes.ms", _("milliseconds that counting by publisher, title and set took")
    PAIRS_MS = "pairs.ms", _("milliseconds that counting who agrees with whom took")


# What no question to the publisher's site changes: a crawl ends before it asks anything.
HOPELESS = (
    Block.NO_AGREEMENT,
    Block.AGREEMENT_ENDED,
    Block.RIGHT_DENIED,
    Block.PLATFORM,
    Block.PLATFORM_MISSING,
    Block.CODE_MISSING,
    Block.PUBLISHER_DOWN,
)
# What a platform definition, or the lack of one, is the cause of.
PLATFORM_BLOCKS = (Block.PLATFORM, Block.PLATFORM_MISSING, Block.CODE_MISSING)


# Two nodes agree, as a whole, where this share of what was compared does. Among thousands of archival units there is
# always one that somebody is just repairing.
MOSTLY = 0.9


def word_key(word: str) -> str:
    """The key of the count of one status word."""
    return f"{Tally.WORD}.{word}"


def of_any_word(numbers: Mapping[str, int]) -> int:
    """All archival units, those out of use too: each has one status word."""
    return sum(numbers.get(word_key(word), 0) for word in AuWord)


def care_key(care: Care) -> str:
    return f"{Tally.CARING}.{int(care)}"
