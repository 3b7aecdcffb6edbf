"""What workers run for acts of selecting, the scan that follows the title lists, and what plugins need to know of AUs."""

from celery import shared_task

from apps.aus import services
from apps.aus.models import Selection
from apps.common.jobs import Context, JobFailed, job_handler, wake
from apps.common.models import Job
from apps.plugins.choices import TrialState
from apps.plugins.models import Trial
from apps.plugins.services import TRIAL, judge_outdated


@job_handler(services.KIND)
def select_aus(job: Job, ctx: Context) -> dict:
    selection_id = int(job.subject.partition(":")[2])
    while services.run_batch(selection_id=selection_id):
        selection = Selection.objects.get(pk=selection_id)
        ctx.progress(selection.done, selection.total)
    selection = Selection.objects.get(pk=selection_id)
    ctx.progress(selection.done, selection.total)
    return {"done": selection.done}


@job_handler(services.HOLDINGS_KIND)
def read_holdings(job: Job, ctx: Context) -> dict:
    upload_id = int(job.subject.partition(":")[2])
    row = services.read_holdings(
        upload_id=upload_id,
        progress=lambda done: ctx.progress(done, None, f"{done:,} lines"),
    )
    return {"state": row.state, "lines": row.lines}


@shared_task
def follow_lists() -> None:
    services.follow_lists()
    services.close_lost_readings()


@shared_task
def apply_subscriptions() -> None:
    for act in services.apply_subscriptions():
        if act.job is not None:
            wake(act.job)


@shared_task
def count_plugin_uses() -> None:
    judge_outdated()
    services.count_plugin_uses()


@job_handler(TRIAL)
def try_plugin(job: Job, ctx: Context) -> dict:
    trial = Trial.objects.select_related("plugin").get(pk=int(job.subject.partition(":")[2]))
    done = services.run_trial(trial=trial, progress=ctx.progress)
    if done.state == TrialState.WAITING:
        message = "Another version came into use while this one was tried; it is tried again."
        raise JobFailed("plugin-trial-overtaken", message, again=True)
    return {"state": done.state, "aus": done.aus, "urls": done.urls, "differences": done.difference_count}
