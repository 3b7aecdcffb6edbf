"""The only writers of publishers, titles, lists and imports."""

from apps.titles.services.addresses import change_address, fetch_now, stop_address, subscribe
from apps.titles.services.importing import note_failure, run_import
from apps.titles.services.leftovers import close_lost, is_overtaken
from apps.titles.services.membership import narrow, of_titles, reads_queries, titles_in, units_in
from apps.titles.services.naming import delete_list, may_delete, rename_list
from apps.titles.services.platforms import lacking, tells_loaded
from apps.titles.services.previewing import KIND, apply_import, discard_import, reads_nothing
from apps.titles.services.repeating import Repeat, gone_text, repeat_import, repeated_by, repeats_how
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
from apps.titles.services.undoing import UNDO, dependents, run_undo, stands, start_undo, undo_note, users
from apps.titles.services.upsert import know_held

__all__ = [
    "KIND",
    "UNDO",
    "Meaning",
    "Repeat",
    "add_titles",
    "apply_import",
    "change_address",
    "change_set",
    "close_lost",
    "delete_list",
    "delete_set",
    "dependents",
    "discard_import",
    "fetch_now",
    "gone_text",
    "import_kbart_file",
    "import_tdb_files",
    "import_tdb_folder",
    "is_overtaken",
    "know_held",
    "lacking",
    "make_set",
    "may_delete",
    "meaning_of",
    "narrow",
    "note_failure",
    "of_titles",
    "reads_nothing",
    "reads_queries",
    "remove_titles",
    "rename_list",
    "repeat_import",
    "repeated_by",
    "repeats_how",
    "run_import",
    "run_undo",
    "stands",
    "start_again",
    "start_folder",
    "start_undo",
    "start_upload",
    "stop_address",
    "subscribe",
    "tells_loaded",
    "titles_in",
    "undo_note",
    "units_in",
    "users",
]
