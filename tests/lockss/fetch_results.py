"""Fetch results made by hand, for tests of what is decided by them."""

from datetime import UTC, datetime, timedelta

from apps.lockss.fetch import (
    BodyReport,
    Fault,
    FetchRequest,
    FetchResult,
    Framing,
    ResponseHead,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def answered(
    status: int | None = 200,
    *headers: tuple[str, str],
    fault: Fault | None = None,
    stored: int = 5,
    url: str = "http://h/",
    cookies: tuple[str, str] = ("", ""),
) -> FetchResult:
    head = None if status is None else ResponseHead(status, "", "HTTP/1.1", headers, b"")
    body = BodyReport(stored, stored, Framing.LENGTH, None, fault is None) if status is not None else None
    return FetchResult(
        FetchRequest(url),
        NOW,
        NOW + timedelta(seconds=1),
        head=head,
        body=body,
        fault=fault,
        cookies_before=cookies[0],
        cookies_after=cookies[1],
    )


def moved(location: str | None, status: int = 302, cookies: tuple[str, str] = ("", "")) -> FetchResult:
    return answered(status, *([("Location", location)] if location is not None else []), cookies=cookies)
