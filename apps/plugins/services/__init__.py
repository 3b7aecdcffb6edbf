"""The only writers of plugins, and the one way to a definition."""

from apps.plugins.services.definitions import Abilities, abilities_for, chain_of, definition_for
from apps.plugins.services.loading import (
    Loaded,
    load_plugin_files,
    load_plugin_folder,
    override_collecting,
    refresh_abilities,
)
from apps.plugins.sources import path_of, read_place

__all__ = [
    "Abilities",
    "Loaded",
    "abilities_for",
    "chain_of",
    "definition_for",
    "load_plugin_files",
    "load_plugin_folder",
    "override_collecting",
    "path_of",
    "read_place",
    "refresh_abilities",
]
