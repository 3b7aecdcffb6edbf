"""The only writers of publishers, titles, lists and imports."""

from apps.titles.services.importing import note_failure, run_import
from apps.titles.services.previewing import KIND, apply_import, discard_import
from apps.titles.services.starting import (
    import_kbart_file,
    import_tdb_files,
    import_tdb_folder,
    start_again,
    start_folder,
    start_upload,
)
from apps.titles.services.undoing import dependents, undo_import

__all__ = [
    "KIND",
    "apply_import",
    "dependents",
    "discard_import",
    "import_kbart_file",
    "import_tdb_files",
    "import_tdb_folder",
    "note_failure",
    "run_import",
    "start_again",
    "start_folder",
    "start_upload",
    "undo_import",
]
