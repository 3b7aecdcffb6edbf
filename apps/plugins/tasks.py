"""What workers run for plugins: registries that are due, and JARs judged anew when signers change."""

from celery import shared_task

from apps.common.jobs import Context, job_handler, wake
from apps.common.models import Job
from apps.plugins import services
from apps.plugins.choices import FileState, JarOutcome, RegistryState, TrialState
from apps.plugins.models import PluginJar, PluginRegistry, RegistryFile, Trial
from apps.plugins.reading import read_registry


@shared_task
def scan_registries() -> None:
    for job in services.due_registries():
        wake(job)


@job_handler(services.REGISTRY)
def registry(job: Job, ctx: Context) -> dict:
    row = PluginRegistry.objects.get(pk=int(job.subject.partition(":")[2]))
    if row.state == RegistryState.ENDED:
        return {"state": row.state}
    done = read_registry(row, ctx.progress)
    wake_trials()
    return {"state": done.state, "reason": done.reason}


@job_handler(services.JUDGE_JARS)
def judge_jars(job: Job, ctx: Context) -> dict:
    total = PluginJar.objects.count()
    loaded = 0
    for done, jar in enumerate(services.judge_again(), start=1):
        ctx.progress(done, total, jar.name)
        loaded += jar.outcome == JarOutcome.LOADED
        state = FileState.LOADED if jar.outcome == JarOutcome.LOADED else FileState.REFUSED
        for file in RegistryFile.objects.filter(jar=jar, state__in=(FileState.LOADED, FileState.REFUSED)):
            services.note_file(
                file=file,
                state=state,
                reason=jar.reason,
                jar=jar,
                etag=file.etag,
                last_modified=file.last_modified,
            )
    wake_trials()
    return {"jars": total, "loaded": loaded}


def wake_trials() -> None:
    """Versions that wait to be tried have a job each; this spares them the scanner's pace."""
    for trial in Trial.objects.filter(state=TrialState.WAITING):
        wake(services.trial_job(trial=trial))
