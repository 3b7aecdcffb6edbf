"""A library's file as it is: encodings of more than one byte, and its first lines on the page where columns are set."""

import pytest
from django.utils.translation import override

from apps.accounts.choices import Role
from apps.aus.services import holdings
from apps.common.stored import retold
from tests.asking import as_person
from tests.aus import test_holdings
from tests.aus.test_holdings import read

pytestmark = pytest.mark.django_db
own_media, titles = test_holdings.own_media, test_holdings.titles


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be", "utf-16"])
def test_a_list_in_wide_letters_is_read_from_end_to_end(titles, encoding):
    """Longer than one piece of the file, with a mark and without."""
    row = read(("Title;ISSN\n" + "Água e Vida;0028-0836\n" * 1_000).encode(encoding))
    assert (row.lines, row.matched) == (1_000, 1_000), row.error
    assert row.kind == f"{encoding.upper()}, separated by semicolons"


def test_the_first_lines_are_shown_as_they_stand(client, titles):
    person = as_person(client, Role.LIBRARIAN)
    row = read("Kennung;Was\n<i>Agua</i>;0028-0836;more\nB;\n", user=person)
    page = client.get(f"/holdings/{row.pk}/columns/").content.decode()
    assert "<td>&lt;i&gt;Agua&lt;/i&gt;</td><td>0028-0836</td><td>more</td>" in page
    assert '<th scope="col">2: Was</th><th scope="col">3</th>' in page


def test_what_is_wrong_with_a_file_is_told_in_the_readers_language(client, titles):
    person = as_person(client, Role.LIBRARIAN)
    person.language = "es"
    person.save()
    row = read("Title;ISSN\n", user=person)
    page = client.get(f"/holdings/{row.pk}/").content.decode()
    assert "Debajo de la línea que nombra las columnas no hay ninguna línea." in page
    assert "UTF-8, separado por puntos y comas" in page
    answer = client.post("/holdings/upload/", {"file": test_holdings.file(b"%PDF-1.7")})
    assert "list.csv: Esto es un PDF." in answer.content.decode()
    with override("es"):
        for said in (holdings.NO_COLUMN, holdings.NO_LINE, holdings.NOT_FINISHED):
            assert retold(said) != said
