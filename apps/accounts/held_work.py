"""What a page says of its work that a person has paused or stopped, or that failed: by whom, since when, and where it goes on."""

from dataclasses import dataclass

from django.utils.translation import gettext

from apps.accounts.models import AuditEvent
from apps.common.choices import JobState
from apps.common.display import moment_text
from apps.common.models import Job

ENDED = (JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class HeldWork:
    """``said``: a sentence, empty where the page says itself why; ``url``: the job, where it goes on or is done again."""

    said: str
    url: str
    paused: bool


def held_work(job: Job | None) -> HeldWork | None:
    """None while a worker does it or will, and once it is done."""
    if job is None:
        return None
    page = f"/jobs/{job.pk}/"
    if job.state == JobState.WAITING and job.paused_at:
        said = gettext("Paused by %(who)s, %(when)s. It waits until somebody lets it go on.")
        return HeldWork(said % _who(job, "jobs.pause"), page, paused=True)
    if job.state == JobState.CANCELLED:
        return HeldWork(
            gettext("Stopped by %(who)s, %(when)s.") % _who(job, "jobs.cancel"), page, paused=False
        )
    return HeldWork("", page, paused=False) if job.state == JobState.FAILED else None


def was_broken_off(job: Job | None) -> bool:
    """Nobody does it any more, whatever the row that it was for says."""
    return job is not None and job.state in ENDED


def _who(job: Job, action: str) -> dict[str, str]:
    act = AuditEvent.objects.filter(subject=f"job:{job.pk}", action=action).order_by("-id").first()
    at = act.at if act else job.paused_at or job.finished_at
    return {"who": (act.username if act else "") or gettext("somebody"), "when": moment_text(at)}
