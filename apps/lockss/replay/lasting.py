"""Links that go on working: ``/go/<URL>``, ``/go/doi:<DOI>``, and ``/go?…`` with the keys of ``ServeContent``.

They lead to the publisher while it delivers, and to the preserved copy when it fails.
"""

from urllib.parse import quote, unquote

from apps.lockss.openurl import OpenUrl, OpenUrlFinding, parse_openurl
from apps.lockss.openurl.identifiers import IdKind, identified
from apps.lockss.replay.asked import LONGEST, AskCode, AskError, spellings
from apps.lockss.replay.servecontent import PATH as SERVE
from apps.lockss.replay.servecontent import Form, ServeContent, parse_serve_content

PATH = "/go"
_SAFE_IN_DOI = "/:;()<>.-_~!$'*,=@+"


def parse_lasting(target: str) -> ServeContent | AskError | OpenUrlFinding | None:
    """A request's target, path and query as they were sent; None where it is no such request.

    What comes out has the form ``URL`` or ``OPENURL`` (a DOI is a question, too); everything else is an error.
    """
    path, mark, query = target.partition("?")
    if path not in (PATH, f"{PATH}/") and not path.startswith(f"{PATH}/"):
        return None
    if len(target) > LONGEST:
        return AskError.of(AskCode.TOO_LONG, "url", target)
    behind = path[len(PATH) + 1 :]
    if not behind:
        return _known(parse_serve_content(f"{SERVE}?{query}"), query)
    named = identified(unquote(behind, errors="replace"))
    if named.kind is IdKind.DOI:
        # A DOI has no query of its own: its "?" is escaped, else nobody could say where it ends.
        return _of_doi(named.values, behind, choices="choices=1" in query.split("&"))
    # In this form the query is the URL's own.
    urls = spellings([f"{behind}{mark}{query}"], "url")
    return urls if isinstance(urls, AskError) else _with_doi(ServeContent(Form.URL, urls))


def lasting_path(url: str) -> str:
    """The address of a URL's link, as it can be copied: ASCII, nothing in it that a browser or a mail would change."""
    return f"{PATH}?url={quote(url, safe=':/')}"


def lasting_path_of_doi(doi: str) -> str:
    """The same of a DOI."""
    return f"{PATH}/doi:{quote(doi, safe=_SAFE_IN_DOI)}"


def _known(
    wanted: ServeContent | AskError | OpenUrlFinding | None, query: str
) -> ServeContent | AskError | OpenUrlFinding:
    if wanted is None or (isinstance(wanted, ServeContent) and wanted.form not in (Form.URL, Form.OPENURL)):
        return AskError.of(AskCode.NO_URL, "url", query)
    return _with_doi(wanted) if isinstance(wanted, ServeContent) else wanted


def _with_doi(wanted: ServeContent) -> ServeContent:
    """An address of the DOI resolver is the DOI: that host is never asked."""
    named = identified(wanted.urls[0]) if wanted.urls else None
    if named is None or named.kind is not IdKind.DOI or not named.values:
        return wanted
    return _question(named.values[0], choices=wanted.choices)


def _of_doi(values: tuple[str, ...], sent: str, *, choices: bool) -> ServeContent | AskError:
    return _question(values[0], choices=choices) if values else AskError.of(AskCode.BAD_DOI, "doi", sent)


def _question(doi: str, *, choices: bool) -> ServeContent:
    asked = parse_openurl(f"doi={quote(doi, safe='')}")
    openurl = asked if isinstance(asked, OpenUrl) else OpenUrl(dois=(doi,))
    return ServeContent(Form.OPENURL, openurl=openurl, choices=choices)
