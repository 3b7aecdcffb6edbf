"""Evidence opens as the page stood: what was recognised is marked in its source, its bytes are handed out, nothing runs."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.nodes.services import refreshing
from apps.permissions.choices import Reason
from apps.permissions.models import Permission
from apps.permissions.source import marked_source
from tests import factories as make
from tests.asking import as_person, check_reading

PAGE = f"<html>\r\n<script>alert(1)</script>\n<p>{make.STATEMENT.replace('system has', 'SYSTEM<br>&nbsp;{nl}has')}</p>\n</html>"
BROKEN_LINE = PAGE.replace("{nl}", "\n")


@pytest.mark.django_db
def test_the_statement_is_marked_where_it_stands(client) -> None:
    raw = BROKEN_LINE.encode()
    row = make.make_evidence(
        make.make_au(), page=raw, page_sha256=hashlib.sha256(raw).hexdigest(), statement=make.STATEMENT
    )
    shown = check_reading(client, f"/permissions/evidence/{row.pk}/", "permissions/evidence.html")
    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "stands in line 3" in shown
    assert "&lt;p&gt;<mark>LOCKSS SYSTEM&lt;br&gt;&amp;nbsp;</mark>" in shown
    assert "<mark>has permission to collect" in shown
    assert row.page_sha256 in shown
    assert "url=http" in shown
    bytes_path = f"/permissions/evidence/{row.pk}/page/"
    answer = client.get(bytes_path)
    assert hashlib.sha256(answer.content).hexdigest() == row.page_sha256
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["X-Content-Type-Options"] == "nosniff"
    client.logout()
    assert client.get(bytes_path).status_code == 302


@pytest.mark.django_db
def test_without_a_page_there_are_no_bytes(client) -> None:
    row = make.make_evidence(make.make_au(), granted=False, page=None)
    as_person(client)
    assert client.get(f"/permissions/evidence/{row.pk}/page/").status_code == 404


LINES = st.lists(
    st.sampled_from(["a", "<b>", "&", "\r", "\n", "\r\n", "\u2028", "x y", "  "]), max_size=30
).map("".join)


@given(LINES, LINES, st.sampled_from(["", "x y", make.STATEMENT, "http://a.example/(+"]))
def test_marking_never_loses_or_adds_text(before, after, statement) -> None:
    text = f"{before}{statement}{after}"
    source = marked_source(text, statement, 1_000)
    bare = [str(line).replace("<mark>", "").replace("</mark>", "") for line in source.lines]
    plain = [line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for line in bare]
    assert plain == [line.rstrip("\r\n") for line in text.splitlines(keepends=True)]
    assert (source.line is not None) is bool(statement)


NEAR = make.STATEMENT.replace("permission", "permit")


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "near"), [(NEAR, True), ("Welcome to our journal.", False)])
def test_what_is_nearly_right_is_told_with_the_page_and_with_the_unit(client, settings, text, near) -> None:
    settings.NODE = replace(settings.NODE, permission_policy="machine")
    au = make.make_au()
    page = f"<p>{text}</p>".encode()
    row = make.make_evidence(
        au, granted=False, page=page, reason=Reason.NO_STATEMENT, statement="", checker="", message="none"
    )
    make.make_permission(au, granted=False, reason=Reason.NO_STATEMENT)
    Permission.objects.filter(au=au).update(evidence=row)
    refreshing.refresh(keys=[au.pk])
    as_person(client)
    for path in (f"/permissions/evidence/{row.pk}/", f"/aus/{au.slug}/"):
        shown = client.get(path).content.decode()
        assert ("Nearly right" in shown) is near, path
        assert ('<del><span class="unseen">not </span>permit</del>' in shown) is near, path
