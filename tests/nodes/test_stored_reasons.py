"""What rows keep in words is kept in English, whoever asks, and read in the reader's language."""

import itertools

import pytest
from django.utils.translation import override

from apps.common.stored import in_english, retold
from apps.nodes.models import AuStatus
from apps.nodes.services.refreshing import refresh
from apps.nodes.status import Facts, _damage, _difference, _unproved
from apps.permissions.services import deciding

COUNTS = (0, 1, 2, 1_204)


def made() -> set[str]:
    """Every form of the reasons that count something."""
    with in_english():
        said = {
            _damage(Facts(au_id=1, urls=2_000, damaged=a, missing=b))
            for a, b in itertools.product(COUNTS, COUNTS)
            if a or b
        }
        for a, b, c in itertools.product(COUNTS, COUNTS, COUNTS):
            said.add(_difference(Facts(au_id=1, differing=a, undecided=b, failed_repairs=c, agreement=0.5)))
        said.add(_unproved(Facts(au_id=1, last_poll_failed=True)))
        return said


def test_every_reason_is_said_in_spanish():
    english = (
        "URL is",
        "URLs are",
        "repair ",
        "repairs ",
        "voted",
        "agreed",
        "Of ",
        " and ",
        "1,204",
        "About",
    )
    with override("es"):
        wrong = [text for text in made() if any(word in retold(text) for word in english)]
    assert wrong == []


def test_numbers_and_plurals_are_of_the_reader():
    text = "Of 2,000 here, 1 URL is damaged and 1,204 URLs are missing."
    assert retold(text) == text
    with override("es"):
        assert retold(text) == "De 2\xa0000 aquí, 1 URL está dañada y faltan 1\xa0204 URL."


@pytest.mark.parametrize(
    ("template", "given"),
    [
        (deciding.NONE_COVERS, {"house": "Marsh & Sons"}),
        (deciding.ENDED_ON, {"name": "A. B and C", "house": "Dr. No", "day": "3 May 2026"}),
        (deciding.NOT_SERVED, {"name": "A", "house": "B", "done": "shown to readers"}),
    ],
)
def test_what_forbids_is_said_in_spanish(template, given):
    text = f"{template % given} {deciding.STAYS}"
    with override("es"):
        said = retold(text)
    assert "Lo preservado permanece." in said
    assert given["house"] in said
    assert not [word for word in ("agreement", "ended", "shown", "May", " with ") if word in said]


@pytest.mark.parametrize(
    "text", ["", "Not ours.", "repair failed.", "No poll", "x URL is damaged", " and ", ". "]
)
def test_what_is_not_ours_stays(text):
    with override("es"):
        assert retold(text) == text


@pytest.mark.django_db
def test_rows_keep_english_whoever_looks(sample):
    with override("es"):
        refresh(keys=AuStatus.objects.values_list("pk", flat=True))
    kept = set(AuStatus.objects.exclude(reason="").values_list("reason", flat=True))
    assert any("URLs are" in text for text in kept)
    assert not [text for text in kept if " de " in text or "copias" in text]
