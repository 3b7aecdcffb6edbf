"""A statement that is there for people only: in another language, drawn by a script, or behind a login."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from urllib.parse import urlsplit

from apps.lockss.permission.near import Near, NearKind, plain_text, word_count
from apps.lockss.permission.references import decoded
from apps.lockss.permission.statements import Checker, StatementScanner, squeezed
from apps.lockss.permission.tags import TagScanner

_SCRIPT = re.compile(r"<script\b[^<>]{0,2000}>(.*?)(?:</script\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_HIDDEN = re.compile(
    r"<(script|style|template|noscript)\b[^<>]{0,2000}>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_QUOTE = re.compile("[\"'`]")
_LITERAL = re.compile(r""""((?:[^"\\\n]|\\.)*+)"|'((?:[^'\\\n]|\\.)*+)'|`((?:[^`\\]|\\.)*+)`""", re.DOTALL)
# A quote that never closes (an apostrophe in a remark) is passed over; each costs one reading of the rest.
MOST_UNCLOSED = 64
MOST_SCRIPTS = 400
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_LETTER = {"n": "\n", "t": "\t", "r": "\r", "b": " ", "f": " ", "v": " ", "\n": ""}
_LOGIN_PATH = re.compile(
    r"(?:^|[/._?&=-])(?:log-?in|log-?on|sign-?in|sso|saml2?|wayf|shibboleth|openathens|authenticate|authorize)"
    r"(?:$|[/._?&=-])",
    re.IGNORECASE,
)
_NAME = re.compile(r"C?LOCKSS", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?。]\s|\n\s*\n")
# Fewer words than this in the page as sent, beside a script: the rest is drawn later.
FEW_WORDS = 40
# Stems of permitting, collecting, keeping and serving; "perm" and "system" would also be English.
_STEMS = {
    "German": "erlaubnis genehmig archivier sammeln bewahren bereitstell einverständnis berechtigt zugriff",
    "French": "autoris archivag collecter préserver conserver système unité archivistique bibliothèques",
    "Spanish": "permiso recopilar recoger conservar archivar unidad bibliotecas sistema permite",
    "Portuguese": "permissão coletar recolher arquivar unidade bibliotecas preservar sistema permite",
    "Italian": "permesso autorizz raccogliere conservare archiviare unità biblioteche sistema",
    "Dutch": "toestemming verzamelen bewaren archiveren bibliotheken eenheid systeem",
    "Polish": "zezwoleni pozwoleni gromadz przechowyw archiw bibliotek",
    "Czech": "povolení shromažďov uchov archiv knihov",
    "Turkish": "izin arşiv topla koru kütüphane sistemi",
    "Swedish": "tillstånd samla bevara arkiv bibliotek",
    "Indonesian": "izin mengumpul melestari arsip perpustakaan sistem",
    "Romanian": "permisiun colecta arhiv biblioteci sistemul",
    "Russian": "разрешен сохран собира архив библиотек систем",
    "Ukrainian": "дозвіл зберіг збира архів бібліотек систем",
    "Greek": "άδεια συλλογ διατήρ αρχεί βιβλιοθήκ σύστημα",
    "Arabic": "إذن جمع حفظ أرشيف نظام",
    "Persian": "اجازه حفظ بایگانی آرشیو سامانه سیستم",
    "Chinese": "许可 許可 收集 保存 存档 存檔 系统 系統 图书馆 圖書館",
    "Japanese": "許可 収集 保存 システム 図書館",
    "Korean": "허가 허락 수집 보존 시스템 도서관",
}
_FEW_STEMS = 2


def drawn_by_script(text: str, statements: Mapping[Checker, str]) -> Near | None:
    """A statement that only stands on the page when its scripts have run."""
    for match in islice(_SCRIPT.finditer(text), MOST_SCRIPTS):
        literals = [one for one in _literals(match[1]) if one]
        for glue in ("", " "):
            written = decoded(re.sub(r"<[^<>]{0,500}>", "", glue.join(literals)))
            scanner = StatementScanner(statements)
            scanner.feed(written)
            scanner.close()
            for checker in statements:
                if checker in scanner.found:
                    return Near(
                        NearKind.SCRIPT,
                        checker,
                        match[1].strip()[:500],
                        statements[checker],
                        "the statement is put together by a script; the node reads the page as it is sent and runs none.",
                        match.start(1),
                    )
    return None


def _literals(script: str) -> Iterator[str]:
    unclosed = at = 0
    while unclosed < MOST_UNCLOSED and (quote := _QUOTE.search(script, at)) is not None:
        match = _LITERAL.match(script, quote.start())
        if match is None:
            unclosed += 1
            at = quote.end()
            continue
        at = match.end()
        yield _ESCAPE.sub(_unescaped, match[1] or match[2] or match[3] or "")


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code is None:
        return _LETTER.get(match[4], match[4])
    number = int(code, 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"


def empty_shell(text: str, expected: str) -> Near | None:
    """A page that says next to nothing before its scripts have run."""
    scripts = re.search(r"<script\b", text, re.IGNORECASE)
    shown = plain_text(_HIDDEN.sub(" ", text))
    if scripts is None or word_count(shown) >= FEW_WORDS:
        return None
    return Near(
        NearKind.SCRIPT,
        None,
        shown[:300],
        expected,
        "the page as it is sent holds almost no text; its scripts would draw it, and the node runs none.",
        scripts.start(),
    )


def behind_login(
    text: str, expected: str, *, asked: str = "", final_url: str = "", status: int | None = None
) -> Near | None:
    """The answer is a demand to sign in: by its status, by where it led, or by a field for a password."""

    def near(found: str, difference: str) -> Near:
        return Near(NearKind.LOGIN, None, found, expected, difference)

    if status in {401, 403, 407}:
        return near(f"HTTP {status}", f"the site answers {status}: the page is not open to everybody.")
    if final_url and final_url != asked and is_sign_in(final_url):
        return near(final_url, "the address leads to a page for signing in.")
    for tag in TagScanner(frozenset({"input"})).feed(text):
        if tag.attributes.get("type", "").strip().lower() == "password":
            return near(
                "<input type=password>", "the page asks for a password; the statement may be behind it."
            )
    return None


def is_sign_in(url: str) -> bool:
    """Whether an address is, by its words, that of a page for signing in."""
    return bool(_LOGIN_PATH.search(_path(url)))


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.netloc}{parts.path}?{parts.query}"


def other_language(text: str, expected: str) -> Near | None:
    """A sentence that names the network in another language than the statement's."""
    best: tuple[int, str, str] | None = None
    shown = squeezed(decoded(re.sub(r"<[^<>]{0,500}>", " ", _HIDDEN.sub(" ", text))))
    for count, match in enumerate(_NAME.finditer(shown)):
        if count >= 200:
            break
        sentence = _sentence(shown, match.start(), match.end())
        lower = sentence.lower()
        for language, stems in _STEMS.items():
            hits = sum(stem in lower for stem in stems.split())
            if hits >= _FEW_STEMS and (best is None or hits > best[0]):
                best = hits, language, sentence
    if best is None:
        return None
    return Near(
        NearKind.LANGUAGE,
        None,
        best[2],
        expected,
        f"the sentence seems to be in {best[1]}; only the English words are recognised. Both may stand on the page.",
        _place(text, best[2]),
    )


def _place(text: str, sentence: str) -> int:
    """Where the sentence begins in the page as sent; markup may stand in it, so its first words are looked for."""
    return max(0, text.find(sentence[:20]))


def _sentence(text: str, start: int, end: int) -> str:
    before = [match.end() for match in _SENTENCE_END.finditer(text, max(0, start - 300), start)]
    after = _SENTENCE_END.search(text, end, min(len(text), end + 400))
    begin = before[-1] if before else max(0, start - 300)
    stop = after.start() + 1 if after else min(len(text), end + 400)
    return " ".join(text[begin:stop].split())
