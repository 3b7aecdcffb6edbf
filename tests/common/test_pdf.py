"""PDF: data stays data, whatever it looks like; nothing is read or fetched; the result is tagged."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.common.pdf import PdfError, make_pdf

AT = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
BODY = """#let d = json(bytes(sys.inputs.data))
#set document(title: d.title)
= #d.title
#for one in d.lines [#one

]
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    file = tmp_path_factory.mktemp("typst") / "one.typ"
    file.write_text(BODY)
    return file


def test_it_is_tagged_and_made_for_screen_readers(template):
    made = make_pdf(template, {"title": "A letter", "lines": ["Grüße, Ж"]}, AT)
    assert made.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in made
    assert b"pdfuaid:part" in made


def test_the_same_again_is_the_same_bytes(template):
    data = {"title": "A letter", "lines": ["One", "Two"]}
    assert make_pdf(template, data, AT) == make_pdf(template, data, AT)
    assert make_pdf(template, data, AT) != make_pdf(template, data | {"lines": ["Three"]}, AT)


@pytest.mark.parametrize(
    "text",
    [
        '#panic("run")',
        '#read("/etc/passwd")',
        '#import "@preview/cetz:0.3.0"',
        '#include "one.typ"',
        '$ 1/0 $ `raw` *b* _i_ @ref <label> // note /* note */ \\ ~ " ] [ } {',
        "]#let d = (title: 1)[",
    ],
)
def test_what_looks_like_code_is_text(template, text):
    assert make_pdf(template, {"title": text, "lines": [text]}, AT).startswith(b"%PDF-")


@settings(max_examples=40)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80))
def test_any_text_makes_a_page(template, text):
    """Also one that no font of this machine can draw: then it is no PDF/UA, but still a page."""
    assert make_pdf(template, {"title": "T", "lines": [text]}, AT).startswith(b"%PDF-")


def test_a_template_reads_nothing_beyond_its_folder(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    folder = tmp_path / "inner"
    folder.mkdir()
    for source in ('#read("../secret.txt")', f'#read("{secret}")'):
        (folder / "one.typ").write_text(source)
        with pytest.raises(PdfError):
            make_pdf(folder / "one.typ", {}, AT)


def test_a_template_fetches_nothing(tmp_path):
    (tmp_path / "one.typ").write_text('#import "@preview/cetz:0.3.0"\nHello')
    with pytest.raises(PdfError, match="imports a package"):
        make_pdf(tmp_path / "one.typ", {}, AT)


def test_a_template_that_does_not_fit_the_data_says_so(template):
    with pytest.raises(PdfError, match=r"one\.typ"):
        make_pdf(template, {"title": "T"}, AT)


def test_a_document_made_apart_is_the_same(tmp_path):
    template = tmp_path / "words.typ"
    template.write_text('#set document(title: "T")\n#json(bytes(sys.inputs.data)).word')
    at = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    data = {"word": "Ünderstood 🌊"}
    assert make_pdf(template, data, at, apart=True) == make_pdf(template, data, at)
    template.write_text('#panic("broken")')
    with pytest.raises(PdfError, match="broken"):
        make_pdf(template, data, at, apart=True)
