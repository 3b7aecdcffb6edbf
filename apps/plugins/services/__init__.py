"""The only writers of plugins, and the one way to a definition."""

from apps.plugins.services.definitions import (
    Abilities,
    Chain,
    abilities_for,
    capabilities_with,
    chain_of,
    definition_for,
    definition_with,
    descendants_of,
)
from apps.plugins.services.jars import KIND as JUDGE_JARS
from apps.plugins.services.jars import jar_path, judge_again, load_jar, load_plugin_folder, start_judging
from apps.plugins.services.judging import judge_outdated, refresh_abilities
from apps.plugins.services.loading import (
    Loaded,
    load_plugin_files,
    override_collecting,
)
from apps.plugins.services.registries import KIND as REGISTRY
from apps.plugins.services.registries import (
    add_registry,
    due_registries,
    end_registry,
    named_files,
    note_failure,
    note_file,
    note_page,
    note_read,
    read_now,
)
from apps.plugins.services.signers import Signers, add_signers, withdraw_signer
from apps.plugins.services.trials import KIND as TRIAL
from apps.plugins.services.trials import decide_trial, finish_trial, trial_job, try_again
from apps.plugins.services.uses import note_uses
from apps.plugins.sources import path_of, read_place

__all__ = [
    "JUDGE_JARS",
    "REGISTRY",
    "TRIAL",
    "Abilities",
    "Chain",
    "Loaded",
    "Signers",
    "abilities_for",
    "add_registry",
    "add_signers",
    "capabilities_with",
    "chain_of",
    "decide_trial",
    "definition_for",
    "definition_with",
    "descendants_of",
    "due_registries",
    "end_registry",
    "finish_trial",
    "jar_path",
    "judge_again",
    "judge_outdated",
    "load_jar",
    "load_plugin_files",
    "load_plugin_folder",
    "named_files",
    "note_failure",
    "note_file",
    "note_page",
    "note_read",
    "note_uses",
    "override_collecting",
    "path_of",
    "read_now",
    "read_place",
    "refresh_abilities",
    "start_judging",
    "trial_job",
    "try_again",
    "withdraw_signer",
]
