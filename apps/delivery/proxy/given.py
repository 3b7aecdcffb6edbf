"""A request's fields as the tables want them."""

import base64
import binascii
from collections.abc import Mapping

from apps.delivery.proxy.values import Credentials
from apps.lockss.delivery import Conditions, Source
from apps.lockss.http1 import RequestHead

LONGEST_CREDENTIALS = 2_048


def by_name(head: RequestHead) -> dict[str, str]:
    """Values by name in lower case; those that come several times are one list."""
    found: dict[str, str] = {}
    for name, value in head.fields:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def conditions(given: Mapping[str, str]) -> Conditions:
    return Conditions(
        if_modified_since=given.get("if-modified-since"),
        if_none_match=given.get("if-none-match"),
        if_match=given.get("if-match"),
        if_unmodified_since=given.get("if-unmodified-since"),
        range=given.get("range"),
        if_range=given.get("if-range"),
    )


def source(given: Mapping[str, str]) -> Source:
    if given.get("x-lockss", "").strip().lower() == "repair":
        return Source.REPAIR
    wanted = given.get("x-lockss-source", "").strip().lower()
    return {"cache": Source.CACHE, "publisher": Source.PUBLISHER}.get(wanted, Source.EITHER)


def asks_for_us(given: Mapping[str, str]) -> bool:
    """Whether it carries fields that a cache on the way knows nothing of."""
    return any(name == "x-lockss" or name.startswith("x-lockss-") for name in given)


def credentials(given: Mapping[str, str]) -> Credentials | None:
    """Of ``Proxy-Authorization``; a value that is none counts as empty ones, which nobody has."""
    text = given.get("proxy-authorization")
    if text is None:
        return None
    kind, _, value = text[:LONGEST_CREDENTIALS].partition(" ")
    try:
        told = base64.b64decode(value.strip(), validate=True).decode() if kind.lower() == "basic" else ""
    except (ValueError, binascii.Error):
        told = ""
    name, _, password = told.partition(":")
    return Credentials(name, password) if "\0" not in told else Credentials("", "")
