"""Whatever signs a title list writes, a line is a line and a field a field, in every format."""

import io
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from apps.common.clock import now
from apps.kbart.asking import Order, order_of
from apps.kbart.making import stored
from apps.kbart.making.files import write_report
from tests.factories import make_title
from tests.kbart.reports import PORTAL, portal_settings, proved_au
from tests.kbart.test_kept_lines import VOLUMES, keep_up

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.NODE = replace(portal_settings(tmp_path), public_url=PORTAL, poll_quorum=2)


@pytest.mark.parametrize(("first", "last"), list(pairwise(VOLUMES[:10]))[::2])
@pytest.mark.parametrize("form", ["tsv", "csv", "json", "pdf"])
def test_signs_between_fields_and_lines_never_stand_in_one(form, first, last):
    title = make_title("Annals")
    for year, volume in (("2001", first), ("2002", last)):
        proved_au("", title=title, listed={"year": year, "volume": volume})
    keep_up()
    assert stored.can_serve(Order(), now())
    out = io.BytesIO()
    assert write_report(out, order_of({"format": form}), now()).rows == 1
    if form == "tsv":
        head, row, end = out.getvalue().decode().split("\n")
        assert len(head.split("\t")) == len(row.split("\t")) == 25
        assert end == ""
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]", row)
