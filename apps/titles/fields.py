"""Form fields that name a row of the catalogue as people do, however many rows there are."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from apps.titles.models import Publisher, Title
from apps.titles.near import near_publishers, or_near
from apps.titles.staging import issn_of, name_key


def titles_named(text: str) -> QuerySet[Title]:
    """By ISSN, eISSN or ISSN-L where it is one, else by the whole name."""
    issn = issn_of(text)
    meant = Q(issn=issn) | Q(eissn=issn) | Q(issn_l=issn) if issn else Q(name_key=name_key(text))
    return Title.objects.filter(meant)


class PublisherField(forms.CharField):
    """A publisher by its name, without regard to case and accents; who is not found is answered with who is called nearly so."""

    def __init__(self, **given: Any) -> None:
        super().__init__(max_length=500, **given)

    def prepare_value(self, value: Any) -> Any:
        return value.name if isinstance(value, Publisher) else value

    def clean(self, value: Any) -> Publisher | None:
        text = super().clean(value)
        if not text:
            return None
        found = Publisher.objects.filter(name_key=name_key(text)).first()
        if found is not None:
            return found
        said = gettext("No title list names the publisher “%s”.") % text[:80]
        raise ValidationError(or_near(said, near_publishers(text)))
