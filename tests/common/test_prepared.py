"""What is said to be prepared is prepared: the server itself tells what it keeps."""

import pytest
from django.db import connection

from apps.common.models import Job
from apps.common.prepared import Prepared

pytestmark = pytest.mark.django_db


def kept_by_the_server():
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
        return {statement: plans for statement, plans in cursor.fetchall() if "common_job" in statement}


def test_the_server_keeps_the_statement_and_is_asked_for_it_again():
    asked = Prepared(lambda state: Job.objects.filter(state=state).values_list("pk", "kind"), "a state")
    before = kept_by_the_server()
    for state in ("waiting", "running", "done"):
        assert asked.rows(state) == []
    new = {statement: plans for statement, plans in kept_by_the_server().items() if statement not in before}
    assert list(new.values()) == [3]


def test_nothing_else_is_prepared():
    before = kept_by_the_server()
    for _ in range(8):
        list(Job.objects.filter(state="waiting", kind="nothing"))
    assert kept_by_the_server() == before


def test_a_mark_that_the_query_does_not_name_is_an_error():
    asked = Prepared(lambda _state: Job.objects.values_list("pk"), "a state")
    with pytest.raises(ValueError, match="not every mark"):
        asked.rows("done")


def test_who_looks_at_the_queries_sees_their_text(django_assert_num_queries):
    asked = Prepared(lambda state: Job.objects.filter(state=state).values_list("pk", "kind"), "a state")
    for _ in range(2):
        with django_assert_num_queries(1) as seen:
            asked.rows("waiting")
        assert "common_job" in seen.captured_queries[0]["sql"]
