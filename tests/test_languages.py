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


def literals() -> set[str]:
    """What calls of gettext name in the source, also within f-strings, where xgettext finds nothing."""
    found = set()
    for path in (path for room in ("apps", "lockss_portal") for path in (messages.ROOT / room).rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {"gettext", "ngettext"}:
                first = call.args[0] if call.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def test_what_stands_within_f_strings_is_in_the_catalogue_too(file):
    known = {one.id if isinstance(one.id, str) else one.id[0] for one in messages.read(file)}
    assert sorted(literals() - known) == []


def test_no_message_stands_inside_of_an_f_string():
    """The tool that takes messages out of the source sees one string there, so they would stay English."""
    inside = [
        f"{path}:{call.lineno}"
        for folder in ("apps", "lockss_portal")
        for path in sorted((messages.ROOT / folder).rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and "gettext" in call.func.id
        if any(isinstance(one, ast.Constant) for one in call.args)
    ]
    assert inside == []


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
