"""Lines of reports as rows, kept true title by title, so that a file is one COPY (docs/kbart.md, "Kept lines")."""

from django.db import models


class ReportLine(models.Model):
    """One line of the KBART file of a scope. Numbers of titles are plain: a line may outlive its title for a moment."""

    scope = models.CharField(max_length=9)
    title = models.BigIntegerField()
    place = models.PositiveIntegerField(help_text="among the lines of its title")
    publisher = models.BigIntegerField()
    head = models.BinaryField(help_text="how its key begins: what an index can hold")
    key = models.BinaryField(help_text="bytes in whose order lines stand in the file")
    with_id = models.BooleanField(help_text="an ISSN or ISBN stands in it")
    text = models.TextField(help_text="the 25 columns with tabs between them, no line feed")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "title", "place"], name="kbart_line_place"),
        ]
        indexes = [
            models.Index(fields=["scope", "head"], name="kbart_lines_in_order"),
            models.Index(fields=["scope", "publisher", "head"], name="kbart_lines_of_publisher"),
        ]

    def __str__(self) -> str:
        return self.text


class ReportDoubt(models.Model):
    """What is wrong with a title's lines, or why it has none: [code, grave, entry, field, found, expected]."""

    scope = models.CharField(max_length=9)
    title = models.BigIntegerField()
    place = models.PositiveIntegerField()
    publisher = models.BigIntegerField()
    told = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "title", "place"], name="kbart_doubt_place"),
        ]

    def __str__(self) -> str:
        return str(self.told)


class ChangedTitle(models.Model):
    """A title whose lines may not be true any more. Triggers write it with the change itself; only added to, so
    that nobody waits for it."""

    title = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.title)


class LinesState(models.Model):
    """How far the lines of a scope are."""

    scope = models.CharField(max_length=9, primary_key=True)
    basis = models.TextField(help_text="what all lines rest on beside the rows: settings, year, rules")
    at = models.DateTimeField(help_text="proofs were judged as of then")
    made_to = models.BigIntegerField(null=True, help_text="titles up to this number are made; empty: all")

    def __str__(self) -> str:
        return self.scope
