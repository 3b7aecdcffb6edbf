"""What the node did and why, a line for each end of something: written by ``services.chronicling`` from the rows of all
rooms, so that the page of the log asks one table. It can be made anew from them."""

from django.db import models


class LogLine(models.Model):
    """``code`` says what happened (``log_words``), ``params`` with which numbers, ``why`` is the reason as it was said."""

    at = models.DateTimeField()
    source = models.CharField(max_length=12, help_text="which kind of row it was read from")
    row = models.BigIntegerField(help_text="and its number")
    code = models.CharField(max_length=24)
    subject = models.CharField(max_length=200)
    about = models.TextField(help_text="the subject's name as it was then")
    params = models.JSONField(default=dict)
    why = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "row"], name="logged_once")]
        indexes = [
            models.Index(fields=["-at", "-id"], name="log_newest"),
            models.Index(fields=["subject", "-at", "-id"], name="log_by_subject"),
            models.Index(fields=["code", "-at", "-id"], name="log_by_code"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.row}"
