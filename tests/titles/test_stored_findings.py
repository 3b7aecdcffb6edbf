"""What an import says is kept in English and read in the reader's language."""

import html

import pytest

from apps.titles.models import ImportFinding, ListAddress, ListImport
from tests.titles.test_decisions import previewed
from tests.titles.test_pages import TDB, as_admin, media, text, upload, work  # noqa: F401 - fixtures


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
