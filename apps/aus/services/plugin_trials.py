"""Tries a newer version of a plugin on what is stored here: old and new, AU by AU, page by page (``plugins.trials``)."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

from django.conf import settings
from django.db.models import QuerySet

from apps.aus.choices import AuState
from apps.aus.definitions import Unmade, configuration_of, definition_of, settings_of
from apps.aus.models import Au
from apps.common.text import storable
from apps.lockss.auid import make_auid
from apps.lockss.plugin.au_make import make_au
from apps.lockss.plugin.au_params import definitional
from apps.lockss.plugin.compare import Difference, Sample, compare
from apps.lockss.plugin.model import PluginDefinition
from apps.plugins import services as plugins
from apps.plugins.choices import Compared, TrialState
from apps.plugins.models import Plugin, Trial, TrialDifference
from apps.plugins.services.trials import MOST_DIFFERENCES
from apps.repository import services as store
from apps.repository.errors import ContentError
from apps.repository.values import StoredArtifact

Progress = Callable[[int, int | None, str], None]
# Longer pages are compared by name and rules only: a trial is no poll.
LONGEST_PAGE = 8 << 20


def has_stored(plugin_ids: set[str]) -> bool:
    """Whether an AU that is selected here and uses one of these plugins has a page in the store."""
    return _stored(plugin_ids).exists()


def _selected(plugin_ids: set[str]) -> QuerySet[Au]:
    return Au.objects.filter(plugin_id__in=plugin_ids, state=AuState.SELECTED).order_by("pk")


def _stored(plugin_ids: set[str]) -> QuerySet[Au]:
    return _selected(plugin_ids).filter(key__summary__urls__gt=0)


class _Found:
    """What was found so far; beyond ``MOST_DIFFERENCES`` only the number is kept."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self.rows: list[TrialDifference] = []
        self.count = 0
        self.aus = 0
        self.urls = 0

    def note(self, au: Au, difference: Difference) -> None:
        self.count += 1
        if len(self.rows) < MOST_DIFFERENCES:
            self.rows.append(
                TrialDifference(
                    trial=self._trial,
                    kind=Compared(difference.aspect.value),
                    au_name=storable(au.name, 300),
                    au_slug=au.slug,
                    subject=storable(difference.subject, 2000),
                    before=storable(difference.before, 1000),
                    after=storable(difference.after, 1000),
                )
            )

    def note_ability(self, au: Au, what: str, before: str, after: str) -> None:
        self.count += 1
        row = TrialDifference(
            trial=self._trial, kind=Compared.ABILITY, au_name=storable(au.name, 300), au_slug=au.slug
        )
        row.subject, row.before, row.after = what, before, after
        self.rows.append(row)


def run_trial(*, trial: Trial, progress: Progress) -> Trial:
    """Try it, and keep what was found. Done again after a kill it does the same again; one that is decided stays."""
    trial.refresh_from_db()
    if trial.state != TrialState.WAITING:
        return trial
    version = trial.plugin
    against = Plugin.objects.filter(plugin_id=version.plugin_id, current=True).first()
    ids = plugins.descendants_of({version.plugin_id})
    found = _Found(trial)
    refused = _identity_changed(version, ids)
    if not refused:
        _try_all(version, ids, found, progress)
    return plugins.finish_trial(
        trial=trial,
        differences=found.rows,
        count=found.count,
        aus=found.aus,
        urls=found.urls,
        against=against,
        refused=refused,
        reason=""
        if found.aus
        else "No stored archival unit could be made with the version in use, so none could be tried.",
    )


def _identity_changed(version: Plugin, ids: set[str]) -> str:
    """Why no AU would be the same any more; empty: all stay who they are. Every selected AU is asked, stored or not."""
    definitions: dict[str, PluginDefinition] = {}
    for au in _selected(ids).select_related("listed").iterator(chunk_size=500):
        new = definitions.get(au.plugin_id)
        if new is None:
            new = definitions[au.plugin_id] = plugins.definition_with(au.plugin_id, version)
            if not new.usable:
                fault = next(f for f in new.findings if f.severity.value == "error")
                return f"{au.plugin_id} could not be used with it: {fault.message}."
        config, _attributes = configuration_of(au)
        asked = [one.key for one in new.parameters if one.definitional and one.key not in config]
        if asked:
            return f"It asks for the parameter {asked[0]}, which {au.name} was selected without."
        auid = make_auid(new.plugin_id, definitional(new.parameters, config))
        if auid != au.auid:
            return (
                f"With it {au.name} would be another archival unit: its AUID would change from {au.auid} to {auid},"
                " and all that is stored and agreed under the old one would be lost to it."
            )
    return ""


def _try_all(version: Plugin, ids: set[str], found: _Found, progress: Progress) -> None:
    rows = list(_stored(ids).select_related("listed", "key__summary")[: settings.NODE.plugin_trial_aus])
    told: set[str] = set()
    for done, au in enumerate(rows):
        progress(done, len(rows), au.name)
        if au.plugin_id not in told:
            told.add(au.plugin_id)
            _abilities(au, version, found)
        _try_au(au, version, found)
    progress(len(rows), len(rows), "")


def _abilities(au: Au, version: Plugin, found: _Found) -> None:
    """What this node could do before and could not any more, or the other way round."""
    before = plugins.abilities_for(au.plugin_id).core
    after = plugins.capabilities_with(au.plugin_id, version)
    pairs = (
        ("collect", before.collect, after.collect),
        ("vote", before.poll, after.poll),
        ("describe articles", before.extract_metadata, after.extract_metadata),
    )
    for what, old, new in pairs:
        if old.can != new.can:
            named = {reason.missing for reason in new.reasons} - {reason.missing for reason in old.reasons}
            said = f"{new.can}: needs {', '.join(sorted(named))}" if named else str(new.can)
            found.note_ability(au, what, str(old.can), said)


def _try_au(au: Au, version: Plugin, found: _Found) -> None:
    old = definition_of(au)
    if isinstance(old, Unmade):
        return
    config, attributes = configuration_of(au)
    new = make_au(
        plugins.definition_with(au.plugin_id, version), config, attributes=attributes, settings=settings_of()
    )
    found.aus += 1
    for difference in compare(old, new, _samples(au, found)):
        found.note(au, difference)


def _samples(au: Au, found: _Found) -> Iterator[Sample]:
    """Some of its stored pages, from its first to its last in equal steps."""
    most = settings.NODE.plugin_trial_urls
    step = max(1, -(-store.summary(auid=au.auid).urls // most))
    for artifact in islice(store.newest(auid=au.auid), 0, None, step):
        found.urls += 1
        short = artifact.size <= LONGEST_PAGE and not artifact.suspect
        read = partial(_bytes, artifact) if short else None
        yield Sample(artifact.url, artifact.content_type, artifact.content_encoding, read)


def _bytes(artifact: StoredArtifact) -> Iterator[bytes]:
    """What cannot be read is the store's to tell; both versions get the same of it."""
    try:
        with store.open_body(artifact) as body:
            yield from body
    except ContentError:
        return
