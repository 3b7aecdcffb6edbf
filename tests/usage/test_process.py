"""A process that counts ends: what it had written stays, once; what it had not is the last seconds', or nothing."""

import os
import subprocess
import sys

import pytest
from django.db import connection

from apps.usage.models import UsageEvent, UsageMonth
from apps.usage.services.folding import fold
from tests.factories import make_au

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("how", "code", "expected"), [("kill", -9, 3), ("while writing", -9, 5), ("end", 0, 5)]
)
def test_what_is_counted_when_a_process_ends(how, code, expected):
    au = make_au()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.usage.counting_process",
            str(connection.settings_dict["NAME"]),
            str(au.pk),
            how,
        ],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "lockss_portal.testing"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code, done.stderr
    assert UsageEvent.objects.count() == expected
    fold()
    assert fold() == 0
    assert sum(UsageMonth.objects.values_list("total_item_requests", flat=True)) == expected
