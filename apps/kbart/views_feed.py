"""The address at which knowledge bases find the newest edition (NISO RP-26, kbart §8, ruling 16).

GET with a key's secret, in the header ``Authorization: Bearer …`` or as ``token`` in the query (``key`` beside it, if
sent, must be its own); or with a person's token of the scope ``reports``, in the header alone. Always the whole file, or
an error as JSON.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from apps.accounts import api as accounts
from apps.accounts.choices import Scope
from apps.accounts.errors import Refused as NotLetIn
from apps.accounts.services import TOKEN_PREFIX
from apps.common.errors import BadQuery
from apps.kbart import services
from apps.kbart.asking import WRITING, given_in
from apps.kbart.choices import EditionState
from apps.kbart.errors import ReportError
from apps.kbart.making.kept import open_edition, order_for
from apps.kbart.models import Edition, FeedToken, Series
from apps.kbart.serving import answer

REALM = 'Bearer realm="kbart"'
OWN = ("key", "token")
View = Callable[..., HttpResponse]


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    def __init__(self, status: int, code: str, message: str, retry_after: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Caller:
    """Who fetches: a knowledge base with its key, or with None a person's program, which reads all that they may."""

    key: FeedToken | None = None

    def may(self, row: Series) -> bool:
        return self.key is None or self.key.series_id in (None, row.pk)

    def note_use(self) -> None:
        if self.key is not None:
            services.count_use(token=self.key)


def as_json(view: View) -> View:
    """Whatever is refused, is refused as JSON: a program reads it."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
            if isinstance(response, HttpResponseNotAllowed):
                told = {"error": "kbart-only-read", "message": gettext("This address is only read.")}
                allowed, response = response["Allow"], JsonResponse(told, status=response.status_code)
                response["Allow"] = allowed
        except Refused as refused:
            told = {"error": refused.code, "message": str(refused)}
            response = JsonResponse(told, status=refused.status)
            if refused.status == 401:
                response["WWW-Authenticate"] = REALM
            if refused.retry_after:
                response["Retry-After"] = str(refused.retry_after)
            response["Cache-Control"] = "no-store"
        except BadQuery as error:
            response = JsonResponse({"error": "kbart-bad-query", "message": str(error)}, status=400)
        response["Vary"] = "Authorization"
        # Never a cookie: the address is no page.
        return response

    return wrapped


@csrf_exempt
@as_json
@require_safe
def feeds(request: HttpRequest) -> HttpResponse:
    """What may be fetched, and what is new: the list that knowledge bases ask for first."""
    caller = _caller(request)
    rows = Series.objects.order_by("slug", "part")
    rows = [row for row in rows if row.is_open or (caller is not None and caller.may(row))]
    if not rows and caller is None:
        raise _no_key()
    if caller is not None:
        caller.note_use()
    told = [_told(row, services.newest(row)) for row in rows]
    response = JsonResponse({"packages": told})
    response["Cache-Control"] = "private, no-cache"
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = etag
    return get_conditional_response(request, etag, None, response) or response


def _told(row: Series, edition: Edition | None) -> dict[str, object]:
    told: dict[str, object] = {
        "package_id": f"{row.slug}/{row.part}",
        "package_name": row.label,
        "url": f"{settings.NODE.public_url}{row.path}",
    }
    if edition is not None:
        told |= {
            "date": edition.made_at.isoformat() if edition.made_at else None,
            "file": edition.name,
            "rows": edition.rows,
            "size": edition.size,
            "sha256": edition.sha256,
        }
    return told


@csrf_exempt
@as_json
@require_safe
def feed(request: HttpRequest, slug: str, part: str) -> HttpResponse:
    """The newest edition, whole; 304 for one who has it."""
    caller = _caller(request)
    row = Series.objects.filter(slug=slug, part=part).first()
    is_open = row is not None and row.is_open
    if not is_open and caller is None:
        # Whether there is such a report is nobody's business without a key.
        raise _no_key()
    if row is None:
        raise Refused(404, "kbart-unknown", gettext("There is no report at this address."))
    if not is_open and caller is not None and not caller.may(row):
        raise Refused(403, "kbart-other-report", gettext("This key opens another report."))
    edition = services.newest(row)
    if edition is None or edition.state != EditionState.DONE:
        raise Refused(404, "kbart-no-edition", gettext("No edition of this report has been made yet."))
    given = {name: value for name, value in given_in(request.GET).items() if name not in OWN}
    if unknown := sorted(set(given) - set(WRITING)):
        raise BadQuery(
            gettext("“%(name)s” is no option here, expected one of: %(known)s.")
            % {"name": unknown[0][:60], "known": ", ".join(WRITING)}
        )
    order = order_for(edition, given)
    try:
        file, done = open_edition(edition, order)
    except ReportError as error:
        # Either the file is gone, or it cannot be had in the format that was asked for.
        status, code = (400, "kbart-not-made") if edition.rows_path.exists() else (404, "kbart-no-file")
        raise Refused(status, code, str(error)) from error
    if caller is not None:
        caller.note_use()
    return answer(
        request,
        file,
        name=done.name,
        content_type=done.type,
        # Of the bytes: spreadsheets, PDF and archives tell in the reader's language what their words mean.
        mark=done.sha256[:32],
        size=done.size,
        at=edition.made_at,
    )


def _caller(request: HttpRequest) -> Caller | None:
    """Whose key or token was sent; None: none was. Refused: one that opens nothing."""
    try:
        return _let_in(request)
    except NotLetIn as error:
        raise Refused(error.status, f"kbart-{error.code}", str(error), error.retry_after) from error


def _let_in(request: HttpRequest) -> Caller | None:
    if accounts.carries_token(request) and _is_persons(request):
        accounts.demanded(accounts.authenticate_request(request), Scope.REPORTS)
        return Caller()
    head = request.headers.get("Authorization", "")
    scheme, _, secret = head.partition(" ")
    secret = secret.strip() if scheme.lower() == "bearer" else request.GET.get("token", "")
    if not secret:
        return None
    if secret.startswith(TOKEN_PREFIX):
        # It opens more than a report does, and addresses end up in logs.
        said = gettext("A person's token goes into the header Authorization, never into an address.")
        raise Refused(401, "kbart-token-in-address", said)
    found = services.token_for(secret, request.GET.get("key", ""))
    if found is None:
        accounts.count_wrong(request)
        raise Refused(401, "kbart-wrong-key", gettext("This key is unknown, or was withdrawn."))
    if services.end_of(found) is not None:
        said = gettext("Whoever made this key needs a second factor first.")
        raise Refused(403, "kbart-second-factor", said)
    return Caller(found)


def _is_persons(request: HttpRequest) -> bool:
    """As against a knowledge base's key, which goes as Bearer too."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "basic" or secret.strip().startswith(TOKEN_PREFIX)


def _no_key() -> Refused:
    return Refused(
        401,
        "kbart-no-key",
        gettext("A key is needed: in the header Authorization as Bearer, or as “token” in the address."),
    )
