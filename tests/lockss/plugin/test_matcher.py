"""The dialect of definitions' expressions, and searching that always comes back (plugins §6)."""

import re

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.plugin.dialect import MAX_PATTERN, PatternFault, Translated, translate
from apps.lockss.plugin.matcher import MAX_SUBJECT, Found, Outcome, Pattern, compile_pattern

HIT, MISS, UNDECIDED = Outcome.HIT, Outcome.MISS, Outcome.UNDECIDED


def compiled(source: str, *, ignore_case: bool = False) -> Pattern:
    pattern = compile_pattern(source, ignore_case=ignore_case)
    assert isinstance(pattern, Pattern), pattern
    return pattern


@pytest.mark.parametrize(
    ("source", "hits", "misses"),
    [
        ("b", ["abc"], ["ac"]),
        ("^b", ["bc"], ["abc"]),
        ("b$", ["ab", "ab\n"], ["ab\n\n", "abc"]),
        (r"b\z", ["ab"], ["ab\n"]),
        (r"b\Z", ["ab", "ab\n"], ["abc"]),
        (r"\Ab", ["bc"], ["abc"]),
        ("a.c", ["abc", "aéc"], ["a\nc"]),
        (r"\d\w\s", ["1_ ", "0é 1a\t"], ["١a ", "1é "]),
        (r"\D\W\S", ["a-b"], ["1-b", "aab"]),
        (r"\bfoo\b", ["a foo b", "é-foo"], ["afoo"]),
        (r"\Boo", ["foo"], ["oo"]),
        ("[abc]", ["b"], ["d"]),
        ("[]a]", ["]", "a"], ["b"]),
        ("[^]a]", ["b"], ["]", "a"]),
        ("[a-c-]", ["b", "-"], ["d"]),
        (r"[a-\d]", ["a", "-", "5"], ["b"]),
        (r"[\]\-\\^]", ["]", "-", "\\", "^"], ["a"]),
        (r"[\b]", ["\b"], ["b"]),
        ("[[]", ["["], ["]"]),
        ("[[:alpha:]]", ["q"], ["7"]),
        ("(?:ab)+c", ["ababc"], ["ac"]),
        ("a{2,3}b", ["aab", "aaab"], ["ab"]),
        ("^a{2}$", ["aa"], ["a", "aaa"]),
        ("a{,2}", ["a{,2}"], ["aa"]),
        ("a{x", ["a{x"], ["a"]),
        ("a*?b", ["b", "aab"], ["a"]),
        (r"\.\+\?\$\-\/", [".+?$-/"], [""]),
        (r"\é\日\ ", ["é日 "], ["e"]),
        (r"\x41\x{", ["A\0{"], ["x"]),
        (r"\101\012\0", ["A\n\0"], ["1"]),
        (r"\cA\t\n\r\f\a\e", ["\x01\t\n\r\f\a\x1b"], [""]),
        (r"\p\Q\h", ["pQh"], ["p"]),
        ("(?#a comment)b", ["b"], ["a"]),
        ("(?i)ABC", ["abc"], ["abd"]),
        ("a(?i)b", ["AB"], ["A"]),
        ("(?s)a.b", ["a\nb"], ["ab"]),
        ("(?m)^b$", ["a\nb\nc"], ["ab"]),
        ("(?x) a b # c\n c", ["abc"], ["a b c"]),
        ("a(?=b)", ["ab"], ["ac"]),
        ("a(?!b)", ["ac", "a"], ["ab"]),
        (r"(a+)-\1$", ["aa-aa", "baa-a"], ["a-b", "a-aa"]),
        (r"(a)(b)\2\1", ["abba"], ["abab"]),
        (r"(/[^.?/]+)(\1){2,}", ["/x/x/x"], ["/x/x/y"]),
        ("^http(?!.*/filestream/.*)(?!.*\\.pdf)|html$", ["http://a/b", "x.html"], ["http://a/b.pdf"]),
        ("a|", [""], []),
        ("()", ["x"], []),
        ("x{2,5000}", ["xx"], ["x"]),
    ],
)
def test_the_dialect(source: str, hits: list[str], misses: list[str]) -> None:
    pattern = compiled(source)
    assert {text: pattern.search(text).outcome for text in hits} == dict.fromkeys(hits, HIT)
    assert {text: pattern.search(text).outcome for text in misses} == dict.fromkeys(misses, MISS)


@pytest.mark.parametrize(
    ("source", "offset"),
    [
        ("(", 1),
        (")", 0),
        ("a(b", 3),
        ("[a", 0),
        ("a\\", 1),
        ("[\\", 1),
        ("*a", 0),
        ("a**", 2),
        ("a{2}{3}", 4),
        ("(?=a)*", 5),
        ("(*a)", 1),
        ("|+", 1),
        ("a{3,2}", 1),
        ("a{1,99999}", 1),
        ("[z-a]", 2),
        (r"\1", 0),
        (r"(a)\2", 3),
        ("(?<=a)b", 0),
        ("(?<!a)b", 0),
        ("(?<n>a)", 0),
        ("(?P<n>a)", 0),
        ("(?>a)", 0),
        ("(?i:a)", 0),
        ("(?#a", 0),
        ("(?", 0),
        ("(" * 100, 60),
        ("(a)" * 251, 750),
    ],
)
def test_what_is_not_of_the_dialect(source: str, offset: int) -> None:
    fault = compile_pattern(source)
    assert isinstance(fault, PatternFault)
    assert fault.offset == offset
    assert f"character {offset + 1}" in str(fault)


def test_the_first_group_is_told() -> None:
    assert compiled(r"v(\d+)-(\d+)").search("xv12-34") == Found(HIT, "12")
    assert compiled("(a)|b").search("b") == Found(HIT, None)
    assert compiled("ab").search("ab") == Found(HIT, None)
    assert compiled(r"(\d+)(?!x)").search("a12y") == Found(HIT, "12")


def test_case() -> None:
    assert compiled("ABC", ignore_case=True).matches("xabcx")
    assert not compiled("ABC").matches("xabcx")
    assert compiled("A(?=B)C?", ignore_case=True).matches("ab")
    assert compiled("(?i)é").matches("É")


ATOMS = st.sampled_from(
    ["a", "b", ".", "[ab]", "[^a]", r"\d", r"\w", r"\.", "(a|b)", "(?:ab)", "^", "$", r"\b", "(a)", "1", "/"]
)
QUANTIFIERS = st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{0,2}", "*?"])


def pieces(extra: list[str]) -> st.SearchStrategy[str]:
    def joined(parts: list[tuple[str, str]]) -> str:
        return "".join(
            atom
            + ("" if atom in {"^", "$", r"\b"} or (atom.startswith("(?") and atom[2] in "=!") else quantifier)
            for atom, quantifier in parts
        )

    return st.lists(
        st.tuples(ATOMS | st.sampled_from([*extra, "c"]), QUANTIFIERS), min_size=1, max_size=7
    ).map(joined)


TEXTS = st.text("ab1./c\n", max_size=12)


@given(pieces([]), TEXTS)
def test_both_engines_and_python_agree(source: str, text: str) -> None:
    pattern = compiled(source)
    assert pattern.linear
    expected = re.search(source, text, re.ASCII)
    found = pattern.search(text)
    assert (found.outcome is HIT) == (expected is not None)
    if expected is not None and expected.re.groups:
        assert found.group == expected[1]


@given(pieces(["(?=a)", "(?!b)", "(?=.*c)"]), TEXTS)
def test_look_ahead_agrees_with_python_and_the_loose_form_never_misses(source: str, text: str) -> None:
    pattern = compiled(source)
    expected = re.search(source, text, re.ASCII) is not None
    assert (pattern.search(text).outcome is HIT) == expected
    translated = translate(source)
    assert isinstance(translated, Translated)
    if expected:
        assert text.endswith("\n") or re2.search(translated.loose, text) is not None


@given(st.text(r"ab(){}[]?*+|^$.\d1=!:,-", max_size=16), TEXTS)
def test_any_expression_compiles_or_says_where_it_fails(source: str, text: str) -> None:
    pattern = compile_pattern(source)
    if isinstance(pattern, Pattern):
        assert pattern.search(text).outcome in Outcome
    else:
        assert 0 <= pattern.offset <= len(source)


HOSTILE = [
    ("(a+)+$", "a" * 60_000 + "!"),
    ("(a|a)*b", "a" * 60_000),
    ("(.*)*x", "a" * 60_000),
    ("(a+)+(?=x)$", "a" * 60_000 + "!"),
    (r"(.*)(.*)(.*)(.*)\1x", "a" * 5_000 + "x"),
    (r"((a|a)*)\1b", "a" * 5_000 + "b"),
    ("(?=(a+)+b)a", "a" * 5_000 + "cb"),
    ("(x+x+)+y(?!z)", "x" * 60_000 + "yz"),
    (r"^(([a-z])+.)+(?!q)[A-Z]([a-z])+$", "a" * 60_000),
    ("[a-z]{1,1000}" * 9 + "!", "a" * 60_000),
    ("[a-z]{0,900}.{0,900}" * 5 + "!", "a" * 1_500),
]


@pytest.mark.parametrize(("source", "text"), HOSTILE, ids=[source[:20] for source, _text in HOSTILE])
def test_searching_always_comes_back(source: str, text: str) -> None:
    pattern = compiled(source)
    outcome = pattern.search(text).outcome
    assert outcome in {MISS, UNDECIDED}
    assert not pattern.matches(text)


@pytest.mark.parametrize(
    "source",
    [
        "((((a{100}){100}){100}){100}){100}",
        "((((a{100}){100}){100}){100}){100}(?=b)",
        "(a{1000}){200}",
        "a" * (MAX_PATTERN + 1),
        "a|" * 20_000 + "(?=x)",
    ],
    ids=["power", "power-ahead", "product", "long", "long-ahead"],
)
def test_expressions_too_large_to_hold_are_refused(source: str) -> None:
    assert isinstance(compile_pattern(source), PatternFault)


def test_what_cannot_be_decided_falls_as_the_caller_says() -> None:
    pattern = compiled(r"(.*)(.*)(.*)(.*)\1x")
    text = "a" * 5_000 + "x"
    assert pattern.search(text).outcome is UNDECIDED
    assert pattern.matches(text, undecided=True)
    assert compiled("a").search("a" * (MAX_SUBJECT + 1)).outcome is UNDECIDED


def test_large_sets_stay_linear() -> None:
    pattern = compiled("^/(?:" + "|".join(map(str, range(10_000))) + ")$")
    assert pattern.linear
    assert pattern.matches("/9999")
    assert not pattern.matches("/10000")
