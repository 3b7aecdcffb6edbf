"""Forms that rooms share, and fields that a browser draws by itself."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from apps.common.text import plain_lines, shortened

MOST_FILES = 20
LONGEST_FILE = 50_000_000


class VersionForm(forms.Form):
    """``version`` is that of the row that the page showed: an old form over a newer row is refused."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


def day_field(**more) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


class LineField(forms.CharField):
    """One line. No browser sends a break in it; what a program sends is folded to blanks, for names stand in mails,
    lists and files that have a line for each."""

    def to_python(self, value):
        found = super().to_python(value)
        return " ".join(filter(None, (part.strip() for part in found.splitlines()))) if found else found


class LongText(forms.Textarea):
    """Text of several lines, as somebody typed it: with the ends of lines that rows keep, so that text which nobody
    changed comes back as the same text."""

    def value_from_datadict(self, data, files, name):
        given = super().value_from_datadict(data, files, name)
        return plain_lines(given) if isinstance(given, str) else given


class NamedField(forms.ModelChoiceField):
    """A row by its name, which is cut: each page with the form carries the names of all rows."""

    def label_from_instance(self, obj) -> str:
        return shortened(str(obj))


class NamedFields(forms.ModelMultipleChoiceField):
    """Several of them."""

    label_from_instance = NamedField.label_from_instance


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files at once, each of ``longest`` bytes at most; an empty list where none came."""

    widget = ManyFilesInput

    def __init__(self, *, longest: int = LONGEST_FILE, **more) -> None:
        super().__init__(**more)
        self.longest = longest

    def clean(self, data, initial=None) -> list:
        given = [one for one in (data if isinstance(data, list | tuple) else [data]) if one]
        if not given and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(given) > MOST_FILES:
            raise ValidationError(gettext("At most %d documents at once.") % MOST_FILES)
        for one in given:
            if one.size > self.longest:
                raise ValidationError(
                    gettext("“%(name)s” is too long: a document may have %(most)d MB at most.")
                    % {"name": one.name, "most": self.longest // 1_000_000}
                )
        return [super(ManyFilesField, self).clean(one, initial) for one in given]
