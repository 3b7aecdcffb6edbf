"""Sentences that rows keep: each one that a room remembers is said in the reader's language, with its values."""

import importlib
import json
import pkgutil
import subprocess
import sys

import pytest
from django.utils.translation import gettext, ngettext, override

import apps
from apps.common.display import count_text
from apps.common.stored import LONGEST, PLACE, remembered, retold
from lockss_portal.conf.load import ROOT

# What a process reads that shows pages.
WEB = """
import json, django
django.setup()
import lockss_portal.urls
from apps.common.stored import remembered
print(json.dumps(sorted(remembered())))
"""


def read_all() -> None:
    """Every module of the product, so that each has remembered what is its own."""
    for found in pkgutil.walk_packages(apps.__path__, "apps."):
        if ".migrations" not in found.name:
            importlib.import_module(found.name)


def filled(form: str, number: str) -> str | dict[str, str]:
    """What stands in a form of a pair: a count, and other values where they have names."""
    names = [place[1] for place in PLACE.finditer(form) if place[1]]
    return {name: number if name == "n" else f"Vx{name}-Ärger" for name in names} or number


def samples(one: str, many: str) -> list[tuple[str, str]]:
    """Sentences of a template as rows keep them, and as they are to be read."""
    if many:
        return [
            (form % values, ngettext(one, many, int(number)) % values)
            for form, number in ((one, "1"), (many, "7"))
            for values in [filled(form, number)]
        ]
    names = [place[1] for place in PLACE.finditer(one)]
    values = ["1,204" if name == "n" else f"Vx{n}-Ärger" for n, name in enumerate(names)]
    if not any(names):
        return [(one % tuple(values), gettext(one) % tuple(values))]
    given = dict(zip(names, values, strict=True))
    return [(one % given, gettext(one) % (given | {"n": count_text(1_204)}))]


def test_every_remembered_sentence_is_said_in_spanish_with_its_values():
    read_all()
    with override("es"):
        said = [pair for template in remembered() for pair in samples(*template)]
        wrong = [
            (kept, retold(kept), wanted) for kept, wanted in said if retold(kept) != wanted or wanted == kept
        ]
    assert len(said) > 200
    assert not wrong
    assert max(len(kept) for kept, _wanted in said) < LONGEST


def test_who_shows_pages_remembers_what_workers_write():
    read_all()
    told = subprocess.run([sys.executable, "-c", WEB], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {tuple(pair) for pair in json.loads(told.stdout)} == remembered()


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        # What is quoted is somebody else's, whatever it looks like.
        ("found “1,204”, expected a value", "se encontró «1,204», se esperaba un valor"),
        ("found “a value”, expected a value", "se encontró «a value», se esperaba un valor"),
        (
            "1 stored version is damaged: other bytes than were stored",
            "1 versión guardada está dañada: bytes distintos de los que se guardaron",
        ),
        ("3 conversions, 1 argument", "3 conversiones, 1 argumento"),
        ("1 line is taken back", "se deshace 1 línea"),
        (
            "expected 1 value as in implicit, found 3",
            "se esperaba 1 valor como en implicit, se encontraron 3",
        ),
        # What is written like a day, and is none, stays as it was written.
        ("found 31 Feb 2026, expected a key", "se encontró 31 Feb 2026, se esperaba una clave"),
        ("found 99 Jan 2026, expected a key", "se encontró 99 Jan 2026, se esperaba una clave"),
        ("found 1 Jan 0000, expected a key", "se encontró 1 Jan 0000, se esperaba una clave"),
        # A number without its commas may be a year.
        ("found 1964, expected a key", "se encontró 1964, se esperaba una clave"),
        (
            "its AUID has 12,345 characters; 4,096 can be kept",
            "su AUID tiene 12\xa0345 caracteres; se pueden guardar 4\xa0096",
        ),
        ("It was stopped by hand. Nothing was changed.", "Se detuvo a mano. No se cambió nada."),
        (
            "It was not undone: Import 7 read this list later; “A and B” is selected or preserved here.",
            "No se deshizo: La importación 7 leyó esta lista después; «A and B» está seleccionada o preservada aquí.",
        ),
    ],
)
def test_values_and_sentences_in_a_row(kept, said):
    with override("es"):
        assert retold(kept) == said
    assert retold(kept) == kept
