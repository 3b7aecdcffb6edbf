"""A file of an export as an answer: whole or one range of it, with a mark by its digest (RFC 9110 §8.8, §13, §14)."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse

from apps.delivery.conditions import NoSuchBytesError, unchanged, wanted_span
from apps.exports.models import ExportFile

PIECE = 1 << 18
TYPES = {
    ".gz": "application/gzip",
    ".warc": "application/warc",
    ".wacz": "application/wacz",
    ".tar": "application/x-tar",
    ".tgz": "application/gzip",
    ".zip": "application/zip",
    ".csv": "text/csv; charset=utf-8",
}


def answer(request: HttpRequest, row: ExportFile) -> HttpResponse:
    """OSError where the file is not there."""
    tag = f'"{row.sha256}"'
    given = {name.lower(): value for name, value in request.headers.items()}
    if unchanged(given, tag, None):
        return _headed(HttpResponseNotModified(), row, tag)
    file = row.path.open("rb")
    size = os.fstat(file.fileno()).st_size
    if size != row.size:
        file.close()
        raise FileNotFoundError(row.name)
    try:
        span = wanted_span(given, size, tag)
    except NoSuchBytesError:
        file.close()
        response = _headed(HttpResponse(status=416), row, tag)
        response["Content-Range"] = f"bytes */{size}"
        return response
    start, stop = (span.start, span.stop) if span else (0, size)
    body: HttpResponse = StreamingHttpResponse(
        _pieces(file, start, stop), status=206 if span else 200, content_type=_type(row.path)
    )  # type: ignore[assignment]
    # A client that hangs up is noticed, and the file closed.
    body._resource_closers.append(file.close)  # type: ignore[attr-defined]  # noqa: SLF001
    if span:
        body["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    body["Content-Length"] = str(stop - start)
    body["Content-Disposition"] = f'attachment; filename="{row.name}"'
    return _headed(body, row, tag)


def _headed(response: HttpResponse, row: ExportFile, tag: str) -> HttpResponse:
    response["ETag"] = tag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["Repr-Digest"] = f"sha-256=:{_base64(row.sha256)}:"
    return response


def _base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()


def _pieces(file: IO[bytes], start: int, stop: int) -> Iterator[bytes]:
    file.seek(start)
    left = stop - start
    while left and (piece := file.read(min(PIECE, left))):
        left -= len(piece)
        yield piece


def _type(path: Path) -> str:
    return TYPES.get(
        path.suffix, "text/plain; charset=utf-8" if not path.suffix else "application/octet-stream"
    )
