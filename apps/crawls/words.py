"""How crawls end and what became of their URLs, in words; shown on the page of words and in lists."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.common.words import Tone, Word
from apps.crawls.choices import CrawlState, UrlState
from apps.lockss.frontier import CrawlOutcome, UrlReason

if TYPE_CHECKING:
    # Words are read before models may be.
    from apps.crawls.models import Crawl

_ENDS = {
    CrawlOutcome.COMPLETE: (
        Tone.SAFE,
        _("Complete"),
        _("Everything that the platform's rules lead to was had from the publisher."),
    ),
    CrawlOutcome.NOTHING_FOUND: (
        Tone.CARE,
        _("Nothing found"),
        _("The publisher permits it, but nothing to preserve was found behind the first page."),
    ),
    CrawlOutcome.FETCH_ERROR: (
        Tone.CARE,
        _("Pages missing"),
        _("Some pages could not be had from the publisher. What came is kept; it is tried again."),
    ),
    CrawlOutcome.NO_PERMISSION: (
        Tone.CARE,
        _("No permission"),
        _("The publisher did not say yes, so nothing was collected. What was collected before is kept."),
    ),
    CrawlOutcome.WINDOW_CLOSED: (
        Tone.IDLE,
        _("Outside its hours"),
        _("This publisher is only asked at certain hours. Collecting goes on when they come again."),
    ),
    CrawlOutcome.PLUGIN_ERROR: (
        Tone.HARM,
        _("Plugin not usable"),
        _("The plugin is missing, or needs something that this node does not have."),
    ),
    CrawlOutcome.REPOSITORY_ERROR: (
        Tone.HARM,
        _("Not stored"),
        _("The store refused to take what came: its disk is full, gone or broken."),
    ),
    CrawlOutcome.EXTRACTOR_ERROR: (
        Tone.CARE,
        _("Links not read"),
        _("Some pages could not be read for links, so that what they lead to may be missing."),
    ),
    CrawlOutcome.LIMIT_REACHED: (
        Tone.CARE,
        _("Cut by a limit"),
        _("A limit of this node ended it early. What was cut is listed with the rule that cut it."),
    ),
    CrawlOutcome.ABORTED: (Tone.CARE, _("Stopped"), _("Somebody here stopped it. What came is kept.")),
    CrawlOutcome.INTERRUPTED: (
        Tone.CARE,
        _("Interrupted"),
        _("The node went down in its middle and it could not go on. What came is kept."),
    ),
    CrawlOutcome.ERROR: (
        Tone.HARM,
        _("Ended by an error"),
        _("Something failed in this program. What came is kept; the findings say what happened."),
    ),
}
ENDS = {
    outcome: Word(f"crawl-{outcome}", tone, label, said) for outcome, (tone, label, said) in _ENDS.items()
}
OPEN = {
    CrawlState.WAITING: Word(
        "crawl-waiting", Tone.IDLE, _("In the queue"), _("It begins when a worker is free.")
    ),
    CrawlState.RUNNING: Word(
        "crawl-running",
        Tone.IDLE,
        _("Collecting now"),
        _("The publisher is being asked, one page after another with a pause between them."),
    ),
}
URLS = {
    UrlState.PENDING: Word("url-pending", Tone.IDLE, _("Not asked yet"), _("Its turn has not come.")),
    UrlState.FETCHED: Word(
        "url-fetched",
        Tone.SAFE,
        _("Fetched"),
        _("It came from the publisher, new or changed, and is stored."),
    ),
    UrlState.UNCHANGED: Word(
        "url-unchanged",
        Tone.SAFE,
        _("Unchanged"),
        _("The publisher gave the very bytes that are stored, or says that they are still right."),
    ),
    UrlState.HELD: Word(
        "url-held",
        Tone.SAFE,
        _("Held already"),
        _("It is stored and, by the platform's rules, not asked again."),
    ),
    UrlState.DEAD: Word(
        "url-dead",
        Tone.CARE,
        _("Not there"),
        _(
            "The publisher has no such page. A link leads to it all the same; this does not spoil the collection."
        ),
    ),
    UrlState.FAILED: Word(
        "url-failed", Tone.HARM, _("Failed"), _("It could not be had. The reason stands beside it.")
    ),
    UrlState.EXCLUDED: Word(
        "url-excluded", Tone.IDLE, _("Outside the rules"), _("The platform's rules leave it out.")
    ),
    UrlState.CUT: Word("url-cut", Tone.CARE, _("Cut"), _("A limit of this node left it out.")),
}
# How a crawl is called that ended before it asked for anything but its permission page.
NOTHING_CAME = Word(
    "crawl-nothing-came",
    Tone.CARE,
    _("Nothing came"),
    _(
        "Its permission page could not be had from the publisher. What was collected before is kept; it is tried again."
    ),
)
ALL = (*ENDS.values(), NOTHING_CAME, *OPEN.values(), *URLS.values())
REASONS = {
    UrlReason.DEAD_LINK: _("The publisher has no such page."),
    UrlReason.FETCH_FAILED: _("It could not be fetched."),
    UrlReason.RETRIES_USED_UP: _("It was tried as often as the settings allow."),
    UrlReason.NO_HOST_PERMISSION: _("Its host gives no permission."),
    UrlReason.PERMISSION_FAILURE: _("The answer says that permission is refused."),
    UrlReason.LOGIN_REDIRECT: _("The publisher asks for a login here."),
    UrlReason.EXCLUDED: _("The platform's rules leave it out."),
    UrlReason.REDIRECT_EXCLUDED: _("It leads to a page that the platform's rules leave out."),
    UrlReason.REDIRECT_LOOP: _("It leads round in a circle."),
    UrlReason.REDIRECT_TOO_LONG: _("It leads from page to page too many times."),
    UrlReason.REDIRECT_WITHOUT_TARGET: _("It says that the page moved, but not where."),
    UrlReason.REDIRECT_OTHER_HOST: _("It leads to another host."),
    UrlReason.TOO_DEEP: _("It lies deeper than the settings allow."),
    UrlReason.TOO_MANY_URLS: _("The collection had reached its most URLs."),
    UrlReason.REPEATED_PARTS: _("Its path repeats itself, as in an endless calendar."),
    UrlReason.MORE_CUT: _("More was cut than is listed."),
    UrlReason.UNASKED_UNCHANGED: _("The publisher called it unchanged, but no copy is here."),
    UrlReason.EMPTY_FILE: _("It came, but is empty."),
    UrlReason.CONTENT_DOUBTFUL: _("It came, but what came is doubtful."),
    UrlReason.START_OUTSIDE: _("A start page that the platform's own rules leave out."),
    UrlReason.START_FAILED: _("A start page could not be fetched."),
    UrlReason.NO_START: _("There is no start page."),
}


def crawl_word(state: str, outcome: str) -> Word:
    """The word of a crawl: how it ended, or how far it is."""
    if state in OPEN:
        return OPEN[CrawlState(state)]
    return ENDS[CrawlOutcome(outcome)] if outcome in set(CrawlOutcome) else ENDS[CrawlOutcome.ERROR]


def word_of(crawl: "Crawl") -> Word:
    """The word of a crawl, told from what came as well."""
    return NOTHING_CAME if nothing_came(crawl) else crawl_word(crawl.state, crawl.outcome)


def nothing_came(crawl: "Crawl") -> bool:
    """Whether it ended with its permission page: no URL of its own had a turn."""
    over = crawl.state == CrawlState.DONE and crawl.outcome == CrawlOutcome.FETCH_ERROR
    return over and not (crawl.content or crawl.failed)


def url_reason(outcome: str) -> str:
    """A sentence for the code of a URL; the code itself where nobody wrote one."""
    if not outcome:
        return ""
    return str(REASONS[UrlReason(outcome)]) if outcome in set(UrlReason) else outcome
