"""Asks as a program of LOCKSS 1.x does and reads what comes."""

import base64
from xml.etree import ElementTree as ET

from tests.accounts.factories import PASSWORD

ST = "{http://lockss.org/statusui}"


def basic(name: str, password: str = PASSWORD) -> dict[str, str]:
    text = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"HTTP_AUTHORIZATION": f"Basic {text}"}


def body(answer) -> str:
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


def asked(client, table: str, **more) -> ET.Element:
    """The root of a table's XML."""
    answer = client.get("/DaemonStatus", {"table": table, "output": "xml", **more})
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "text/xml; charset=UTF-8"
    return ET.fromstring(body(answer))


def text_of(element: ET.Element | None) -> str | None:
    """Of a value, or of what a reference shows."""
    if element is None:
        return None
    reference = element.find(f"{ST}reference")
    return text_of(reference.find(f"{ST}value")) if reference is not None else element.text


def rows(root: ET.Element) -> list[dict[str, str | None]]:
    return [
        {cell.findtext(f"{ST}columnname"): text_of(cell.find(f"{ST}value")) for cell in row.iter(f"{ST}cell")}
        for row in root.iter(f"{ST}row")
    ]


def summary(root: ET.Element) -> dict[str, str | None]:
    return {
        line.findtext(f"{ST}title"): text_of(line.find(f"{ST}value"))
        for line in root.iter(f"{ST}summaryinfo")
    }


def keys(root: ET.Element, column: str) -> list[str | None]:
    """The keys of the references in one column."""
    return [
        cell.findtext(f"{ST}value/{ST}reference/{ST}key")
        for cell in root.iter(f"{ST}cell")
        if cell.findtext(f"{ST}columnname") == column
    ]
