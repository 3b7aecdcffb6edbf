"""A newer version is tried on what is stored before it is used; the trying itself is the AUs' room (``aus.services``).

Waiting, it is held back: the older one stays in use. What it does differently is rows; a change of an AU's identity is
refused for good, everything else a network administrator may accept.
"""

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.common.clock import now
from apps.common.findings import record_finding, resolve_findings
from apps.common.jobs import open_job
from apps.common.models import Job
from apps.common.text import storable
from apps.plugins.choices import DECIDABLE, HELD_BACK, TrialState
from apps.plugins.errors import PluginCode, PluginError
from apps.plugins.models import Plugin, Trial, TrialDifference
from apps.plugins.services.judging import refresh_abilities
from apps.plugins.services.using import alone, use_version

KIND = "plugin-trial"
WAITS = "plugin-version-waits"
# A definition that changes everything must not fill the database; the count tells how much there was.
MOST_DIFFERENCES = 1_000


def begin_trial(*, plugin: Plugin, against: Plugin) -> tuple[Trial, Job]:
    """The version waits; the job is open and the caller, or the scanner, wakes it."""
    trial, _made = Trial.objects.update_or_create(
        plugin=plugin,
        defaults={
            "against": against,
            "state": TrialState.WAITING,
            "reason": "",
            "tried_at": None,
            "decided_by": None,
            "decided_at": None,
        },
    )
    trial.differences.all().delete()
    return trial, open_job(kind=KIND, subject=trial.job_subject)


def trial_job(*, trial: Trial) -> Job:
    """The open job of a version that waits."""
    return open_job(kind=KIND, subject=trial.job_subject)


def finish_trial(
    *,
    trial: Trial,
    differences: Iterable[TrialDifference],
    count: int,
    aus: int,
    urls: int,
    against: Plugin | None,
    refused: str = "",
    reason: str = "",
) -> Trial:
    """Keep what was found; with no difference the version is used, if this node's setting says so.

    One that is decided already stays as it is, and so does one tried ``against`` what is no longer in use.
    """
    with transaction.atomic():
        alone()
        row = Trial.objects.select_for_update().get(pk=trial.pk)
        current = Plugin.objects.filter(plugin_id=row.plugin.plugin_id, current=True).first()
        if row.state != TrialState.WAITING or current != against:
            return row
        row.against = against
        row.differences.all().delete()
        TrialDifference.objects.bulk_create(list(differences)[:MOST_DIFFERENCES], batch_size=500)
        row.aus, row.urls, row.difference_count = aus, urls, count
        row.tried_at, row.version = now(), row.version + 1
        row.reason = storable(refused or reason, 1000)
        row.state = TrialState.SAME
        if refused or count:
            row.state = TrialState.REFUSED if refused else TrialState.DIFFERENT
        row.save()
        if row.state == TrialState.SAME and settings.NODE.plugin_trial == "auto":
            _use(row, user=None)
        else:
            _tell(row)
    return row


def try_again(*, trial: Trial) -> tuple[Trial, Job]:
    """A person wants it tried anew, against what is in use now. PluginError where there is nothing to try."""
    with transaction.atomic():
        alone()
        row = Trial.objects.select_related("plugin").get(pk=trial.pk)
        against = Plugin.objects.filter(plugin_id=row.plugin.plugin_id, current=True).first()
        if against is None or against.pk == row.plugin_id or row.state not in (*HELD_BACK, TrialState.PASSED):
            raise PluginError(
                PluginCode.NOT_DECIDABLE, "This version is in use already; there is nothing to try."
            )
        return begin_trial(plugin=row.plugin, against=against)


def decide_trial(*, trial: Trial, version: int, use: bool, user: User) -> Trial:
    """A person's word on a version that was tried. PluginError where the row is newer, or nothing can be decided."""
    with transaction.atomic():
        alone()
        row = Trial.objects.select_for_update().select_related("plugin").get(pk=trial.pk)
        if row.version != version:
            raise PluginError(
                PluginCode.OLD_FORM,
                "This version was tried again, or somebody decided, since the page was shown. Look at it again.",
            )
        if row.state not in DECIDABLE:
            message = (
                row.reason
                if row.state == TrialState.REFUSED
                else "There is nothing to decide about this version."
            )
            raise PluginError(PluginCode.NOT_DECIDABLE, message)
        row.version += 1
        row.decided_by, row.decided_at = user, now()
        if use:
            row.save()
            _use(row, user=user)
        else:
            row.state = TrialState.KEPT_OUT
            row.save()
            _resolve(row)
            audit(
                user=user,
                action="plugins.keep-out",
                subject=f"plugin:{row.plugin.plugin_id}",
                after={"version": row.plugin.version, "sha256": row.plugin.sha256},
            )
    return row


def _use(row: Trial, user: User | None) -> None:
    plugin = row.plugin
    use_version(plugin=plugin, user=user)
    Trial.objects.filter(pk=row.pk).update(state=TrialState.USED)
    row.state = TrialState.USED
    older = Trial.objects.filter(
        plugin__plugin_id=plugin.plugin_id,
        plugin__version_number__lte=plugin.version_number,
        state__in=(TrialState.WAITING, TrialState.SAME, TrialState.DIFFERENT),
    ).exclude(pk=row.pk)
    older.update(state=TrialState.PASSED)
    _resolve(row)
    refresh_abilities({plugin.plugin_id})


def _sentence(text: str) -> str:
    """With its end, once: some reasons are sentences already."""
    return f"{text.rstrip().rstrip('.')}."


def _tell(row: Trial) -> None:
    plugin = row.plugin
    said = {
        TrialState.SAME: "does nothing differently on stored pages and waits for somebody to use it.",
        TrialState.REFUSED: f"is not used. {_sentence(row.reason)}",
        TrialState.DIFFERENT: "does something differently with what is stored, and waits for a decision.",
    }[TrialState(row.state)]
    record_finding(
        code=WAITS,
        subject=f"plugin:{plugin.plugin_id}",
        message=f"Version {plugin.version} of {plugin.plugin_id} {said} The version in use stays.",
        app="plugins",
        place=f"/plugins/trials/{row.pk}/",
    )


def _resolve(row: Trial) -> None:
    resolve_findings(subject=f"plugin:{row.plugin.plugin_id}", codes=[WAITS])
