"""What a library's list and its lines are told with (``lockss.holdings``), so that everybody reads it in their language."""

from django.utils.translation import gettext_noop as _

from apps.common.stored import remember

remember(
    _("“%(text)s” is no %(name)s: its check digit does not fit the others."),
    _("“%s” was a number to a spreadsheet and lost its last digits."),
    _("%(text)s was read as ISSN %(value)s."),
    _("“%s” is neither an ISSN nor an ISBN."),
    _("The line is longer than any line of a list."),
    _("A quotation mark opens a cell and none ends it."),
    _("The line has more columns than any list has."),
    _("The line names neither a title nor an ISSN or ISBN."),
    _("The line has no title, and nothing else in it is a valid ISSN or ISBN."),
    _("A letter was lost where the file was written."),
    _("A cell has more than %s characters and was cut."),
    _("The years could not be read whole from “%s”."),
    _("The last year lies before the first: %s."),
    _("“%s” was not understood as an embargo."),
    _("The embargo “%(embargo)s” leaves no year of %(years)s."),
    _("Somebody decided that no title of the catalogue is meant, or to leave the line out."),
    _("The title is alike, but the catalogue knows it from %s."),
    _("The title is alike, but the catalogue knows it as %s."),
    _("Found by its title alone: the line names no publisher."),
    _("ISSN %(issn)s belongs to “%(title)s”, which is quite another title than the line names."),
    _("No title list names %s."),
    _(
        "The catalogue knows “%(title)s” of %(publisher)s, but no archival unit of it is on offer: the lists name only its coverage."
    ),
    _("%s, separated by tabs"),
    _("%s, separated by semicolons"),
    _("%s, separated by commas"),
    _("%s, separated by bars"),
    _("No column is called title, ISSN or ISBN. Say below what the columns mean."),
    _(
        "No line stands below the line that names the columns. Say below which line that is, or upload the whole list."
    ),
    _(
        "The reading was broken off and is not tried again by itself. Say what the columns mean to read it once more."
    ),
    _("This is no text: it holds zero bytes. Expected KBART, CSV, TSV or XLSX."),
    _("This list has more than %s lines, the most that are read."),
    _("The file is empty."),
    _("This is a spreadsheet in the old format (.xls). Save it as .xlsx or CSV and try again."),
    _("This is a PDF. Expected KBART, CSV, TSV or XLSX."),
    _("No sheet of the file holds anything."),
    _("The spreadsheet cannot be read: it is damaged, encrypted or no XLSX file."),
    _("More than %s rows of the sheet are empty. Delete what stands far below the list, and try again."),
    _("The spreadsheet has more parts than any real one."),
    _("The spreadsheet unpacks to %(size)s MB, %(times)s times its size; that is not read."),
    _("The texts of the spreadsheet are longer than what is read."),
    _("The spreadsheet declares XML entities; no honest one does."),
)
