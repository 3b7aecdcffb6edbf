"""Sentences that rows keep: each one that a room remembers is said in the reader's language, with its values."""

import importlib
import pkgutil
import subprocess
import sys

import apps
from django.utils.translation import gettext, ngettext, override

from apps.common.stored import LONGEST, PLACE, remembered, retold
from lockss_portal.conf.load import ROOT

WEB = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "lockss_portal.settings"
import django
django.setup()
import lockss_portal.urls
from apps.common.stored import remembered
print(sorted(remembered()))
"""


def read_all() -> None:
    """Every module of the product, so that each has remembered what is its own."""
    for found in pkgutil.walk_packages(apps.__path__, "apps."):
        if ".migrations" not in found.name:
            importlib.import_module(found.name)


def samples(one: str, many: str) -> list[tuple[str, str]]:
    """Sentences of a template as rows keep them, and as they are to be read."""
    if many:
        return [(form % number, ngettext(one, many, int(number)) % number) for form, number in ((one, "1"), (many, "7"))]
    names = [place[1] for place in PLACE.finditer(one)]
    values = [f"Vx{n}-Ärger" for n in range(len(names))]
    given = dict(zip(names, values, strict=True)) if any(names) else tuple(values)
    return [(one % given, gettext(one) % given)]


def test_every_remembered_sentence_is_said_in_spanish_with_its_values():
    read_all()
    with override("es"):
        said = [pair for template in remembered() for pair in samples(*template)]
        wrong = [
            (kept, retold(kept), wanted) for kept, wanted in said if retold(kept) != wanted or wanted == kept
        ]
    assert len(said) > 50
    assert not wrong
    assert max(len(kept) for kept, _wanted in said) < LONGEST
