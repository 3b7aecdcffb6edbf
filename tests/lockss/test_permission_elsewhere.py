"""A statement that only people would see, and a licence that misses its mark: found, and told in a sentence."""

import gzip
import json

import pytest

from apps.lockss.permission import Checker, NearKind, Network, RefusalCode, try_page
from apps.lockss.permission.elsewhere import FEW_WORDS
from apps.lockss.permission.tester import LOOKED
from tests.lockss.permission_texts import CLOCKSS, LICENCE, LOCKSS
from tests.lockss.test_permission_near import one_near, tried

TEXT = "<p>Each issue holds some papers and some notes on tides and on mud.</p>" * 8


@pytest.mark.parametrize(
    "script",
    [
        f"document.write('{LOCKSS[:30]}' + '{LOCKSS[30:]}');",
        f'el.textContent = [{", ".join(json.dumps(word) for word in LOCKSS.split())}].join(" ");',
        f"el.innerHTML = `<b>{LOCKSS[:20]}</b>{LOCKSS[20:]}`;",
        'x = "' + "".join(f"\\u{ord(sign):04x}" for sign in LOCKSS) + '"',
        'x = "' + "".join(f"\\x{ord(sign):02x}" for sign in LOCKSS) + '"',
        f"x = '{LOCKSS.replace(' ', '&#32;')}'",
    ],
)
def test_a_statement_drawn_by_a_script(script) -> None:
    near = one_near(f"{TEXT}<script type=module>{script}</script>")
    assert (near.kind, near.checker, near.expected) == (NearKind.SCRIPT, Checker.STATEMENT, LOCKSS)
    assert "runs none" in near.difference


def test_a_statement_whole_in_a_script_counts_as_it_does_for_the_crawler() -> None:
    assert tried(f"<script>var x = '{LOCKSS}';</script>").granted


def test_a_page_that_its_scripts_would_fill() -> None:
    near = one_near("<title>Journal</title><div id=root></div><script src=app.js></script>")
    assert near.kind == NearKind.SCRIPT
    assert "almost no text" in near.difference
    assert tried(f"<script src=app.js></script><p>{'word ' * FEW_WORDS}</p>").near == ()


@pytest.mark.parametrize("status", [401, 403, 407])
def test_a_closed_door(status) -> None:
    near = one_near(TEXT, status=status)
    assert (near.kind, near.found) == (NearKind.LOGIN, f"HTTP {status}")


@pytest.mark.parametrize(
    "goal",
    [
        "https://pub.example/login?back=/lockss",
        "https://pub.example/account/sign-in",
        "https://sso.pub.example/",
        "https://pub.example/saml2/idp",
        "https://pub.example/x?action=logon",
    ],
)
def test_an_address_for_signing_in(goal) -> None:
    near = one_near(TEXT, asked="https://pub.example/lockss", final_url=goal, status=200)
    assert (near.kind, near.found) == (NearKind.LOGIN, goal)


@pytest.mark.parametrize(
    "goal", ["https://pub.example/blogins/", "https://pub.example/lockss/2", "http://[::1"]
)
def test_an_address_for_something_else(goal) -> None:
    assert tried(TEXT, asked="https://pub.example/lockss", final_url=goal, status=200).near == ()


def test_a_field_for_a_password() -> None:
    assert one_near(f"{TEXT}<form><INPUT name=p TYPE=' Password '></form>").kind == NearKind.LOGIN


def test_a_page_with_statement_and_login_field_grants() -> None:
    trial = tried(f"<input type=password>{LOCKSS}")
    assert trial.granted
    assert trial.near == ()


@pytest.mark.parametrize("status", [301, 302, 403, 404, 500])
def test_a_statement_on_an_error_page_does_not_count(status) -> None:
    trial = tried(LOCKSS, status=status)
    assert not trial.granted
    assert trial.reasons[0].detail == f"the page is answered with HTTP {status}"


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Das LOCKSS-System hat die Erlaubnis, diese Archiveinheit zu sammeln und zu bewahren", "German"),
        ("Le système LOCKSS est autorisé à collecter et à préserver cette unité archivistique", "French"),
        (
            "El sistema LOCKSS tiene permiso para recopilar, conservar y servir esta unidad de archivo",
            "Spanish",
        ),
        ("O sistema LOCKSS tem permissão para coletar, preservar e servir esta unidade", "Portuguese"),
        ("LOCKSS 系统有权收集、保存并提供此档案单元，已获许可", "Chinese"),
        ("LOCKSS システムは、このアーカイブを収集、保存する許可を得ています", "Japanese"),
        ("Система LOCKSS имеет разрешение собирать и сохранять этот архив", "Russian"),
    ],
)
def test_another_language(sentence, language) -> None:
    near = one_near(f"{TEXT}<p>{sentence}.</p>{TEXT}")
    assert near.kind == NearKind.LANGUAGE
    assert f"seems to be in {language}" in near.difference
    assert sentence[:20] in near.found


def test_english_about_the_network_is_no_other_language() -> None:
    assert tried(f"{TEXT}<p>The LOCKSS system is run by libraries that keep an archive.</p>").near == ()


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        (
            '<a rel="license nofollow" href="https://creativecommons.org/licenses/by/4.0/">',
            "rel=“license” and nothing",
        ),
        ('<a href="https://creativecommons.org/licenses/by/4.0/">', "not marked rel=“license”"),
        (
            '<link rel="copyright" href="http://creativecommons.org/licenses/by/4.0/">',
            "marked rel=“copyright”",
        ),
        (
            '<a rel="license" href="https://creativecommons.org/licenses/by/4.1/">',
            "no Creative Commons licence",
        ),
        ('<a rel="license" href="//creativecommons.org/licenses/by/4.0/">', "no Creative Commons licence"),
        ('<a rel="license" href=" https://creativecommons.org/licenses/by/4.0/">', "blanks stand around"),
    ],
)
def test_a_licence_that_misses_its_mark(tag, said) -> None:
    near = one_near(f"{TEXT}{tag}CC</a>")
    assert (near.kind, near.checker) == (NearKind.LICENCE, Checker.CC_LINK)
    assert said in near.difference
    assert tried(near.expected).granted


def test_an_open_licence_grants_on_either_network() -> None:
    for network in Network:
        assert tried(LICENCE, network).checker == Checker.CC_LINK


def test_login_licence_and_wrong_word_are_all_told() -> None:
    wrong = LOCKSS.replace("serve", "show")
    page = f'{wrong}<input type=password><a href="http://creativecommons.org/licenses/by/4.0/">CC</a>'
    kinds = [near.kind for near in tried(page).near]
    assert kinds == [NearKind.LOGIN, NearKind.CHANGED, NearKind.LICENCE]


def test_what_was_not_looked_through_is_told() -> None:
    wrong = LOCKSS.replace("serve", "show")
    early = tried(wrong + " " * LOOKED)
    assert early.near
    assert early.cut
    late = tried(" " * LOOKED + wrong)
    assert not late.near
    assert late.cut
    assert not tried(wrong).cut
    # The verdict is the crawler's and reads to the end.
    assert tried(" " * LOOKED + LOCKSS).granted


def test_a_page_that_unpacks_without_end_is_given_up() -> None:
    page = gzip.compress(b" " * 40_000_000 + CLOCKSS.encode())
    trial = try_page(page, Network.CLOCKSS, content_encoding="gzip")
    assert not trial.granted
    assert trial.reasons[0].code == RefusalCode.UNREADABLE
