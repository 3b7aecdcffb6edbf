"""The texts of other languages: ``python -m lockss_portal.messages make [LANGUAGE]|--check``.

``make`` takes the messages out of the source (Django's makemessages, which wants GNU gettext), keeps what is
translated, drops what no longer occurs, and writes each locale/*/LC_MESSAGES/django.po and the .mo that pages read;
that of a LANGUAGE that is new is begun.
``--check`` says, a line each, what is missing or wrong; where gettext is missing it judges the catalogues alone.
"""

import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import makemessages
from django.test.utils import override_settings

from lockss_portal.conf.load import ROOT

LOCALE = ROOT / "locale"
# Where messages are: what is put aside for makemessages, which writes beside what it reads.
SOURCES = ("apps", "lockss_portal", "templates")
WIDTH = 110
# What a text and its translation must have in common: names and signs to be replaced, and tags.
_MARKS = re.compile(r"%\(\w+\)[a-z]|%%|%[a-z]|\{[\w.]*\}|</?[a-zA-Z][^>]*>")
COMMENT = "# {name} of the portal. Words that recur, and how this file is made: docs/translating.md."


class PlainCatalog(Catalog):
    """A header of what programs need: nothing in it changes from one day or translator to another."""

    def __init__(self, locale: str, like: Catalog) -> None:
        name = Catalog(locale).locale.english_name
        super().__init__(locale=locale, header_comment=COMMENT.format(name=name), fuzzy=False)
        self._plurals = like.num_plurals, like.plural_expr

    # Of the translator's file: others count more plurals for some languages than their translators use.
    num_plurals = property(lambda self: self._plurals[0])
    plural_expr = property(lambda self: self._plurals[1])

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", "LOCKSS Portal"),
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def catalogues() -> dict[str, Path]:
    """Name of the locale → its .po."""
    return {file.parts[-3]: file for file in sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))}


def can_extract() -> bool:
    """Whether GNU gettext is here, which makemessages calls."""
    return all(shutil.which(name) for name in ("xgettext", "msguniq"))


class _Command(makemessages.Command):
    # As ``apps.common.stored`` marks pairs that rows keep.
    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=ngettext_noop:1,2"]


def extracted() -> Catalog:
    """Every message of the source, in the order of the files."""
    # Of the command line: nothing of the node's settings is needed, and none is read.
    if not settings.configured:
        settings.configure()
    with TemporaryDirectory() as folder:
        for name in SOURCES:
            shutil.copytree(ROOT / name, Path(folder) / name, ignore=shutil.ignore_patterns("__pycache__"))
        (Path(folder) / "locale").mkdir()
        with chdir(folder), override_settings(LOCALE_PATHS=[Path(folder) / "locale"]):
            # No language: only the template is made.
            call_command(
                _Command(),
                exclude=["none"],
                keep_pot=True,
                add_location="file",
                verbosity=0,
                stdout=StringIO(),
            )
        template = (Path(folder) / "locale" / "django.pot").read_bytes()
    # What stands for the number of plurals is no number.
    return read_po(
        BytesIO(template.replace(b"nplurals=INTEGER; plural=EXPRESSION", b"nplurals=2; plural=(n != 1)"))
    )


def merged(locale: str, source: Catalog, known: Catalog) -> Catalog:
    """The messages of the source with the translations that are known; nothing is guessed from what is alike."""
    made = PlainCatalog(locale, known)
    for one in source:
        if not one.id:
            continue
        old = known.get(_first(one), one.context)
        same = old is not None and type(old.id) is type(one.id)
        flags = one.flags - {"fuzzy"} | ({"fuzzy"} if same and old.fuzzy else set())
        string = old.string if same else ""
        places = [(name, None) for name, _ in one.locations]
        made.add(one.id, string, locations=places, flags=flags, context=one.context)
    return made


def compiled(catalogue: Catalog, locale: str) -> bytes:
    """The .mo of a .po."""
    made = PlainCatalog(locale, catalogue)
    for one in catalogue:
        if one.id:
            made.add(one.id, one.string, flags=one.flags, context=one.context)
    into = BytesIO()
    write_mo(into, made)
    return into.getvalue()


def read(file: Path) -> Catalog:
    """A .po of locale/."""
    with file.open("rb") as opened:
        return read_po(opened, locale=file.parts[-3])


def make(*new: str) -> None:
    """Every catalogue anew, and those of new languages; one is whole or as it was."""
    source = extracted()
    files = {locale: LOCALE / locale / "LC_MESSAGES" / "django.po" for locale in new} | catalogues()
    for locale, file in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = merged(locale, source, read(file) if file.exists() else Catalog(locale))
        text = BytesIO()
        write_po(text, made, width=WIDTH)
        _replace(file, text.getvalue())
        _replace(file.with_suffix(".mo"), compiled(made, locale))


def _replace(file: Path, content: bytes) -> None:
    partial = file.with_name(file.name + ".partial")
    partial.write_bytes(content)
    partial.replace(file)


def faults(file: Path, source: Catalog | None) -> Iterator[str]:
    """What is wrong with a catalogue, for people."""
    locale, known = file.parts[-3], read(file)
    for one in known:
        if one.id:
            yield from (f"{locale}: {fault}: {_first(one)!r}" for fault in faults_of(one))
    if source is not None:
        wanted, here = ({(one.context, _first(one)) for one in each if one.id} for each in (source, known))
        yield from (f"{locale}: not in the .po: {text!r}" for _, text in sorted(wanted - here, key=str))
        yield from (
            f"{locale}: no longer in the source: {text!r}" for _, text in sorted(here - wanted, key=str)
        )
    mo = file.with_suffix(".mo")
    if not mo.exists() or _texts(mo.read_bytes()) != _texts(compiled(known, locale)):
        yield f"{locale}: django.mo is not that of django.po"


def faults_of(one: Message) -> Iterator[str]:
    """Of one message: not translated, not sure, or other marks than the English has."""
    if one.fuzzy:
        yield "fuzzy"
    if isinstance(one.id, str):
        pairs = [(one.string, [one.id])]
    else:
        first, *more = one.string
        # The form for one may name the number or leave it out; that of a language with one form names it.
        pairs = [(first, one.id if more else one.id[1:]), *((text, one.id[1:]) for text in more)]
    for text, english in pairs:
        if not text:
            yield "missing"
        elif not any(marks(text) == marks(form) for form in english):
            yield "other placeholders or tags"


def marks(text: str) -> Counter[str]:
    """Placeholders and tags of a text."""
    return Counter(_MARKS.findall(text))


def _first(one: Message) -> str:
    return one.id if isinstance(one.id, str) else one.id[0]


def _texts(mo: bytes) -> dict[tuple[str | None, str], object]:
    return {(one.context, _first(one)): one.string for one in read_mo(BytesIO(mo)) if one.id}


def main(arguments: list[str]) -> int:
    """Exit code 1: something is wrong; 2: not understood, or gettext is wanted and not here."""
    if arguments[:1] == ["make"] and all(map(Locale.parse, arguments[1:])):
        if not can_extract():
            print("xgettext and msguniq are not here: install GNU gettext (Debian: gettext)", file=sys.stderr)
            return 2
        make(*arguments[1:])
    elif arguments != ["--check"]:
        print(__doc__, file=sys.stderr)
        return 2
    source = extracted() if can_extract() else None
    if source is None:
        print("xgettext is not here: the catalogues are not compared with the source", file=sys.stderr)
    wrong = [line for file in catalogues().values() for line in faults(file, source)]
    print("\n".join(wrong) or "every language is whole")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
