"""The sample publisher's content: two journals of three volumes, every byte made from its address.

Only one page differs from request to request (``/news``): what changes lies between two comments, and
the sample platform definition's hash filter takes it out before a vote. One volume's permission statement
has a wrong word, so nothing of it may be collected.
"""

import hashlib
import posixpath
import re
import struct
import textwrap
import zlib
from dataclasses import dataclass
from html import escape

PERMISSION = "LOCKSS system has permission to collect, preserve, and serve this Archival Unit"


@dataclass(frozen=True, slots=True)
class Journal:
    path: str
    name: str
    issn: str
    eissn: str
    first_year: int
    colour: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: media type, body, and whether it is the same at every request."""

    content_type: str
    body: bytes
    stable: bool = True


JOURNALS = (
    Journal("tidal", "Journal of Tidal Archives", "2990-0018", "2990-0026", 2019, (24, 96, 120)),
    Journal("paper", "Annals of Paper and Light", "2990-0034", "2990-0042", 2021, (140, 90, 40)),
)
VOLUMES = (1, 2, 3)
ARTICLES = (1, 2, 3)
ISSUES = (1, 2)
PAGES = 10
"""Of each article; they are counted through a volume."""
_ROOTED = re.compile(r'\b(href|src)="(/[^"]*)"')
WITHOUT_PERMISSION = ("paper", 3)
# One word wrong, as it happens to publishers: it reads well and permits nothing.
NEARLY = PERMISSION.replace(" serve ", " provide ")
WORDS = [
    "copy",
    "shelf",
    "tide",
    "paper",
    "light",
    "reading",
    "room",
    "quiet",
    "index",
    "ledger",
    "page",
    "margin",
    "binding",
    "salt",
    "water",
    "archive",
    "witness",
    "proof",
    "vote",
    "agree",
    "repair",
    "century",
    "library",
    "careful",
    "distant",
    "many",
    "keep",
    "stuff",
    "safe",
    "careful",
    "hand",
]


def journal(path: str) -> Journal | None:
    return next((j for j in JOURNALS if j.path == path), None)


def respond(path: str, *, visit: int, clock: str) -> Page | str | None:
    """What lies at ``path``: a page, the address it has moved to (a string), or None for nothing.

    ``visit`` and ``clock`` only show on the page that changes on every request.
    """
    parts = [p for p in path.split("/") if p]
    if not parts:
        return Page("text/html; charset=utf-8", _home())
    j = journal(parts[0])
    if j is None:
        return None
    rest = parts[1:]
    if rest == ["static", "style.css"]:
        return Page("text/css", _css(j))
    if rest == ["static", "paper.png"]:
        return Page("image/png", png(_pale(j.colour), 24, 24, seed=7))
    if len(rest) >= 2 and rest[0] == "volume" and rest[1].isdigit() and int(rest[1]) in VOLUMES:
        return _in_volume(j, int(rest[1]), rest[2:], visit, clock)
    return None


def _in_volume(j: Journal, volume: int, rest: list[str], visit: int, clock: str) -> Page | str | None:
    base = f"/{j.path}/volume/{volume}"
    match rest:
        case ["lockss"]:
            return Page("text/html; charset=utf-8", _manifest(j, volume, base))
        case ["contents"]:
            return Page("text/html; charset=utf-8", _contents(j, volume, base))
        case ["news"]:
            return Page("text/html; charset=utf-8", _news(j, volume, visit, clock), stable=False)
        case ["issue", issue] if issue.isdigit() and int(issue) in ISSUES:
            return Page("text/html; charset=utf-8", _issue(j, volume, int(issue), base))
        case ["doi", number] if _is_article(number):
            return f"{base}/article/{number}"
        case ["article", number] if _is_article(number):
            return Page("text/html; charset=utf-8", _article(j, volume, int(number), base))
        case ["article", number, "full.pdf"] if _is_article(number):
            return Page(
                "application/pdf",
                pdf(article_title(j, volume, int(number)), _prose(j, volume, int(number), 6)),
            )
        case ["article", number, "figure.png"] if _is_article(number):
            return Page("image/png", png(j.colour, 160, 100, seed=volume * 10 + int(number)))
        case _:
            return None


def _is_article(number: str) -> bool:
    return number.isdigit() and int(number) in ARTICLES


def _html(j: Journal, title: str, body: str, at: str, tags: str = "") -> bytes:
    """A page at the path ``at``. Its links are relative, as those of pages that are meant to be kept."""
    text = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n{tags}'
        f'<link rel="stylesheet" href="/{j.path}/static/style.css"></head>\n<body>\n'
        f'<p class="masthead">{escape(j.name)} · ISSN {j.issn}</p>\n{body}\n</body></html>\n'
    )
    folder = posixpath.dirname(at)
    return _ROOTED.sub(lambda m: f'{m[1]}="{posixpath.relpath(m[2], folder)}"', text).encode()


def _home() -> bytes:
    links = "".join(
        f'<li><a href="/{j.path}/volume/{v}/contents">{escape(j.name)}, volume {v}</a></li>'
        for j in JOURNALS
        for v in VOLUMES
    )
    return f"<!DOCTYPE html><html lang=en><title>Harbour Press</title><h1>Harbour Press</h1><ul>{links}</ul>".encode()


def _manifest(j: Journal, volume: int, base: str) -> bytes:
    statement = NEARLY if (j.path, volume) == WITHOUT_PERMISSION else PERMISSION
    return _html(
        j,
        f"{j.name}, volume {volume}: for archives",
        f"<h1>Volume {volume} ({j.first_year + volume - 1})</h1>\n<p>{statement}</p>\n"
        f'<ul><li><a href="{base}/contents">Contents</a></li><li><a href="{base}/news">News</a></li></ul>',
        f"{base}/lockss",
    )


def _contents(j: Journal, volume: int, base: str) -> bytes:
    issues = " · ".join(f'<a href="{base}/issue/{n}">Issue {n}</a>' for n in ISSUES)
    return _html(
        j,
        f"Contents of volume {volume}",
        f"<h1>Volume {volume}</h1>\n<p>{issues}</p>\n{_listed(j, volume, base, ARTICLES)}",
        f"{base}/contents",
    )


def _issue(j: Journal, volume: int, issue: int, base: str) -> bytes:
    name = f"Volume {volume}, Issue {issue}"
    own = tuple(number for number in ARTICLES if issue_of(number) == issue)
    text = f'<h1>{name}</h1>\n{_listed(j, volume, base, own)}\n<p><a href="{base}/contents">Contents</a></p>'
    return _html(j, name, text, f"{base}/issue/{issue}")


def _listed(j: Journal, volume: int, base: str, articles: tuple[int, ...]) -> str:
    items = "\n".join(
        f'<li><a href="{base}/article/{n}">{escape(article_title(j, volume, n))}</a> '
        f'(<a href="{base}/doi/{n}">permanent link</a>, <a href="{base}/article/{n}/full.pdf">PDF</a>)</li>'
        for n in articles
    )
    return f"<ol>\n{items}\n</ol>"


def issue_of(article: int) -> int:
    """The first issue has two articles, the second one the last."""
    return 1 if article < ARTICLES[-1] else 2


def first_page(article: int) -> int:
    return (article - 1) * PAGES + 1


def _tags(j: Journal, volume: int, number: int) -> str:
    """What an article says of itself to programs, as scholarly sites do (``citation_…``)."""
    first = first_page(number)
    said = (
        ("title", article_title(j, volume, number)),
        ("journal_title", j.name),
        ("issn", j.issn),
        ("issn", j.eissn),
        ("volume", volume),
        ("issue", issue_of(number)),
        ("firstpage", first),
        ("lastpage", first + PAGES - 1),
        ("publication_date", j.first_year + volume - 1),
        ("doi", f"10.5555/{j.path}.{volume}.{number}"),
        ("author", "Haven, Mara"),
        ("author", f"{WORDS[_draw(f'{j.path}/{number}/author', 1)[0] % len(WORDS)].capitalize()}, Ivo"),
    )
    return "".join(f'<meta name="citation_{key}" content="{escape(str(value))}">\n' for key, value in said)


def _article(j: Journal, volume: int, number: int, base: str) -> bytes:
    prose = "\n".join(f"<p>{escape(p)}</p>" for p in _prose(j, volume, number, 14))
    title = article_title(j, volume, number)
    return _html(
        j,
        title,
        f'<h1>{escape(title)}</h1>\n<figure><img src="{base}/article/{number}/figure.png" alt="Figure 1">'
        f"<figcaption>Figure 1. A tide of copies.</figcaption></figure>\n{prose}\n"
        f'<p><a href="{base}/article/{number}/full.pdf">PDF</a> · <a href="{base}/contents">Contents</a></p>',
        f"{base}/article/{number}",
        _tags(j, volume, number),
    )


def _news(j: Journal, volume: int, visit: int, clock: str) -> bytes:
    return _html(
        j,
        f"News of volume {volume}",
        f"<h1>News of volume {volume}</h1>\n<p>The volume is complete.</p>\n"
        f"<!-- volatile --><p>Served {escape(clock)} to visitor {visit}.</p><!-- /volatile -->",
        f"/{j.path}/volume/{volume}/news",
    )


def _css(j: Journal) -> bytes:
    r, g, b = j.colour
    return (
        f"body {{ font: 16px/1.5 Georgia, serif; max-width: 40rem; margin: 2rem auto; color: #222;\n"
        f'  background: #fdfcf8 url("paper.png"); }}\n'
        f"h1, .masthead {{ color: rgb({r}, {g}, {b}); }}\nfigure {{ margin: 1rem 0; }}\n"
    ).encode()


def article_title(j: Journal, volume: int, number: int) -> str:
    a, b = _draw(f"{j.path}/{volume}/{number}/title", 2)
    return f"On the {WORDS[a % len(WORDS)]} and the {WORDS[b % len(WORDS)]}, part {number}"


def _prose(j: Journal, volume: int, number: int, paragraphs: int) -> list[str]:
    out = []
    for p in range(paragraphs):
        words = [WORDS[d % len(WORDS)] for d in _draw(f"{j.path}/{volume}/{number}/{p}", 48)]
        out.append(" ".join(words).capitalize() + ".")
    return out


def _draw(seed: str, count: int) -> bytes:
    return hashlib.shake_128(seed.encode()).digest(count)


def _pale(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """The paper under a text, with room for its grain."""
    red, green, blue = ((7 * 255 + one) // 8 - 40 for one in colour)
    return red, green, blue


def png(colour: tuple[int, int, int], width: int, height: int, *, seed: int) -> bytes:
    """A small RGB picture with deterministic noise, so that it does not shrink much (PNG, ISO/IEC 15948)."""
    noise = _draw(f"png/{seed}", width * height)
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            n = noise[y * width + x] % 48
            rows += bytes(min(255, c + n) for c in colour)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(rows), 6))
        + chunk(b"IEND", b"")
    )


def pdf(title: str, paragraphs: list[str]) -> bytes:
    """A one-page PDF 1.4 that viewers open: text in Helvetica, wrapped at about 80 characters."""
    lines = [title, ""]
    for p in paragraphs:
        lines += [*textwrap.wrap(p, 80), ""]
    shown = "\n".join(f"({_pdf_text(line)}) '" for line in lines)
    stream = f"BT /F1 11 Tf 14 TL 60 780 Td\n{shown}\nET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % o for o in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _pdf_text(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
