"""This node as a target of common link resolvers: what is entered where, with the node's own address."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

_KEYS = ("issn", "isbn", "title", "volume", "issue", "spage", "date", "atitle", "aulast", "pub")


@dataclass(frozen=True, slots=True)
class Target:
    """``lines``: label and value, as they are entered."""

    label: str
    help: str
    lines: Callable[[str], list[tuple[str, str]]]


def base() -> str:
    """The address that takes questions."""
    return f"{settings.NODE.content_url}/ServeContent"


def _alma(at: str) -> list[tuple[str, str]]:
    values = {key: f"{{rft.{'year' if key == 'date' else key}}}" for key in _KEYS}
    query = "&".join(f"rft.{key}={value}" for key, value in values.items())
    return [(gettext("URL template"), f"{at}?{query}")]


def _link_360(at: str) -> list[tuple[str, str]]:
    values = {key: f"<?{'issnh' if key == 'issn' else key}?>" for key in (*_KEYS[:1], "eissn", *_KEYS[1:-1])}
    values["eissn"] = "<?eissnh?>"
    return [(gettext("URL"), f"{at}?" + "&".join(f"{key}={value}" for key, value in values.items()))]


def _sfx(at: str) -> list[tuple[str, str]]:
    parts = urlsplit(at)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return [("HOST", parts.hostname or ""), ("PORT", str(port)), (gettext("Address"), at)]


def _any(at: str) -> list[tuple[str, str]]:
    return [
        (gettext("Base URL"), at),
        (gettext("Versions"), "OpenURL 1.0 (Z39.88-2004, KEV), OpenURL 0.1"),
        (gettext("Keys"), ", ".join(_KEYS)),
        (gettext("Example"), f"{at}?url_ver=Z39.88-2004&rft.issn=1234-5679&rft.volume=12&rft.date=2019"),
        (gettext("With choices"), f"{at}?issn=1234-5679&volume=12&choices=1"),
    ]


TARGETS = {
    "any": Target(
        _("Any link resolver"),
        _("A resolver that sends OpenURLs on needs the base URL alone."),
        _any,
    ),
    "360-link": Target(
        "360 Link",
        _(
            "A custom link in the administration console; the resolver fills in what stands in angle brackets."
        ),
        _link_360,
    ),
    "sfx": Target(
        "SFX",
        _(
            "The target LOCKSS of the knowledge base is activated, with host and port of this node in its service."
        ),
        _sfx,
    ),
    "alma": Target(
        "Alma",
        _(
            "A general electronic service with this URL template; the resolver fills in what stands in braces."
        ),
        _alma,
    ),
}


def described(target: Target) -> str:
    """The description as a text file."""
    lines = [f"{label}: {value}" for label, value in target.lines(base())]
    about = gettext(
        "Titles and volumes that this node can offer are in its KBART reports. Readers are known by their address or sign in at the portal."
    )
    head = f"{_one_line(settings.NODE.name)} – OpenURL – {gettext(target.label)}"
    return "\n".join([head, "", gettext(target.help), "", *lines, "", about, ""])


def _one_line(text: str) -> str:
    return " ".join(text.split())
