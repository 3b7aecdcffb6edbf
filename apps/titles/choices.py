from django.db import models


class TitleKind(models.TextChoices):
    JOURNAL = "journal", "journal"
    BOOK = "book", "book"
    SERIES = "bookSeries", "book series"
    PROCEEDINGS = "proceedings", "proceedings"
    OTHER = "other", "other"


class ListSource(models.TextChoices):
    UPLOAD = "upload", "upload"
    FOLDER = "folder", "folder on this node"
    COMMAND = "command", "command line"


class ImportState(models.TextChoices):
    WAITING = "waiting", "waiting"
    RUNNING = "running", "reading"
    DONE = "done", "done"
    FAILED = "failed", "failed"
