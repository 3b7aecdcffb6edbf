"""What downloads have of a title's numbers, for whoever compares lists by them; on pages they stand with its name."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.common.lists import Column
from apps.titles.models import Title


def numbered(title_of: Callable[[Any], Title]) -> tuple[Column, ...]:
    """Columns for ``Table.besides``; ``title_of(row)``: the title that a row is about."""
    return (
        Column("issn", _("ISSN"), lambda row: title_of(row).issn),
        Column("eissn", _("eISSN"), lambda row: title_of(row).eissn),
        Column("issn_l", _("ISSN-L"), lambda row: title_of(row).issn_l),
    )
