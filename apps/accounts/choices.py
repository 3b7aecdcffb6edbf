from django.db import models


class Role(models.TextChoices):
    """Who somebody is to this node. A system administrator may do everything."""

    SYSTEM = "system", "system administrator"
    NETWORK = "network", "network administrator"
    LIBRARIAN = "librarian", "collection librarian"
    REPORTS = "reports", "reports staff"
    READER = "reader", "reader"
