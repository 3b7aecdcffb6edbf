"""One pass from rows of the database to a file: units in scope, rows of each title, order, layout, format."""
