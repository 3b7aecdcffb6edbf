"""Spanish of short words that English writes alike: a button is a verb, a state is none, a source is no day."""

import pytest
from django.utils import translation
from django.utils.translation import pgettext

from lockss_portal import messages

WORDS = [
    ("button", "Open", "Abrir"),
    ("crawls", "Open", "En curso"),
    ("polls", "Open", "En curso"),
    ("alerts", "Open", "Abiertas"),
    ("access of a title", "Open", "Abierto"),
    ("button", "Search", "Buscar"),
    ("source", "From", "Procedencia"),
    ("moment", "First", "Primera vez"),
    ("page of a list", "First", "Primera"),
    ("page of a list", "Next", "Siguiente"),
]


@pytest.mark.parametrize(("context", "english", "spanish"), WORDS)
def test_a_word_of_several_uses_has_the_spanish_of_each(context, english, spanish):
    with translation.override("es"):
        assert pgettext(context, english) == spanish


def test_a_publisher_is_an_editor_as_the_table_of_words_says():
    texts = [
        text
        for one in messages.read(messages.catalogues()["es"])
        for text in ([one.string] if isinstance(one.string, str) else one.string)
    ]
    assert [text for text in texts if "editorial" in text.lower()] == []
