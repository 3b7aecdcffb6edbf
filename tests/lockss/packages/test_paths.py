"""Where URLs lie as files."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.packages import LONGEST_PART, Xlate, is_folder_of, is_safe, marked, path_of

HOST = "data/http/pub.example"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://pub.example/a/b.html", f"{HOST}/a/b.html"),
        ("https://pub.example/a/b.html", "data/https/pub.example/a/b.html"),
        ("http://pub.example/", f"{HOST}/_index"),
        ("http://pub.example", f"{HOST}/_index"),
        ("http://pub.example/a/", f"{HOST}/a/_index"),
        ("http://pub.example:8080/a", "data/http/pub.example:8080/a"),
        ("http://pub.example/a?x=1&y=2", f"{HOST}/a?x=1&y=2"),
        ("http://pub.example/ü.html", f"{HOST}/ü.html"),
        ("http://pub.example/%2E%2E/x", f"{HOST}/%2E%2E/x"),
    ],
)
def test_what_is_safe_stays_as_it_is(url, path):
    assert path_of(url) == path


@pytest.mark.parametrize(
    ("url", "begins", "ends"),
    [
        ("http://pub.example/../../etc/passwd", f"{HOST}/__~", "/passwd"),
        ("http://pub.example//a", f"{HOST}/_~", "/a"),
        ("http://pub.example/a?q=/etc/x.pdf", f"{HOST}/a?q=_etc_x~", ".pdf"),
        ("http://pub.example/nul\x01\n.txt", f"{HOST}/nul__~", ".txt"),
        ("http://pub.example/-rf", f"{HOST}/_rf~", ""),
        ("http://pub.example/dot.", f"{HOST}/dot_~", ""),
        ("http://pub.example/_index", f"{HOST}/__index~", ""),
        ("http://pub.example/" + "é" * 300 + ".html", f"{HOST}/éé", ".html"),
        ("urn:x:../../a", "data/_other/urn:x:.._.._a~", ""),
        ("", "data/_other/_~", ""),
    ],
)
def test_what_would_lead_astray_is_changed_and_marked(url, begins, ends):
    path = path_of(url)
    assert path.startswith(begins)
    assert path.endswith(ends)
    assert is_safe(path)
    assert all(len(part.encode()) <= LONGEST_PART for part in path.split("/"))


def test_a_page_that_is_a_folder_too_has_a_file_of_its_own():
    plain, folder = "http://pub.example/a", "http://pub.example/a/"
    as_folder = path_of(plain, is_folder=True)
    assert as_folder.startswith(f"{HOST}/a/_index~")
    assert len({path_of(plain), as_folder, path_of(folder)}) == 3
    assert is_folder_of(plain, "http://pub.example/a/b")
    assert is_folder_of(folder, "http://pub.example/a/b")
    assert not is_folder_of(plain, "http://pub.example/ab")
    assert not is_folder_of(plain, None)


@pytest.mark.parametrize(
    ("xlate", "name"),
    [
        (Xlate.NONE, "a?b<c>d:e*f|g"),
        (Xlate.WINDOWS, "a_b_c_d_e_f_g~"),
        (Xlate.MAC, "a?b<c>d_e*f|g~"),
    ],
)
def test_translation_of_names(xlate, name):
    assert path_of("http://pub.example/a?b<c>d:e*f|g", xlate).startswith(f"{HOST}/{name}")


def test_devices_of_windows_are_no_names():
    assert path_of("http://pub.example/con.txt", Xlate.WINDOWS).startswith(f"{HOST}/_con~")
    assert path_of("http://pub.example/con.txt") == f"{HOST}/con.txt"


def test_a_very_long_path_becomes_a_digest():
    path = path_of("http://pub.example/" + "/".join(["long" * 50] * 100))
    assert path.startswith("data/_long/")
    assert len(path) < 100


def test_a_second_path_is_another_one():
    url = "http://pub.example/A.html"
    assert marked(path_of(url), url) != path_of(url)
    assert marked(path_of(url), url).endswith(".html")


@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "../x", "a/../../x", "a\\..\\x", "a//b", "./a", "C:/x", "a/\0", "x/" * 5_000],
)
def test_paths_that_lead_out_are_known(path):
    assert not is_safe(path)


def test_paths_that_stay_are_taken():
    assert is_safe("bag/data/a b.html")
    assert is_safe("bag/data/")


_names = st.text(st.sampled_from("ab./~_ \\:?%é\x00İ-"), max_size=12)


@given(
    st.lists(st.builds("http://h/{}".format, _names), min_size=2, max_size=30, unique=True),
    st.sampled_from(Xlate),
)
def test_no_two_urls_have_one_path_and_none_leads_out(urls, xlate):
    # In the protocol's order, where what lies below a URL follows it.
    urls.sort(key=lambda url: url.replace("/", "\1"))
    following = dict(pairwise(urls))
    paths = [path_of(url, xlate, is_folder=is_folder_of(url, following.get(url))) for url in urls]
    assert len(set(paths)) == len(paths)
    assert all(is_safe(path) for path in paths)
    folders = {
        "/".join(parts[:n]) for path in paths if (parts := path.split("/")) for n in range(1, len(parts))
    }
    assert not folders & set(paths)
