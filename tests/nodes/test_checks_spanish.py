"""Readings of stored bytes in Spanish: outcomes, heads and places, on pages and in downloads."""

import re

import pytest
from django.utils.translation import override

from apps.common.models import Finding
from apps.nodes.sentences import check_sentence
from apps.repository.choices import ArtifactState, CheckOutcome, FileState
from apps.repository.fixity import _said
from tests import factories as make
from tests.api.reading import body
from tests.asking import as_person

pytestmark = pytest.mark.django_db
FILE = "ab/ab00112233445566778899-00001.warc.gz"
PLACES = [f"version 2 of http://pub.example/version/1%20of%20{n}" for n in range(2)]
ENGLISH = (
    "version 2 of",
    ".gz at 7",
    "not checkable",
    "Good versions",
    "Could not be read",
    "As written",
    "Where",
)


@pytest.fixture
def au():
    au = make.make_au("Acta Litorum")
    make.make_check(
        au,
        outcome=CheckOutcome.DAMAGED,
        damaged=2,
        not_checkable=1,
        findings=[["content-damaged", place, "other bytes than were stored"] for place in PLACES],
    )
    # Its bytes are good; a record beside them is not.
    make.make_check(au, findings=[["record-facts-lost", f"{FILE} at 7", "no metadata record follows"]])
    make.make_check(au, outcome=CheckOutcome.NOT_CHECKABLE, good=0, not_checkable=4)
    return au


@pytest.fixture
def spanish(client):
    as_person(client)
    client.cookies["django_language"] = "es"
    return {"headers": {"accept-language": "es"}}


def test_the_list_and_its_download(client, au, spanish):
    page = body(client.get("/checks/", **spanish))
    told = client.get("/checks/?format=csv", **spanish).getvalue().decode("utf-8-sig")
    for text in (re.sub(r"<[^>]*>", "", page), told):
        assert [word for word in ENGLISH if word in text] == []
        assert f"versión 2 de {PLACES[0].partition(' of ')[2]}" in text
        assert f"{FILE} en la posición 7" in text
        assert "No se pudo leer" in text


def test_the_story_of_a_unit(au):
    row = au.key.fixity_checks.get(outcome=CheckOutcome.DAMAGED)
    with override("es"):
        said = "".join(map(str, check_sentence(row, au.slug)))
    assert "version 2 of" not in said
    assert "versión 2 de http" in said


def test_the_page_of_a_finding(client, au, spanish):
    row = make.make_finding("content-damaged", place=PLACES[0])
    page = body(client.get(f"/findings/{row.pk}/", **spanish))
    assert PLACES[0] not in page
    assert "versión 2 de http" in page
    assert Finding.objects.get(pk=row.pk).place == PLACES[0]


@pytest.mark.parametrize("words", [CheckOutcome, FileState, ArtifactState])
def test_every_label_is_translated(words):
    english = {str(one.label) for one in words}
    with override("es"):
        assert not {str(one.label) for one in words} & english


def test_what_rows_keep_of_an_outcome_is_english():
    with override("es"):
        assert _said(2, CheckOutcome.NOT_CHECKABLE, "x") == "2 stored versions are not checkable: x"
