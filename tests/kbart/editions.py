"""Series and editions for the tests, made as people and workers make them."""

from apps.common import jobs
from apps.common.choices import JobState
from apps.common.models import Job
from apps.kbart import services
from apps.kbart.asking import order_of
from apps.kbart.models import Edition

EDITIONS = "/reports/kbart/editions/"


def keep(user, slug="riverside", every="never", day=None, label="Riverside", **given):
    order = order_of(
        given if "report" in given and given["report"] == "keepers" else {"scope": "collected", **given}
    )
    return services.make_series(
        label=label, slug=slug, order=order, every=every, day=day, is_open=False, user=user
    )


def run_all() -> None:
    for job in Job.objects.filter(state=JobState.WAITING):
        jobs.run(job.pk)


def made(user, **given) -> Edition:
    row, _ = keep(user, **given)
    run_all()
    return row.editions.get()


def another(row: Edition) -> Edition:
    found, _ = services.ask_edition(series=row.series, user=row.user)
    run_all()
    found.refresh_from_db()
    return found
