"""Writes packages: a part is whole and synced before anything speaks of it, or it is begun anew (docs/export.md)."""
