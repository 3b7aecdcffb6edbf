"""Configuration for browsers and proxies: its lines, what hostile names do to them, and the real programs' verdict."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.proxylines import (
    BadStem,
    PacCode,
    PacFault,
    Proxy,
    Stem,
    StemCode,
    as_csv,
    as_json,
    combined_pac,
    ezproxy,
    harmless,
    pac,
    squid_config,
    squid_file,
    stem,
)

PROXY = Proxy("lockss.library.example", 24630)
WITH_ICP = Proxy("lockss.library.example", 24630, 24632)
USED, DIRECT = "PROXY lockss.library.example:24630; DIRECT", "DIRECT"


def made(url: str, *names: str, count: int = 0, is_down: bool = False) -> Stem:
    found = stem(url, names, count or len(names), is_down=is_down)
    assert isinstance(found, Stem), found
    return found


STEMS = [
    made("http://journals.pub.example/", "Journal A 2001", "Journal B 2001", count=5),
    made("https://journals.pub.example/", "Journal A 2002", is_down=True),
    made("https://pub.example:8443/x?y"),
    made("http://10.0.0.1/", "By number"),
    made("http://[2001:DB8::1]/", "By long number"),
    made("https://Bücher.example./", "Über"),
]


@pytest.mark.parametrize(
    ("url", "origin", "host"),
    [
        ("http://Pub.Example:80/a", "http://pub.example", "pub.example"),
        ("https://pub.example:80", "https://pub.example:80", "pub.example"),
        ("https://pub.example:443/", "https://pub.example", "pub.example"),
        ("https://bücher.example./", "https://xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080", "[2001:db8::1]"),
        ("http://user@pub.example/", "http://pub.example", "pub.example"),
        ("http://my_host.example/", "http://my_host.example", "my_host.example"),
    ],
)
def test_a_stem_is_an_origin(url: str, origin: str, host: str) -> None:
    assert (made(url).origin, made(url).host) == (origin, host)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        *(
            (text, StemCode.NOT_HTTP)
            for text in ("", "pub.example", "ftp://pub.example/", "mailto:a@b.example")
        ),
        *(
            (text, StemCode.BAD_HOST)
            for text in (
                *(
                    "http://",
                    "http:///a",
                    "http://a b/",
                    'http://a"b/',
                    "http://pub.example:0/",
                    "http://a..b/",
                ),
                *(
                    "http://pub.example:70000/",
                    "http://-a.example/",
                    "http://a\n.example/",
                    "http://a'b.example/",
                ),
            )
        ),
    ],
)
def test_what_no_configuration_can_name(url: str, code: StemCode) -> None:
    found = stem(url)
    assert isinstance(found, BadStem)
    assert found.code is code
    assert "\n" not in found.found


def test_whose_host_it_is() -> None:
    assert STEMS[0].said() == "Journal A 2001; Journal B 2001 (3 more)"
    assert STEMS[1].said() == "Journal A 2002"
    assert STEMS[2].said() == ""
    assert made("http://a.example/", count=7).said() == "7 AUs"
    assert made("http://a.example/", "a", "b", "c").names == ("a", "b")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("A\r\nhttp_access allow all", "A http_access allow all"),
        ("x */ evil() /* y", "x * / evil() / * y"),
        ("**//", "** //"),
        ("a\u2028b\u202ec\x00d\x85e\ud800f", "a b c d e f"),
        ("y" * 500, "y" * 120),
    ],
)
def test_names_are_made_harmless(text: str, kept: str) -> None:
    assert harmless(text) == kept


@pytest.mark.parametrize(
    ("host", "port"),
    [("a b", 1), ("a\nb", 1), ("A.example", 1), ("", 1), ("a.example", 0), ("a.example", 70_000)],
)
def test_a_proxy_is_a_host_and_a_port(host: str, port: int) -> None:
    with pytest.raises(ValueError, match="no host and port"):
        Proxy(host, port)
    with pytest.raises(ValueError, match="ICP"):
        Proxy("a.example", 1, 70_000)


def test_the_lines_of_a_pac() -> None:
    text = "".join(pac(STEMS, PROXY, ["LOCKSS node\nat library.example"]))
    assert text.startswith(
        '// "LOCKSS node at library.example"\n'
        "var lockssOrigins = {\n"
        '  "http://journals.pub.example": 1 // "Journal A 2001; Journal B 2001 (3 more)"\n'
        ' ,"https://journals.pub.example": 1 // "Journal A 2002"\n'
        ' ,"https://pub.example:8443": 1\n'
    )
    assert f'return "{USED}";' in text
    assert text.endswith('  return "DIRECT";\n}\n')
    assert '"DIRECT; PROXY lockss.library.example:24630"' in "".join(pac(STEMS, PROXY, direct_first=True))


ASKED = [
    ("http://journals.pub.example/a?b#c", USED),
    ("http://journals.pub.example:80/", USED),
    ("HTTP://JOURNALS.pub.example./", USED),
    ("https://journals.pub.example/", USED),
    ("https://pub.example:8443/", USED),
    ("https://pub.example/", DIRECT),
    ("http://pub.example:8443/", DIRECT),
    ("http://journals.pub.example:8080/", DIRECT),
    ("http://journals.pub.example.evil.example/", DIRECT),
    ("http://evil.example/journals.pub.example/", DIRECT),
    ("http://journals.pub.example@evil.example/", DIRECT),
    ("http://user@journals.pub.example/", USED),
    ("http://10.0.0.1/", USED),
    ("http://[2001:db8::1]/", USED),
    ("https://xn--bcher-kva.example/", USED),
    ("ftp://journals.pub.example/", DIRECT),
    ("http://__proto__/", DIRECT),
    ("http://constructor/", DIRECT),
    ("", DIRECT),
]
OTHER = """
// FindProxyForURL of the university
var lockssOrigins1 = 1;
function FindProxyForURL_1() { return "trap"; }
function FindProxyForURL(url, host) {
  if (host === "deep.example") { return FindProxyForURL("http://other.example/", "other.example"); }
  return "PROXY uni.example:3128";
}"""


def asked_in_a_browser(scripts: list[str], urls: list[str]) -> list[list[str]]:
    """What each script's FindProxyForURL says to each URL, by a real engine."""
    run = "[{scripts}].map(function (text) {{ var find = new Function(text + '; return FindProxyForURL;')();"
    run += " return {urls}.map(function (url) {{ var h = /^[a-z]+:\\/\\/(?:[^\\/@]*@)?(\\[[^\\]]*\\]|[^\\/:]*)/i.exec(url);"
    run += " return find(url, h ? h[1] : ''); }}); }})"
    program = run.format(scripts=",".join(map(json.dumps, scripts)), urls=json.dumps(urls))
    if node := shutil.which("node"):
        said = subprocess.run(
            [node, "-e", f"console.log(JSON.stringify({program}))"],
            capture_output=True,
            check=True,
            timeout=120,
        )
        return json.loads(said.stdout)
    from tests import chromium

    if not (os.environ.get("LOCKSS_CHROMIUM") or any(map(shutil.which, chromium.NAMES))):
        pytest.skip("neither node nor Chromium is here to run a PAC")
    with chromium.opened() as browser:
        return browser.new_page().evaluate(program)


HOSTILE = [
    "*/ x(); /*",
    "a\n}; function FindProxyForURL() { return 'evil'; } var x = {",
    "\u2028alert(1)",
    '"; evil(); "',
    "\\",
    "</script>",
    "${x}",
    "𝒜\ud800",
]


@pytest.mark.browser
def test_an_engine_runs_the_pac() -> None:
    hostile = [made(f"http://h{n}.example/", name) for n, name in enumerate(HOSTILE)]
    combined = combined_pac(STEMS, PROXY, OTHER)
    assert not isinstance(combined, PacFault)
    scripts = [
        "".join(pac(STEMS, PROXY, HOSTILE)),
        "".join(pac([*STEMS, *hostile], PROXY, HOSTILE, direct_first=True)),
        "".join(combined),
        "".join(pac([], PROXY)),
    ]
    urls = [url for url, _said in ASKED] + ["http://deep.example/", "http://h1.example/"]
    plain, direct_first, together, empty = asked_in_a_browser(scripts, urls)
    assert plain == [said for _url, said in ASKED] + [DIRECT, DIRECT]
    later = "DIRECT; PROXY lockss.library.example:24630"
    assert direct_first == [later if said == USED else said for _url, said in ASKED] + [DIRECT, later]
    elsewhere = "PROXY uni.example:3128"
    assert together == [said if said == USED else elsewhere for _url, said in ASKED] + [elsewhere, elsewhere]
    assert set(empty) == {DIRECT}


def test_another_pac_keeps_its_say_under_another_name() -> None:
    lines = combined_pac(STEMS, PROXY, OTHER)
    assert not isinstance(lines, PacFault)
    text = "".join(lines)
    assert "return FindProxyForURL_2(url, host);" in text
    assert 'return FindProxyForURL_2("http://other.example/"' in text
    assert "var lockssOrigins2 = {" in text
    assert len(re.findall(r"function FindProxyForURL\(", text)) == 1


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ("", PacCode.NO_FUNCTION),
        ("function MyFindProxyForURL() {}", PacCode.NO_FUNCTION),
        ("FindProxyForURL(1)", PacCode.NO_FUNCTION),
        ("function FindProxyForURL() {}" + " " * 1_048_576, PacCode.TOO_LONG),
    ],
)
def test_what_cannot_be_combined(other: str, code: PacCode) -> None:
    assert combined_pac(STEMS, PROXY, other) == PacFault(code)
    assert not isinstance(combined_pac(STEMS, PROXY, "var FindProxyForURL = function () {}"), PacFault)


def test_the_lines_for_ezproxy() -> None:
    assert "".join(ezproxy(STEMS[:1], PROXY)) == (
        "Proxy lockss.library.example:24630\n"
        "\n"
        "Title Journal A 2001; Journal B 2001 (3 more)\n"
        "URL http://journals.pub.example/\n"
        "HostJavaScript http://journals.pub.example\n"
        "Domain journals.pub.example\n"
        "\n"
        "Proxy\n"
    )
    text = "".join(ezproxy([made("https://a.example:8443/", "-hide X")], PROXY, javascript=False))
    assert (
        "Title hide X\nURL https://a.example:8443/\nHost https://a.example:8443\nDomain a.example\n" in text
    )
    assert "Title a.example\n" in "".join(ezproxy([made("http://a.example/", "---")], PROXY))


def stanzas(text: str) -> list[dict[str, str]]:
    """As EZproxy reads: directives a line, a stanza begins with its title."""
    found: list[dict[str, str]] = []
    for line in text.splitlines():
        name, _blank, value = line.partition(" ")
        if name == "Title":
            found.append({})
        if found and name != "Proxy" and name:
            assert name in {"Title", "URL", "HostJavaScript", "Domain"}
            found[-1][name] = value
    return found


@given(
    st.lists(st.tuples(st.integers(1, 40), st.text(max_size=40)), max_size=6),
    st.lists(st.text(max_size=40), max_size=2),
)
def test_no_name_breaks_a_line(named: list[tuple[int, str]], about: list[str]) -> None:
    stems = sorted((made(f"http://h{n}.example/", name) for n, name in named), key=lambda one: one.origin)
    hosts = list(dict.fromkeys(one.host for one in stems))
    every = [pac(stems, PROXY, about), ezproxy(stems, PROXY), squid_file(stems, PROXY, "f", about)]
    every += [squid_config(stems, PROXY, about), as_json(stems), as_csv(stems)]
    for lines in every:
        text = "".join(lines)
        assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", text)
    assert [one["Domain"] for one in stanzas("".join(ezproxy(stems, PROXY)))] == hosts
    plain = [
        line
        for line in "".join(squid_file(stems, PROXY, "f", about)).split("\n")
        if line[:1] not in ("#", "")
    ]
    assert plain == hosts
    config = [
        line.split()
        for line in "".join(squid_config(stems, PROXY, about)).split("\n")
        if line[:1] not in ("#", "")
    ]
    assert [line[3] for line in config if line[0] == "acl"] == hosts
    assert {line[0] for line in config} <= {"acl", "cache_peer", "cache_peer_access", "never_direct"}
    assert len(json.loads("".join(as_json(stems)))) == len(stems)
    assert len(list(csv.reader(io.StringIO("".join(as_csv(stems)))))) == len(stems) + 1


def test_the_lines_for_squid() -> None:
    assert "".join(squid_config(STEMS, WITH_ICP, ["Node X"])) == (
        "# Node X\n"
        "# Journal A 2001; Journal B 2001 (3 more)\n"
        "acl lockss-library-example-domains dstdomain journals.pub.example\n"
        "acl lockss-library-example-domains dstdomain pub.example\n"
        "# Über\n"
        "acl lockss-library-example-domains dstdomain xn--bcher-kva.example\n"
        "cache_peer lockss.library.example parent 24630 24632 proxy-only no-digest\n"
        "cache_peer_access lockss.library.example allow lockss-library-example-domains\n"
        "cache_peer_access lockss.library.example deny all\n"
        "never_direct allow lockss-library-example-domains\n"
    )
    direct = "".join(squid_config(STEMS, PROXY, direct_first=True))
    assert "parent 24630 0 proxy-only no-digest no-query\n" in direct
    assert direct.endswith("prefer_direct on\n")
    assert "".join(squid_config(STEMS[3:5], PROXY)) == ""


def test_a_file_of_domains_for_squid() -> None:
    assert "".join(squid_file(STEMS[:3], PROXY, '/etc/squid/a"b\nc')) == (
        "# Lines for squid.conf:\n"
        '# acl lockss-library-example-domains dstdomain "/etc/squid/ab c"\n'
        "# cache_peer lockss.library.example parent 24630 0 proxy-only no-digest no-query\n"
        "# cache_peer_access lockss.library.example allow lockss-library-example-domains\n"
        "# cache_peer_access lockss.library.example deny all\n"
        "# never_direct allow lockss-library-example-domains\n"
        "# Journal A 2001; Journal B 2001 (3 more)\n"
        "journals.pub.example\n"
        "pub.example\n"
    )


@pytest.mark.parametrize(
    "proxy", [PROXY, WITH_ICP, Proxy("127.0.0.1", 9), Proxy("[::1]", 9), Proxy(f"{'a' * 60}.{'b' * 60}", 9)]
)
@pytest.mark.parametrize("direct_first", [False, True])
def test_squid_takes_the_lines(tmp_path: Path, proxy: Proxy, direct_first: bool) -> None:
    squid = shutil.which("squid") or shutil.which("squid", path="/usr/sbin")
    if not squid:
        pytest.skip("no Squid is here to read its lines")
    hostile = [made(f"http://h{n}.example/", name) for n, name in enumerate(HOSTILE)]
    stems = [*STEMS, *hostile]
    domains = tmp_path / "domains"
    domains.write_text(
        "".join(squid_file(stems, proxy, str(domains), HOSTILE, direct_first=direct_first)), "utf-8"
    )
    suggested = "".join(
        f"{line[2:]}\n"
        for line in domains.read_text("utf-8").splitlines()
        if line.startswith(("# acl", "# cache_peer", "# never", "# prefer"))
    )
    for name, lines in (
        ("inline", "".join(squid_config(stems, proxy, HOSTILE, direct_first=direct_first))),
        ("file", suggested),
    ):
        config = tmp_path / f"{name}.conf"
        config.write_text(f"http_port 127.0.0.1:3129\nvisible_hostname x.example\n{lines}", "utf-8")
        said = subprocess.run(
            [squid, "-k", "parse", "-f", str(config)], capture_output=True, text=True, timeout=60
        )
        assert said.returncode == 0, said.stderr
        assert not re.search("ERROR|FATAL|WARNING", said.stderr), said.stderr


def test_plain_lists() -> None:
    rows = json.loads("".join(as_json(STEMS)))
    assert rows[0] == {
        "stem": "http://journals.pub.example/",
        "host": "journals.pub.example",
        "port": None,
        "au_count": 5,
        "down": False,
        "names": ["Journal A 2001", "Journal B 2001"],
    }
    assert (rows[1]["down"], rows[2]["port"]) == (True, 8443)
    table = list(csv.reader(io.StringIO("".join(as_csv([*STEMS, made("http://x.example/", "=1+1")])))))
    assert table[0] == ["stem", "host", "port", "au_count", "down", "names"]
    assert table[1] == [
        "http://journals.pub.example/",
        "journals.pub.example",
        "",
        "5",
        "no",
        "Journal A 2001; Journal B 2001",
    ]
    assert table[2][4] == "yes"
    assert table[-1][-1] == "'=1+1"
    assert json.loads("".join(as_json([]))) == []


def test_an_origin_is_named_once() -> None:
    twice = [STEMS[0], STEMS[0]]
    assert "".join(pac(twice, PROXY)).count('"http://journals.pub.example"') == 1
    assert "".join(ezproxy(twice, PROXY)).count("Title") == 1
    assert "".join(squid_config(twice, PROXY)).count("dstdomain") == 1


def test_lines_are_written_as_stems_come() -> None:
    drawn = []

    def source():
        for one in STEMS:
            drawn.append(one)
            yield one

    for write in (pac, ezproxy, squid_config):
        drawn.clear()
        for line in write(source(), PROXY):
            if "pub.example" in line:
                break
        assert len(drawn) == 1


@given(st.text(max_size=40))
def test_any_text_is_a_stem_or_is_told(text: str) -> None:
    for url in (text, f"http://{text}", f"https://pub.example:{text}/"):
        found = stem(url)
        if isinstance(found, Stem):
            assert re.fullmatch(r"https?://[a-z0-9._:\[\]-]+", found.origin)
            assert stem(found.origin) == found


@given(st.text(max_size=200))
def test_harmless_is_harmless_once_and_for_all(text: str) -> None:
    plain = harmless(text)
    assert harmless(plain) == plain
    assert "*/" not in plain
    assert "\n" not in plain


@given(st.text(max_size=60))
def test_any_other_pac_is_taken_or_told(text: str) -> None:
    for other in (text, f"{text} function FindProxyForURL (u, h) {{}} {text}"):
        lines = combined_pac(STEMS, PROXY, other)
        if isinstance(lines, PacFault):
            continue
        assert len(re.findall(r"(?<![\w$])FindProxyForURL(?![\w$])", "".join(lines))) == 1
