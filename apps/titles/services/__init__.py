"""The only writers of publishers, titles, lists and imports."""

from apps.titles.services.importing import note_failure, run_import
from apps.titles.services.starting import (
    KIND,
    import_tdb_files,
    import_tdb_folder,
    start_again,
    start_folder,
    start_upload,
)

__all__ = [
    "KIND",
    "import_tdb_files",
    "import_tdb_folder",
    "note_failure",
    "run_import",
    "start_again",
    "start_folder",
    "start_upload",
]
