"""A file as an answer: with its length, so that a transfer that breaks off is seen, and with a mark, so that who has it
already is not sent it again (RFC 9110 §8.8, §13).
"""

import datetime as dt
from typing import IO

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

NAME = 'attachment; filename="{}"'


def answer(
    request: HttpRequest,
    file: IO[bytes],
    *,
    name: str,
    content_type: str,
    mark: str,
    size: int,
    at: dt.datetime | None = None,
) -> HttpResponse:
    """The whole of ``file``, which is closed with the answer; 304 for one who has it. ``mark`` without quotes."""
    etag = f'"{mark}"'
    stamp = int(at.timestamp()) if at is not None else None
    file.seek(0)
    response: HttpResponse = FileResponse(file, content_type=content_type)
    response["Content-Length"] = str(size)
    response["Content-Disposition"] = NAME.format(name)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    if stamp is not None:
        response["Last-Modified"] = http_date(stamp)
    kept = get_conditional_response(request, etag, stamp, response)
    if kept is not response:
        file.close()
        if isinstance(kept, HttpResponseNotModified):
            kept["Cache-Control"] = response["Cache-Control"]
    return kept
