"""The only writers of publishers, titles, lists and imports."""

from apps.titles.services.importing import note_failure, run_import
from apps.titles.services.membership import narrow, reads_queries, titles_in, units_in
from apps.titles.services.previewing import KIND, apply_import, discard_import
from apps.titles.services.sets import (
    Meaning,
    add_titles,
    change_set,
    delete_set,
    make_set,
    meaning_of,
    remove_titles,
)
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
    "Meaning",
    "add_titles",
    "apply_import",
    "change_set",
    "delete_set",
    "dependents",
    "discard_import",
    "import_kbart_file",
    "import_tdb_files",
    "import_tdb_folder",
    "make_set",
    "meaning_of",
    "narrow",
    "note_failure",
    "reads_queries",
    "remove_titles",
    "run_import",
    "start_again",
    "start_folder",
    "start_upload",
    "titles_in",
    "undo_import",
    "units_in",
]
