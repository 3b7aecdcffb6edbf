"""What an import says is kept in English and read in the reader's language."""

import ast
import html
import re
from pathlib import Path

import pytest
from django.utils.translation import override

from apps.common.stored import retold
from apps.titles.models import ImportFinding, ListAddress, ListImport
from lockss_portal.conf.load import ROOT
from tests.titles.test_decisions import previewed
from tests.titles.test_pages import TDB, as_admin, media, text, upload, work  # noqa: F401 - fixtures

# What says something of a list, and nothing else in words.
SAY = (
    "lockss/tdb/lexer.py",
    "lockss/tdb/parser.py",
    "lockss/tdb/propertylist.py",
    "lockss/tdb/xmldb.py",
    "lockss/tdb/xmlrecords.py",
    "lockss/tdb/xmlwalk.py",
    "lockss/kbart/check.py",
    "lockss/kbart/check_row.py",
    "lockss/kbart/rows.py",
    "lockss/kbart/table.py",
    "titles/fetching.py",
    "titles/kbart_files.py",
    "titles/reading.py",
    "titles/services/leftovers.py",
    "titles/sniffing.py",
    "titles/sources.py",
    "titles/staging.py",
    "titles/tasks.py",
    "titles/tdb_files.py",
)
# Parts of sentences that are told whole elsewhere, names, and what a request alone is answered.
PARTS = {
    "7 Import 7 read the list instead. Nothing was changed.",
    "7 Import 7 read the list later. Nothing was changed.",
    "7 Nothing was changed.",
    " (at 7)",
    "7 bytes",
    "7, expected 7",
    "7found “7”, expected 7",
    "<7> is left out: expected 7",
    "after <then> in <if>",
    "byte 0x7",
    "found 7",
    "identifier is the ISSN-L",
    "in <if>",
    "it is empty; expected 7",
    "it is no list that is read here; expected 7",
    "it is a web page, perhaps of a sign-in; expected 7",
    "the file ends",
    "the last edition is still being read",
    "unknown publisher",
    "An address with a user name or password is not kept: everybody here could read it.",
    "Expected an address that begins with https:// or http:// and names a host.",
    "a title database (text, XML or properties), a KBART file, or a ZIP archive of such files",
}
CODE = re.compile(r"\\|\(\?|\[|\n|  |, \Z")


def sentences(file: Path) -> set[str]:
    """Texts of more than a word in a module, 7 for each value; without what documents it, expressions and bare words."""
    tree = ast.parse(file.read_text())
    nodes = list(ast.walk(tree))
    within = {
        id(part)
        for node in nodes
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    within |= {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    found = set()
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "7" for part in node.values)
            found.add("".join(map(str, parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within:
            found.add(node.value)
    return {said for said in found if " " in said.strip() and not CODE.search(said)}


@pytest.mark.parametrize("name", SAY)
def test_all_that_readers_of_lists_say_is_remembered(name):
    with override("es"):
        left = {said for said in sentences(ROOT / "apps" / name) if retold(said) == said}
    assert left <= PARTS


def test_no_exception_is_kept_for_nothing():
    assert set().union(*(sentences(ROOT / "apps" / name) for name in SAY)) >= PARTS


def spanish(client, page: str) -> str:
    return html.unescape(text(client.get(page, HTTP_ACCEPT_LANGUAGE="es")))


@pytest.mark.django_db
def test_findings_of_an_import_are_read_in_spanish_and_kept_in_english(as_admin):  # noqa: F811
    upload(as_admin, data=TDB.replace("; 2001 ;", "; 21 ;").encode(), headers={"accept-language": "es"})
    row = work(ListImport.objects.latest("pk"))
    kept = set(row.findings.values_list("message", flat=True))
    assert "expected 4 values as in implicit, found 3" in kept
    said = spanish(as_admin, f"/lists/imports/{row.pk}/")
    assert "se esperaban 4 valores como en implicit, se encontraron 3" in said
    assert "el estado 'perhaps' no es conocido; se toma por no viable" in said
    assert "año «21»: se esperaban años de cuatro dígitos; se deja como está" in said
    assert "el eissn de «Journal of Estuarine Studies» es «nonsense», se esperaba la forma 1234-567X" in said
    assert not [message for message in kept if message in said]


@pytest.mark.django_db
def test_what_a_publisher_wrote_stays(as_admin):  # noqa: F811
    row = previewed(as_admin)
    ImportFinding.objects.filter(list_import=row).update(message="Nobody knows this sentence.")
    assert "Nobody knows this sentence." in spanish(as_admin, f"/lists/imports/{row.pk}/")


@pytest.mark.django_db
def test_why_an_import_failed_is_read_in_spanish(as_admin):  # noqa: F811
    row = previewed(as_admin)
    why = "tide.tdb cannot be read: No such file or directory. Nothing was changed."
    ListImport.objects.filter(pk=row.pk).update(state="failed", error=why)
    said = spanish(as_admin, f"/lists/imports/{row.pk}/")
    assert "tide.tdb no se puede leer: No such file or directory. No se cambió nada." in said


@pytest.mark.django_db
def test_why_an_address_was_not_reached_is_read_in_spanish(as_admin):  # noqa: F811
    row = previewed(as_admin)
    why = "The list could not be fetched: the host answers with HTTP 404 (at https://tide.example/list)."
    ListAddress.objects.create(
        title_list=row.title_list, url="https://tide.example/list", user=row.user, failures=1, error=why
    )
    said = spanish(as_admin, f"/lists/{row.title_list_id}/")
    assert (
        "No se pudo obtener la lista: el host responde con HTTP 404 (en https://tide.example/list)." in said
    )
