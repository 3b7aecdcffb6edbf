"""The content host as an application: what it gives, to whom, and with which fences."""

import datetime as dt
import gzip
import hashlib
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.db import OperationalError

from apps.delivery import connected, routing, serving, stored
from apps.delivery.addresses import delivery_url, path_of, spell
from apps.delivery.passes import Right, grant
from apps.repository import services as repository
from apps.repository.choices import ArtifactState
from apps.repository.models import Artifact
from tests.delivery.conftest import AUID, LONG, PAGE, SHEET, SITE, SLUG, flip_a_byte, page, pass_for

pytestmark = pytest.mark.django_db
URL = f"{SITE}/a/page.html?q=1&r=%2F"


def at(url: str, version: int | None = None, client: str = "192.0.2.1") -> str:
    """An address with a pass for a client."""
    return path_of(SLUG, version, spell(url), key=pass_for(client))


# --- As collected


def test_a_page_as_it_was_collected(ask):
    got = ask(at(URL))
    assert (got.status, got.body, got.whole) == (200, PAGE, True)
    assert got.headers["content-type"] == "text/html; charset=utf-8"
    assert got.headers["content-length"] == str(len(PAGE))
    assert got.headers["etag"] == f'"{hashlib.sha256(PAGE).hexdigest()}"'
    assert got.headers["memento-datetime"] == "Sat, 21 Nov 2026 06:12:30 GMT"
    assert got.headers["link"] == f'<{URL}>; rel="original"'
    assert got.headers["x-lockss-version"] == "1"
    assert got.headers["content-disposition"] == 'inline; filename="page.html"'


def test_nothing_of_it_can_run_or_reach_out(ask):
    policy = (ask(at(URL))).headers["content-security-policy"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert "allow-scripts" not in rules["sandbox"]
    assert "allow-same-origin" not in rules["sandbox"]
    assert rules["script-src"] == "'none'"
    assert rules["default-src"].split() == ["'self'", "data:", "blob:", "'unsafe-inline'"]
    # With it, frames of a sandboxed page stay empty.
    assert "frame-ancestors" not in rules


@pytest.mark.parametrize("url", [URL, f"{SITE}/f.bin", f"{SITE}/p.pdf", f"{SITE}/z.css", f"{SITE}/none"])
def test_fences_of_every_answer(ask, url):
    got = ask(at(url))
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["referrer-policy"] == "no-referrer"
    assert got.headers["cross-origin-resource-policy"] == "same-site"
    assert got.headers["x-robots-tag"] == "noindex, noarchive"
    assert got.headers["cache-control"] == "private, no-store"
    assert "camera=()" in got.headers["permissions-policy"]
    names = [name for name, _ in got.raw]
    assert len(names) == len(set(names)), "a field came twice"
    for never in ("set-cookie", "connection", "transfer-encoding", "refresh", "proxy-authenticate"):
        assert never not in names


def test_the_publishers_fields_are_told_and_not_obeyed(ask):
    got = ask(at(URL))
    assert got.headers["x-archive-orig-content-security-policy"] == "default-src *"
    assert got.headers["x-archive-orig-refresh"].startswith("0;")
    assert got.headers["x-archive-orig-link"] == "<http://pub.example/t.js>; rel=preload"
    assert got.headers["x-archive-orig-x-powered-by"] == "café"
    assert got.headers["content-language"] == "en"
    assert got.headers["last-modified"] == "Sun, 06 Nov 1994 08:49:37 GMT"
    assert "access-control-allow-origin" not in got.headers
    for never in (
        "set-cookie",
        "connection",
        "transfer-encoding",
        "proxy-authenticate",
        "bad name",
        "x-bad-value",
    ):
        assert f"x-archive-orig-{never}" not in got.headers


@pytest.mark.parametrize(
    ("url", "disposition", "fenced", "for_all"),
    [
        (f"{SITE}/f.bin", 'attachment; filename="f.bin"', True, False),
        (f"{SITE}/untyped", 'attachment; filename="untyped"', True, False),
        (f"{SITE}/p.pdf", 'inline; filename="p.pdf"', False, False),
        (f"{SITE}/long.mp4", 'inline; filename="long.mp4"', False, False),
        (f"{SITE}/z.css", 'inline; filename="z.css"', True, True),
        (f"{SITE}/new/", 'inline; filename="new"', True, False),
        (
            f"{SITE}/a/über's page.html",
            "inline; filename=\"_ber_s page.html\"; filename*=UTF-8''%C3%BCber_s%20page.html",
            True,
            False,
        ),
    ],
)
def test_what_is_shown_and_what_is_saved(ask, url, disposition, fenced, for_all):
    got = ask(at(url))
    assert got.status == 200
    assert got.headers["content-disposition"] == disposition
    assert ("content-security-policy" in got.headers) is fenced
    assert (got.headers.get("access-control-allow-origin") == "*") is for_all


def test_versions(ask):
    capture = page(f"{SITE}/f.bin", b"second", "application/x-thing")
    repository.add_captures(auid=AUID, captures=[capture])
    assert (ask(at(f"{SITE}/f.bin"))).body == b"second"
    assert (ask(at(f"{SITE}/f.bin", 2))).body == b"second"
    assert (ask(at(f"{SITE}/f.bin", 1))).body == bytes(range(256))
    assert (ask(at(f"{SITE}/f.bin", 3))).status == 404


def test_odd_and_long_names(ask):
    assert (ask(at(f"{SITE}/a/über's page.html"))).body == b"<p>odd</p>"
    assert (ask(at(f"{SITE}/a/" + "l" * 9_000))).body == b"<p>long name</p>"


@pytest.mark.parametrize(
    "sent", ["%C3%BCber's%20page.html", "%c3%bcber%27s page.html", "./%C3%BCber's%20page.html"]
)
def test_links_as_browsers_send_them(ask, sent):
    """What stands in names beyond ASCII comes escaped; so does more."""
    base = at(f"{SITE}/a/")
    capture = page(f"{SITE}/a/über's%20page.html", b"<p>linked</p>", "text/html")
    repository.add_captures(auid=AUID, captures=[capture])
    got = ask(base + sent.replace(" ", "%20"))
    assert (got.status, got.body) == (200, b"<p>linked</p>")


def test_a_redirect_leads_to_where_it_led(ask):
    got = ask(at(f"{SITE}/old"))
    assert got.status == 302
    assert re.fullmatch(rf"/t/[0-9a-f.]+/{SLUG}/-/{SITE}/new/", got.headers["location"])
    assert (ask(got.headers["location"])).body == PAGE
    assert (ask(at(f"{SITE}/old", 1))).body == PAGE, "a version is shown itself"


def test_a_redirect_to_what_is_not_held_or_back_shows_the_copy(ask):
    assert (ask(at(f"{SITE}/gone"))).body == b"gone"
    assert (ask(at(f"{SITE}/round"))).body == b"round"
    assert (ask(at(f"{SITE}/about"))).body == b"about"


# --- Codings


def test_a_coding_stays_for_who_understands_it(ask):
    got = ask(at(f"{SITE}/z.css"), accept_encoding="gzip, deflate")
    assert (got.headers["content-encoding"], gzip.decompress(got.body)) == ("gzip", SHEET)
    assert got.headers["vary"] == "Accept-Encoding"
    assert got.headers["etag"] == f'"{hashlib.sha256(gzip.compress(SHEET, mtime=0)).hexdigest()}"'


@pytest.mark.parametrize("url", [f"{SITE}/z.css", f"{SITE}/b.css"])
def test_it_is_undone_for_who_does_not(ask, url):
    got = ask(at(url))
    assert got.body == SHEET
    assert "content-encoding" not in got.headers
    assert "content-length" not in got.headers
    assert got.headers["vary"] == "Accept-Encoding"
    assert got.headers["etag"].endswith('-decoded"')
    assert (ask(at(url), if_none_match=got.headers["etag"])).status == 304
    assert (ask(at(url), method="HEAD")).body == b""


@pytest.mark.parametrize("accepted", ["gzip", ""])
def test_a_wrong_label_is_not_passed_on(ask, accepted):
    got = ask(at(f"{SITE}/not-gzip.css"), accept_encoding=accepted)
    assert got.body == SHEET
    assert "content-encoding" not in got.headers


def test_what_cannot_be_decoded_is_a_file(ask):
    got = ask(at(f"{SITE}/corrupt.css"))
    assert (got.status, got.body) == (200, b"\x1f\x8b\x08garbage")
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"] == "attachment"
    assert "content-encoding" not in got.headers


def test_a_coding_that_does_not_end_is_cut_off(ask):
    got = ask(at(f"{SITE}/cut.css"))
    assert (got.status, got.whole) == (200, False)


@pytest.mark.parametrize("accepted", ["", "gzip, br", "compress;q=0"])
def test_a_coding_that_nobody_knows_is_a_file_for_who_did_not_ask_for_it(ask, accepted):
    """A browser shows an error where it is told a coding that it never offered."""
    got = ask(at(f"{SITE}/odd-coding"), accept_encoding=accepted)
    assert (got.status, got.body) == (200, b"\x00\x01")
    assert "content-encoding" not in got.headers
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"] == "attachment"
    assert got.headers["vary"] == "Accept-Encoding"
    again = ask(at(f"{SITE}/odd-coding"), accept_encoding=accepted, if_none_match=got.headers["etag"])
    assert (again.status, again.body) == (304, b"")


def test_a_coding_that_nobody_knows_goes_as_it_lies_to_who_offers_it(ask):
    got = ask(at(f"{SITE}/odd-coding"), accept_encoding="compress")
    assert (got.headers["content-encoding"], got.body) == ("compress", b"\x00\x01")


def test_more_codings_than_are_undone_are_a_file(ask):
    coded = (b"Content-Encoding", b"gzip, gzip, gzip, gzip, br")
    repository.add_captures(auid=AUID, captures=[page(f"{SITE}/often", b"\x1f\x8b", "text/html", coded)])
    got = ask(at(f"{SITE}/often"), accept_encoding="gzip")
    assert (got.status, got.headers["content-type"]) == (200, "application/octet-stream")
    assert "content-encoding" not in got.headers


# --- Conditions and ranges


@pytest.mark.parametrize(
    ("span", "start", "stop"),
    [("bytes=0-3", 0, 4), ("bytes=250-", 250, 256), ("bytes=-2", 254, 256), ("bytes=0-", 0, 256)],
)
def test_ranges(ask, span, start, stop):
    got = ask(at(f"{SITE}/f.bin"), range=span)
    assert (got.status, got.body) == (206, bytes(range(256))[start:stop])
    assert got.headers["content-range"] == f"bytes {start}-{stop - 1}/256"
    assert got.headers["content-length"] == str(stop - start)


def test_a_range_of_a_long_body(ask):
    got = ask(at(f"{SITE}/long.mp4"), range="bytes=2000000-2000099")
    assert got.body == LONG[2_000_000:2_000_100]
    assert (ask(at(f"{SITE}/long.mp4"))).body == LONG


def test_a_range_behind_the_end(ask):
    got = ask(at(f"{SITE}/f.bin"), range="bytes=900-")
    assert (got.status, got.headers["content-range"], got.body) == (416, "bytes */256", b"")


@pytest.mark.parametrize(
    "span", ["lines=1-2", "bytes=6-2", "bytes=" + ",".join(f"{n}-{n}" for n in range(0, 34, 2))]
)
def test_other_ranges_are_the_whole(ask, span):
    got = ask(at(f"{SITE}/f.bin"), range=span)
    assert (got.status, len(got.body)) == (200, 256)


def parts(got) -> list[tuple[str, bytes]]:
    """The place and the bytes of each part."""
    boundary = got.headers["content-type"].removeprefix("multipart/byteranges; boundary=").encode()
    first, *some, last = got.body.split(b"\r\n--" + boundary)
    assert (first, last) == (b"", b"--\r\n")
    heads = [part.partition(b"\r\n\r\n") for part in some]
    return [(head.decode().partition("Content-Range: bytes ")[2], body) for head, _, body in heads]


def test_several_ranges_are_one_part_each(ask):
    got = ask(at(f"{SITE}/f.bin"), range="bytes=250-, 1-2,2-3, 900-")
    assert got.status == 206
    assert int(got.headers["content-length"]) == len(got.body)
    assert [name for name, _ in got.raw].count("content-type") == 1
    assert "content-range" not in got.headers
    assert got.body.count(b"Content-Type: application/x-thing") == 2
    assert parts(got) == [("1-3/256", b"\1\2\3"), ("250-255/256", bytes(range(250, 256)))]
    one = ask(at(f"{SITE}/f.bin"), range="bytes=0-5,3-9,10-12")
    assert (one.headers["content-range"], one.body) == ("bytes 0-12/256", bytes(range(13)))
    nothing = ask(at(f"{SITE}/f.bin"), range="bytes=900-,-0")
    assert (nothing.status, nothing.headers["content-range"]) == (416, "bytes */256")


def test_parts_of_a_long_body_come_in_pieces(ask):
    got = ask(at(f"{SITE}/long.mp4"), range="bytes=2900000-2999999,0-1499999")
    assert parts(got) == [
        ("2900000-2999999/3000000", LONG[2_900_000:]),
        ("0-1499999/3000000", LONG[:1_500_000]),
    ]
    assert int(got.headers["content-length"]) == len(got.body)


def test_no_parts_that_cost_more_than_the_whole(ask, monkeypatch):
    """To the beginning of each part an inflated body is read anew."""
    monkeypatch.setattr(stored, "MOST_PASSED_OVER", 1_000_000)
    far = "bytes=2999999-2999999,2999997-2999997,0-0"
    assert (ask(at(f"{SITE}/long.mp4"), range=far)).status == 200
    assert (ask(at(f"{SITE}/long.mp4"), range="bytes=2999999-2999999,0-0")).status == 206
    assert (ask(at(f"{SITE}/long.mp4"), range="bytes=2999999-2999999")).status == 206


def test_of_a_head_there_is_no_range(ask):
    """RFC 9110 §14.2: only GET knows ranges."""
    got = ask(at(f"{SITE}/f.bin"), method="HEAD", range="bytes=0-3")
    assert (got.status, got.headers["content-length"]) == (200, "256")


def test_what_the_reader_has_is_not_sent(ask):
    first = ask(at(f"{SITE}/f.bin"))
    got = ask(at(f"{SITE}/f.bin"), if_none_match=first.headers["etag"])
    assert (got.status, got.body) == (304, b"")
    assert got.headers["etag"] == first.headers["etag"]
    got = ask(at(URL), if_modified_since="Sun, 06 Nov 1994 08:49:37 GMT")
    assert got.status == 304


def test_a_question_about_another_version_is_refused(ask):
    """RFC 9110 §13.2.2: before what the reader has is looked at."""
    url = at(f"{SITE}/f.bin")
    tag = ask(url).headers["etag"]
    for fields, status in (
        ({"if_match": '"old"'}, 412), ({"if_match": f"W/{tag}"}, 412), ({"if_match": tag}, 200), ({"if_match": "*"}, 200),
        ({"if_match": '"old"', "if_none_match": tag}, 412), ({"if_match": tag, "if_none_match": tag}, 304),
    ):  # fmt: skip
        got = ask(url, **fields)
        assert (got.status, got.body == b"") == (status, status != 200), fields
    dated = at(f"{SITE}/a/page.html?q=1&r=%2F")
    kept, before = "Sun, 06 Nov 1994 08:49:37 GMT", "Sat, 05 Nov 1994 08:49:37 GMT"
    assert ask(dated, if_unmodified_since=before).status == 412
    assert ask(dated, if_unmodified_since=kept).status == 200
    assert ask(dated, range="bytes=0-3", if_range=kept).status == 206
    assert ask(dated, range="bytes=0-3", if_range=before).status == 200


@pytest.mark.parametrize("url", [URL, f"{SITE}/long.mp4", f"{SITE}/empty", f"{SITE}/none"])
def test_head_is_get_without_a_body(ask, url):
    address = at(url)
    head, get = ask(address, method="HEAD"), ask(address)
    assert (head.status, head.body) == (get.status, b"")
    assert head.raw == get.raw


# --- Damage


def test_known_damage_says_what_is_known(ask):
    flip_a_byte(f"{SITE}/f.bin")
    repository.check_au(auid=AUID)
    got = ask(at(f"{SITE}/f.bin"))
    assert got.status == 502
    assert b"This copy is damaged" in got.body
    assert b"The next poll" in got.body
    assert f"http://127.0.0.1:8081/aus/{SLUG}/url/?url=http%3A%2F%2Fpub.example%2Ff.bin".encode() in got.body


def test_damage_that_nobody_knew_is_found_before_it_is_shown(ask):
    flip_a_byte(f"{SITE}/f.bin")
    got = ask(at(f"{SITE}/f.bin"))
    assert got.status == 502
    assert bytes(range(200)) not in got.body
    found = repository.find(auid=AUID, url=f"{SITE}/f.bin")
    assert found.state == ArtifactState.DAMAGED, "it became a row"


def test_an_older_good_version_is_shown_instead(ask):
    capture = page(f"{SITE}/f.bin", b"second" * 30, "application/x-thing")
    repository.add_captures(auid=AUID, captures=[capture])
    flip_a_byte(f"{SITE}/f.bin", 8)
    repository.check_au(auid=AUID)
    got = ask(at(f"{SITE}/f.bin"))
    assert (got.status, got.headers["x-lockss-version"]) == (200, "1")
    assert (ask(at(f"{SITE}/f.bin", 2))).status == 502


def test_an_old_damaged_version_says_which_newer_one_is_good(ask):
    flip_a_byte(f"{SITE}/f.bin")
    repository.check_au(auid=AUID)
    capture = page(f"{SITE}/f.bin", b"second" * 30, "application/x-thing")
    repository.add_captures(auid=AUID, captures=[capture])
    got = ask(at(f"{SITE}/f.bin", 1))
    assert got.status == 502
    assert b"This copy is damaged" in got.body
    assert b"The next poll" not in got.body
    assert b"version 2 is good" in got.body
    assert f"/{SLUG}/2/http".encode() in got.body


def test_an_old_missing_version_says_which_newer_one_is_good(ask):
    capture = page(f"{SITE}/f.bin", b"second" * 30, "application/x-thing")
    repository.add_captures(auid=AUID, captures=[capture])
    Artifact.objects.filter(au_key__auid=AUID, url=f"{SITE}/f.bin", version=1).update(state="missing")
    got = ask(at(f"{SITE}/f.bin", 1))
    assert b"This copy is missing" in got.body
    assert b"The next poll" not in got.body
    assert b"version 2 is good" in got.body
    assert b"version 1" not in ask(at(f"{SITE}/f.bin", 2)).body


def test_a_long_body_that_breaks_in_its_middle_is_cut(ask):
    flip_a_byte(f"{SITE}/long.mp4", 2_500_000)
    got = ask(at(f"{SITE}/long.mp4"))
    assert (got.status, got.whole) == (200, False)
    found = repository.find(auid=AUID, url=f"{SITE}/long.mp4")
    assert found.state == ArtifactState.DAMAGED


def test_a_file_that_is_gone(ask, settings):
    for file in settings.NODE.content_dir.rglob("*.warc.gz"):
        file.unlink()
    got = ask(at(f"{SITE}/f.bin"))
    assert got.status == 502
    assert b"This copy is missing" in got.body


def test_a_store_that_is_away_is_no_damage(ask, settings, tmp_path):
    settings.NODE.content_dir.rename(tmp_path / "away")
    got = ask(at(f"{SITE}/f.bin"))
    assert got.status == 503
    assert "retry-after" in got.headers
    assert b"cannot be read just now" in got.body
    found = repository.find(auid=AUID, url=f"{SITE}/f.bin")
    assert found.state == ArtifactState.GOOD


def test_a_database_that_is_away(ask, monkeypatch, caplog):
    def down(*_args, **_more):
        raise OperationalError("gone")

    monkeypatch.setattr(routing, "serve", down)
    monkeypatch.setattr(connected, "connection", SimpleNamespace(close=lambda: None))
    got = ask(at(f"{SITE}/f.bin"))
    assert (got.status, got.headers["retry-after"]) == (503, "30")
    assert b"What is preserved is not affected" in got.body


def test_a_dead_connection_is_made_anew(ask, monkeypatch):
    asked, tried, closed = serving.serve, [], []

    def once_down(*args, **more):
        tried.append(args)
        if len(tried) == 1:
            raise OperationalError("terminating connection")
        return asked(*args, **more)

    monkeypatch.setattr(routing, "serve", once_down)
    monkeypatch.setattr(connected, "connection", SimpleNamespace(close=lambda: closed.append(True)))
    assert (ask(at(f"{SITE}/f.bin"))).status == 200
    assert (len(tried), closed) == (2, [True])


def test_a_fault_of_ours_is_no_page_of_theirs(ask, monkeypatch, caplog):
    monkeypatch.setattr(routing, "serve", lambda *_args, **_more: 1 / 0)
    got = ask(at(f"{SITE}/f.bin"))
    assert got.status == 500
    assert b"ZeroDivision" not in got.body
    assert "ZeroDivisionError" in caplog.text


# --- Who may


def test_without_a_pass_the_portal_is_asked(ask, au):
    got = ask(delivery_url(au, URL, 2))
    assert (got.status, got.body) == (302, b"The page is at another address.\n")
    assert got.headers["location"] == (
        f"http://127.0.0.1:8081/aus/{SLUG}/open/?url=http%3A%2F%2Fpub.example%2Fa%2Fpage.html%3Fq%3D1%26r%3D%252F&version=2"
    )


def test_a_ticket_becomes_a_pass_for_this_client_alone(ask):
    ticket = grant(Right.TICKET, SLUG, roles=["reader"])
    got = ask(path_of(SLUG, None, spell(URL), ticket=ticket))
    assert got.status == 302
    to = got.headers["location"]
    assert to.startswith("/t/")
    assert ticket not in to
    assert (ask(to)).body == PAGE
    assert (ask(to, client="192.0.2.2")).headers["location"].startswith("http://127.0.0.1:8081/")


def test_behind_a_proxy_the_client_is_who_the_proxy_names(ask, settings):
    settings.NODE = replace(settings.NODE, behind_proxy=True)
    address = at(URL, client="198.51.100.7")
    assert (ask(address, x_forwarded_for="192.0.2.9, 198.51.100.7")).status == 200
    assert (ask(address, x_forwarded_for="198.51.100.7, 192.0.2.9")).status == 302


@pytest.mark.parametrize("change", ["forged", "lapsed", "of another AU", "a ticket", "a pass as a ticket"])
def test_what_is_no_pass_leads_to_the_portal(ask, change, time_machine):
    time_machine.move_to(dt.datetime(2026, 11, 26, tzinfo=dt.UTC), tick=False)
    key = grant(Right.PASS, SLUG, "192.0.2.1")
    address = {
        "forged": path_of(SLUG, None, spell(URL), key="f" + key),
        "lapsed": path_of(SLUG, None, spell(URL), key=key),
        "of another AU": path_of(SLUG, None, spell(URL), key=grant(Right.PASS, "b" * 20, "192.0.2.1")),
        "a ticket": path_of(SLUG, None, spell(URL), key=grant(Right.TICKET, SLUG)),
        "a pass as a ticket": path_of(SLUG, None, spell(URL), ticket=key),
    }[change]
    if change == "lapsed":
        time_machine.shift(601)
    got = ask(address)
    assert got.status == 302
    assert got.headers["location"].startswith(f"http://127.0.0.1:8081/aus/{SLUG}/open/?url=")


def test_an_unknown_au_is_not_held(ask):
    address = path_of("b" * 20, None, spell(URL), key=grant(Right.PASS, "b" * 20, "192.0.2.1"))
    assert (ask(address)).status == 404


def test_what_is_not_held_names_what_was_asked_as_text(ask):
    url = f"{SITE}/<script>alert(1)</script>"
    got = ask(at(url))
    assert got.status == 404
    assert b"&lt;script&gt;alert(1)" in got.body
    assert b"<script>" not in got.body
    assert got.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; ")


@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        ("/", {}, 200),
        ("/robots.txt", {}, 200),
        ("/healthz", {}, 200),
        ("/healthz", {"host": "10.0.0.9"}, 200),
        ("/said.css", {}, 200),
        ("/said.css", {"method": "POST"}, 405),
        ("/favicon.ico", {}, 404),
        ("/css/site.css", {}, 404),
        ("/", {"method": "POST"}, 405),
        ("/", {"method": "OPTIONS"}, 405),
        ("/", {"method": "POST", "content_length": "3"}, 400),
        ("/" + "a" * 20_000, {}, 414),
        ("/", {"host": "127.0.0.1:8081"}, 421),
        ("/", {"host": ""}, 421),
        ("/", {"host": "localhost.evil.example"}, 421),
        ("/", {"host": "user@localhost"}, 421),
        ("/", {"host": "localhost, evil.example"}, 421),
        ("/", {"host": "[::1"}, 421),
        ("/", {"host": "LOCALHOST:9"}, 200),
        ("/", {"host": "localhost."}, 200),
        ("/", {"service_worker": "script"}, 403),
        ("/", {"content_length": "3"}, 400),
        ("/", {"transfer_encoding": "chunked"}, 400),
    ],
)
def test_everything_else(ask, path, given, status):
    got = ask(path, **given)
    assert got.status == status
    assert got.whole
    assert "set-cookie" not in got.headers


def test_robots_go_home(ask):
    assert (ask("/robots.txt")).body == b"User-agent: *\nDisallow: /\n"


def test_cookies_mean_nothing(ask):
    one, other = ask(at(URL)), ask(at(URL), cookie="sessionid=stolen")
    assert (one.status, one.body) == (other.status, other.body)
    assert (ask(f"/{SLUG}/-/{URL}", cookie="sessionid=stolen")).status == 302
