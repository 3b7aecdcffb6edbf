"""How full the disks were: a row a day, so that somebody can say when they will be full."""

from django.db import models


class DiskDay(models.Model):
    """One disk at the end of one day of the node's time zone (or as last seen on it), in bytes."""

    name = models.CharField(max_length=20, help_text="as machine.volumes names it: content, spool")
    day = models.DateField()
    total = models.BigIntegerField()
    free = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "day"], name="disk_day_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.day}"
