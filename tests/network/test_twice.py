"""The same form sent several times at the same moment."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from apps.accounts.choices import Role
from apps.network import services
from apps.network.choices import MemberState
from apps.network.models import Decision, Member, Paper
from apps.network.services import Institution, today
from tests.accounts.factories import make_person
from tests.network.factories import make_member, ruling
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db(transaction=True)


def together(act) -> set[int]:
    """The rows that four at once were given."""

    def one(_number: int) -> int:
        try:
            return act().pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        return set(pool.map(one, range(4)))


def test_one_member(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)
    admin, key = make_person("nell", Role.NETWORK), uuid.uuid4()
    said = Institution(name="Alder College", applied_on=today())
    found = together(lambda: services.register_member(user=admin, said=said, request_key=key))
    assert found == {Member.objects.get().pk}


def test_one_decision_and_one_file(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)
    admin, key = make_person("nell", Role.NETWORK), uuid.uuid4()
    member = make_member("Alder College", MemberState.APPLIED)

    def act() -> Decision:
        paper = SimpleUploadedFile("minutes.pdf", b"%PDF-")
        return services.decide(user=admin, member=member, said=ruling(), uploads=[paper], request_key=key)

    assert together(act) == {Decision.objects.get().pk}
    member.refresh_from_db()
    assert (member.state, member.version) == (MemberState.ADMITTED, 1)
    kept = list((Path(settings.NODE.media_dir) / "network").iterdir())
    assert kept == [services.paper_path(Paper.objects.get())]
