"""What rows of this room keep in words: why a list of holdings was not read, and where the store has no room."""

from django.utils.translation import gettext_noop as _

from apps.common.stored import remember

remember(
    _("The stored file cannot be read: %s."),
    _("No column is called title, ISSN or ISBN. Say below what the columns mean."),
    _(
        "No line stands below the line that names the columns. Say below which line that is, or upload the whole list."
    ),
    _(
        "The reading was broken off and is not tried again by itself. Say what the columns mean to read it once more."
    ),
    _("The file is empty."),
    _("This is a spreadsheet in the old format (.xls). Save it as .xlsx or CSV and try again."),
    _("This is a PDF. Expected KBART, CSV, TSV or XLSX."),
    _("This is no text: it holds zero bytes. Expected KBART, CSV, TSV or XLSX."),
    _("This list has more than %s lines, the most that are read."),
    _("More than %s rows of the sheet are empty. Delete what stands far below the list, and try again."),
    _("No sheet of the file holds anything."),
    _("The spreadsheet declares XML entities; no honest one does."),
    _("The spreadsheet has more parts than any real one."),
    _("The spreadsheet unpacks to %(size)s MB, %(times)s times its size; that is not read."),
    _("The texts of the spreadsheet are longer than what is read."),
    _("The spreadsheet cannot be read: it is damaged, encrypted or no XLSX file."),
)
# Of single lines of such a list.
remember(
    _("No title list names %s."),
    _("%(kind)s %(number)s has a wrong check digit."),
    _("%(written)s was read as ISSN %(issn)s."),
    _("“%s” is neither an ISSN nor an ISBN."),
    _("“%s” was a number to a spreadsheet and lost its last digits."),
    _("A cell has more than %s characters and was cut."),
    _("A letter was lost where the file was written."),
    _("A quotation mark opens a cell and none ends it."),
    _("No year was found in “%s”."),
    _("The last year lies before the first; the years are not used."),
    _("The line has more columns than any list has."),
    _("The line is longer than any line of a list."),
    _("The line names neither a title nor an ISSN or ISBN."),
    _("Found by its title alone: the line names no publisher."),
    _("Somebody decided that no title of the catalogue is meant."),
    _("The identifier belongs to “%s”."),
    _("The title is alike, but the catalogue knows it as %s."),
    _("The title is alike, but the catalogue knows it from %s."),
)
# Of the store's room, in findings (``services.rooming``).
remember(
    _("It would add at least %(adds)s. %(left)s"),
    _("The store holds %(used)s already; its quota is %(limit)s."),
    _("Of the store's quota of %(limit)s, %(left)s are left."),
    _("On the store's disk %s are free."),
    _("What is selected already and not here yet takes at least %s."),
    _("The store holds %(used)s; its quota is %(limit)s. Nothing was deleted or stopped."),
    _("What is selected and not collected yet will come to more than the store has room for. %s"),
    _("Nothing was selected."),
)
