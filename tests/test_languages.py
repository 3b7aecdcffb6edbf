"""The catalogues of other languages: whole, right in their placeholders, and of the text that the source has."""

import ast

import pytest
from babel.messages.catalog import Catalog, Message

from lockss_portal import messages

FILES = messages.catalogues()


@pytest.fixture(params=FILES, ids=str)
def file(request):
    return FILES[request.param]


def test_there_is_spanish():
    assert "es" in FILES


def test_everything_is_translated_with_the_same_placeholders_and_tags(file):
    assert list(messages.faults(file, None)) == []


def test_the_compiled_file_is_that_of_the_catalogue(file):
    known = messages.read(file)
    assert file.with_suffix(".mo").read_bytes() == messages.compiled(known, file.parts[-3])


def test_the_header_says_nothing_that_changes(file):
    head = file.read_text(encoding="utf-8").partition("\n\n")[0]
    assert "Plural-Forms: " in head
    assert not [word for word in ("Date", "EMAIL", "Generated", "Translator", "fuzzy") if word in head]


def test_every_message_of_the_source_is_there(file):
    if not messages.can_extract():
        pytest.skip("no xgettext here: install GNU gettext (Debian: gettext)")
    wrong = list(messages.faults(file, messages.extracted()))
    assert not wrong, "python -m lockss_portal.messages make\n" + "\n".join(wrong)


def named(call: ast.expr) -> str:
    """What is called: ``gettext`` of ``gettext(…)`` and of ``translation.gettext(…)``."""
    return str(getattr(call, "id", None) or getattr(call, "attr", ""))


def in_f_strings(source: str) -> list[int]:
    """Lines with a message inside of an f-string, by whichever function or alias."""
    return [
        call.lineno
        for text in ast.walk(ast.parse(source))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and ("gettext" in named(call.func) or named(call.func) == "_")
        if any(isinstance(one, ast.Constant) for one in call.args)
    ]


def test_no_message_stands_inside_of_an_f_string():
    """The tool that takes messages out of the source sees one string there, so they would stay English."""
    inside = [
        f"{path}:{line}"
        for folder in ("apps", "lockss_portal")
        for path in sorted((messages.ROOT / folder).rglob("*.py"))
        for line in in_f_strings(path.read_text(encoding="utf-8"))
    ]
    assert inside == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("f\"{gettext('Save')}\"", [1]),
        ("\nf\"{ngettext('a', 'b', n)}\"", [2]),
        ("f\"{pgettext('x', 'Save'):>5}\"", [1]),
        ("f\"{translation.gettext('Save')}\"", [1]),
        ("f\"{_('Save')}\"", [1]),
        ("f\"{say(gettext('Save'))}\"", [1]),
        ('f"{gettext(label)}"', []),
        ("gettext('Save')", []),
    ],
)
def test_such_a_message_is_found(source, lines):
    assert in_f_strings(source) == lines


@pytest.mark.parametrize(
    ("english", "text", "said"),
    [
        ("Save", "", ["missing"]),
        ("of %s", "de", ["other placeholders or tags"]),
        ("of %(n)s", "de %(m)s", ["other placeholders or tags"]),
        ("of {n}", "de {n} y {n}", ["other placeholders or tags"]),
        ("<a href='/'>You</a>", "<a>Usted</a>", ["other placeholders or tags"]),
        ("<strong>You</strong>", "<strong>Usted", ["other placeholders or tags"]),
        (("one", "%(n)s"), ("uno", "%(n)s"), []),
        (("one", "%(n)s"), ("%(n)s", "%(n)s"), []),
        (("one", "%(n)s"), ("uno", "varios"), ["other placeholders or tags"]),
        (("one", "%(n)s"), ("%(n)s",), []),
        (("one", "%(n)s"), ("uno",), ["other placeholders or tags"]),
        (("%s unit", "%s units"), ("una", "%s"), ["other placeholders or tags"]),
        (("one", "%(n)s"), ("uno", ""), ["missing"]),
    ],
)
def test_what_the_check_tells(english, text, said):
    assert list(messages.faults_of(Message(english, text))) == said


def test_what_is_not_sure_is_told_and_kept():
    known, source = Catalog("es"), Catalog()
    known.add("Save", "Guardar", flags=["fuzzy"])
    for text in ("Save", "New"):
        source.add(text)
    made = messages.merged("es", source, known)
    assert [list(messages.faults_of(one)) for one in made if one.id] == [["fuzzy"], ["missing"]]


def test_one_text_in_two_contexts_is_two_messages():
    known, source = Catalog("es"), Catalog()
    known.add("Open", "Abierta", context="state")
    for context in (None, "state"):
        source.add("Open", context=context)
    made = messages.merged("es", source, known)
    assert {one.context: one.string for one in made if one.id} == {None: "", "state": "Abierta"}
