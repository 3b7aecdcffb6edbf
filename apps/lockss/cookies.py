"""One crawl's cookies (RFC 6265 §5, collecting §2): hosts that are numbers included, values back out as they came in.

A jar of our own because the libraries' jars rewrite quoted values, and what is sent decides what is answered. No
public-suffix list: a crawl speaks to few hosts, and a cookie for a whole top-level domain is refused all the same.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from apps.lockss.fetch import Target

MAX_COOKIE = 4_096
MAX_COOKIES = 1_000

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NUMERIC_HOST = re.compile(r"\[.*\]|[0-9.]+", re.ASCII)
_DELIMITERS = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[^0-9].*)?", re.ASCII)
_DAY = re.compile(r"([0-9]{1,2})(?:[^0-9].*)?", re.ASCII)
_YEAR = re.compile(r"([0-9]{2,4})(?:[^0-9].*)?", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class Cookie:
    """``domain`` without a leading dot; ``host_only``: that very host; ``expires`` None: the crawl's end."""

    name: str
    value: str
    domain: str
    host_only: bool
    path: str
    secure: bool
    expires: datetime | None
    serial: int

    def goes_to(self, target: Target, now: datetime) -> bool:
        if self.expires is not None and self.expires <= now:
            return False
        if self.secure and target.scheme != "https":
            return False
        domain = target.host == self.domain if self.host_only else domain_matches(target.host, self.domain)
        return domain and path_matches(target.path.partition("?")[0], self.path)


class CookieJar:
    """Takes what answers set and gives what a request sends; time comes in with each call."""

    def __init__(self) -> None:
        self._cookies: dict[tuple[str, str, str], Cookie] = {}
        self._serial = 0

    def take(self, target: Target, set_cookie: Iterable[str], now: datetime) -> None:
        """The Set-Cookie values of one answer, in order; what is not acceptable is left out."""
        for line in set_cookie:
            cookie = parse_set_cookie(line, target, now)
            if cookie is None:
                continue
            key = (cookie.domain, cookie.path, cookie.name)
            before = self._cookies.get(key)
            self._serial += 1
            if cookie.expires is not None and cookie.expires <= now:
                self._cookies.pop(key, None)
            else:
                serial = self._serial if before is None else before.serial
                self._cookies[key] = replace(cookie, serial=serial)
        while len(self._cookies) > MAX_COOKIES:
            oldest = min(self._cookies, key=lambda key: self._cookies[key].serial)
            del self._cookies[oldest]

    def header_for(self, target: Target, now: datetime, extra: Iterable[str] = ()) -> str | None:
        """The Cookie header's value: the definition's own ``name=value`` texts, then longest path, then oldest."""
        chosen = [cookie for cookie in self._cookies.values() if cookie.goes_to(target, now)]
        chosen.sort(key=lambda cookie: (-len(cookie.path), cookie.serial))
        pairs = [text for text in extra if _CONTROL.search(text) is None]
        pairs += [f"{cookie.name}={cookie.value}" if cookie.name else cookie.value for cookie in chosen]
        return "; ".join(pairs) or None

    def digest(self, now: datetime) -> str:
        """Equal digests mean jars that send the same; empty for an empty jar."""
        rows = sorted(
            (cookie.domain, cookie.path, cookie.name, cookie.value)
            for cookie in self._cookies.values()
            if cookie.expires is None or cookie.expires > now
        )
        return hashlib.sha256(repr(rows).encode("utf-8", "replace")).hexdigest()[:16] if rows else ""


def domain_matches(host: str, domain: str) -> bool:
    """RFC 6265 §5.1.3."""
    if host == domain:
        return True
    return host.endswith(f".{domain}") and _NUMERIC_HOST.fullmatch(host) is None


def path_matches(path: str, cookie_path: str) -> bool:
    """RFC 6265 §5.1.4."""
    if path == cookie_path:
        return True
    return path.startswith(cookie_path) and (cookie_path.endswith("/") or path[len(cookie_path)] == "/")


def parse_set_cookie(line: str, target: Target, now: datetime) -> Cookie | None:
    """The cookie that this line sets for an answer from ``target``; None where it is to be ignored."""
    if len(line) > MAX_COOKIE or _CONTROL.search(line) is not None:
        return None
    pair, *attributes = line.split(";")
    name, equals, value = pair.partition("=")
    name, value = (name.strip(" \t"), value.strip(" \t")) if equals else ("", name.strip(" \t"))
    if not name and not value:
        return None
    given = {
        key.strip(" \t").lower(): text.strip(" \t")
        for key, _, text in (attribute.partition("=") for attribute in attributes)
    }
    domain = given.get("domain", "").lstrip(".").lower()
    if domain and domain != target.host and ("." not in domain or not domain_matches(target.host, domain)):
        return None
    path = given.get("path", "")
    if not path.startswith("/"):
        folder = target.path.partition("?")[0].rpartition("/")[0]
        path = folder or "/"
    return Cookie(
        name,
        value,
        domain or target.host,
        host_only=not domain,
        path=path,
        secure="secure" in given,
        expires=_expiry(given, now),
        serial=0,
    )


def _expiry(given: dict[str, str], now: datetime) -> datetime | None:
    age = given.get("max-age", "")
    if re.fullmatch(r"-?[0-9]{1,12}", age, re.ASCII):
        return now + timedelta(seconds=min(max(int(age), 0), 10**9))
    return parse_cookie_date(given["expires"]) if "expires" in given else None


def parse_cookie_date(text: str) -> datetime | None:
    """A date in any of the forms that servers write (RFC 6265 §5.1.1), UTC; None where it is none."""
    clock = day = month = year = None
    for token in _DELIMITERS.split(text):
        if clock is None and (found := _TIME.fullmatch(token)) is not None:
            clock = (int(found[1]), int(found[2]), int(found[3]))
        elif day is None and (found := _DAY.fullmatch(token)) is not None:
            day = int(found[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (found := _YEAR.fullmatch(token)) is not None:
            year = int(found[1])
    if clock is None or day is None or month is None or year is None:
        return None
    if year < 100:
        year += 1900 if year >= 70 else 2000
    try:
        return datetime(year, month, day, *clock, tzinfo=UTC)
    except ValueError:
        return None
