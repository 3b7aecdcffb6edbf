"""A table of the content host as a file to be saved."""

from apps.delivery.bodies import Answer
from apps.delivery.headers import ALWAYS, Fields, varying
from apps.delivery.public_tables import FORMATS
from apps.delivery.request import Request


def file_answer(body: bytes, kind: str, name: str, request: Request, *more: tuple[str, str]) -> Answer:
    """``name``: of the file, without its end; letters, digits and hyphens."""
    fields: Fields = [
        *ALWAYS,
        ("Content-Type", f"{FORMATS[kind]}; charset=utf-8"),
        ("Content-Disposition", f'attachment; filename="{name}.{kind}"'),
        ("Content-Length", str(len(body))),
        *more,
    ]
    return Answer(200, varying(fields, "Accept-Language"), iter((body,)) if request.wants_body else iter(()))
