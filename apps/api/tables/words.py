"""The fixed English words of LOCKSS 1.x for states, which other programs compare with; never translated."""

from apps.api.spelling import agreement_text
from apps.api.table import Reference, Shown
from apps.aus.models import Au
from apps.crawls.choices import CrawlKind, CrawlState
from apps.crawls.models import Crawl
from apps.lockss.frontier import CrawlOutcome
from apps.lockss.lcap.poll_codes import ParticipantStatus, PollStatus, VoterStatus
from apps.titles.choices import DOWN

MB = 1_000_000
POLLS = {
    PollStatus.STARTING: "Starting",
    PollStatus.NO_TIME: "No Time Available",
    PollStatus.RESUMING: "Resuming",
    PollStatus.INVITING: "Inviting Peers",
    PollStatus.HASHING: "Hashing",
    PollStatus.TALLYING: "Tallying",
    PollStatus.COMPLETE: "Complete",
    PollStatus.NO_QUORUM: "No Quorum",
    PollStatus.ERROR: "Error",
    PollStatus.EXPIRED: "Expired",
    PollStatus.WAITING_FOR_REPAIRS: "Waiting for Repairs",
    PollStatus.FINISHING: "Finishing",
    PollStatus.ABORTED: "Aborted",
}
VOTES = {
    VoterStatus.INITIALIZED: "Initialized",
    VoterStatus.ACCEPTED: "Accepted Poll",
    VoterStatus.HASHING: "Hashing",
    VoterStatus.VOTED: "Voted",
    VoterStatus.NO_TIME: "No Time Available",
    VoterStatus.COMPLETE: "Complete",
    VoterStatus.EXPIRED: "Expired",
    VoterStatus.ERROR: "Error",
    VoterStatus.DECLINED: "Declined Poll",
    VoterStatus.VOTE_ACCEPTED: "Vote Accepted",
    VoterStatus.ABORTED: "Aborted",
    VoterStatus.NO_SUBSTANCE: "No Substance",
}
VOTERS = {
    ParticipantStatus.INITIALIZED: "Initialized",
    ParticipantStatus.INVITED: "Invited",
    ParticipantStatus.ACCEPTED: "Accepted Poll",
    ParticipantStatus.SENT_NOMINEES: "Sent Nominees",
    ParticipantStatus.WAITING_FOR_VOTE: "Waiting for Vote",
    ParticipantStatus.VOTED: "Voted",
    ParticipantStatus.COMPLETE: "Complete",
    ParticipantStatus.ERROR: "Error",
    ParticipantStatus.DROPPED_OUT: "Dropped Out",
    ParticipantStatus.DECLINED: "Declined Poll",
    ParticipantStatus.NO_TIME: "No Time",
    ParticipantStatus.DID_NOT_VOTE: "Did Not Vote",
    ParticipantStatus.NO_RESPONSE: "No Response",
    ParticipantStatus.NO_NOMINATIONS: "No Nominations",
}
CRAWLS = {
    CrawlOutcome.COMPLETE: "Successful",
    CrawlOutcome.NOTHING_FOUND: "Successful",
    CrawlOutcome.FETCH_ERROR: "Fetch error",
    CrawlOutcome.NO_PERMISSION: "No permission from publisher",
    CrawlOutcome.WINDOW_CLOSED: "Interrupted by crawl window",
    CrawlOutcome.PLUGIN_ERROR: "Plugin error",
    CrawlOutcome.REPOSITORY_ERROR: "Repository error",
    CrawlOutcome.EXTRACTOR_ERROR: "Link extractor error",
    CrawlOutcome.LIMIT_REACHED: "Error",
    CrawlOutcome.ABORTED: "Aborted",
    CrawlOutcome.INTERRUPTED: "Interrupted by daemon exit",
    CrawlOutcome.ERROR: "Error",
}
CRAWL_TYPES = {CrawlKind.NEW_CONTENT: "New Content", CrawlKind.REPAIR: "Repair"}
PUBLISHER = "Publisher"


def au_link(au: Au) -> Reference:
    return Reference("ArchivalUnitTable", au.auid, au.name)


def poll_word(status: int | None) -> str | None:
    return None if status is None else POLLS[PollStatus(status)]


def crawl_result(outcome: str) -> str | None:
    return CRAWLS.get(outcome, "Unknown") if outcome else None


def crawl_word(crawl: Crawl) -> str:
    if crawl.state == CrawlState.DONE:
        return crawl_result(crawl.outcome) or "Unknown"
    return "Active" if crawl.state == CrawlState.RUNNING else "Pending"


def standing(au: Au) -> str | Shown:
    """1.x calls it the AU's status: how far it has come, then the agreement of its best poll."""
    crawled, polled = getattr(au, "crawl_status", None), getattr(au, "poll_status", None)
    if crawled is None or crawled.last_success_at is None:
        return "Waiting for Crawl"
    best = polled.highest_agreement if polled else None
    if best is None:
        best = polled.agreement if polled else None
    return "Waiting for Poll" if best is None else agreement_text(best)


def available(au: Au) -> str:
    return "No" if au.listed is not None and au.listed.status in DOWN else "Yes"


def substance(text: str) -> str:
    return {"yes": "Yes", "no": "No"}.get(text, "Unknown")


def source(text: str) -> str:
    """Of a repair."""
    return PUBLISHER if text == "publisher" else text


def disk_mb(au: Au) -> float | None:
    """What an AU's files take, in MB; None while nobody counted."""
    summary = getattr(au.key, "summary", None)
    return round(summary.disk_size / MB, 1) if summary is not None else None
