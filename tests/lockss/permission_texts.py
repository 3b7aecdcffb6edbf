"""The sentences that publishers put on their pages."""

from apps.lockss.permission import PageRules, PageScanner, Verdict

# Written out here once more: a slip in the module's constants must not agree with itself.
LOCKSS = "LOCKSS system has permission to collect, preserve, and serve this Archival Unit"
LOCKSS_OPEN = "LOCKSS system has permission to collect, preserve, and serve this open access Archival Unit"
OJS = (
    "This journal utilizes the LOCKSS system to create a distributed archiving system among participating libraries "
    "and permits those libraries to create permanent archives of the journal for purposes of preservation and "
    "restoration"
)
CLOCKSS = "CLOCKSS system has permission to ingest, preserve, and serve this Archival Unit"
CLOCKSS_OPEN = "CLOCKSS system has permission to ingest, preserve, and serve this open access Archival Unit"
LICENCE = '<a rel="license" href="http://creativecommons.org/licenses/by/4.0/">CC</a>'
RDF = (
    '<rdf:RDF xmlns="http://web.resource.org/cc/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<Work rdf:about=""><license rdf:resource="http://creativecommons.org/licenses/by/1.0/"/></Work>'
    '<License rdf:about="http://creativecommons.org/licenses/by/1.0/">'
    '<permits rdf:resource="http://web.resource.org/cc/Distribution"/></License></rdf:RDF>'
)


def with_gap(gap: str, statement: str = LOCKSS) -> str:
    return statement.replace(" ", gap)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    marks = sorted({place % (len(data) + 1) for place in places})
    return [data[start:end] for start, end in zip((0, *marks), (*marks, len(data)), strict=True)]


def judged_in_pieces(pieces: list[bytes], **named: str) -> Verdict:
    scanner = PageScanner(PageRules(), **named)
    for piece in pieces:
        scanner.feed(piece)
    return scanner.close()
