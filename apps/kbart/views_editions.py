"""Editions: one on its page, as a file in any format, and what differs between two. Who may read reports."""

import json
from collections.abc import Iterator
from itertools import islice

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.access import role_required
from apps.accounts.choices import Scope
from apps.accounts.held_work import held_work, was_broken_off
from apps.accounts.programs import tokens_too
from apps.common.display import count_text, moment_text, size_text
from apps.common.errors import BadQuery
from apps.common.htmx import wanted_part
from apps.common.models import Job
from apps.common.pages import Bar, Fact, Head, Link
from apps.common.stored import retold
from apps.common.words import Tone
from apps.kbart import words
from apps.kbart.asking import given_in
from apps.kbart.choices import EditionState, Form, Shape
from apps.kbart.errors import ReportError
from apps.kbart.making.comparing import Change, Difference, Differences, compared
from apps.kbart.making.files import digest_of
from apps.kbart.making.kept import open_edition, order_for
from apps.kbart.making.spool import nameless
from apps.kbart.making.writing import TYPES, write_tsv
from apps.kbart.models import Edition
from apps.kbart.serving import answer
from apps.kbart.views import READERS
from apps.kbart.views_series import UNDER_WAY, trail

MOST_SHOWN = 200
LEFT_SHOWN = 50


def _edition(pk: int) -> Edition:
    return get_object_or_404(Edition.objects.select_related("series", "user"), pk=pk)


@require_safe
@tokens_too(Scope.REPORTS)
@role_required(*READERS)
def edition(request: HttpRequest, pk: int) -> HttpResponse:
    row = _edition(pk)
    job = Job.objects.filter(subject=row.job_subject).order_by("-pk").first()
    lost = was_broken_off(job) and row.state == UNDER_WAY
    state = EditionState.FAILED if lost else EditionState(row.state)
    still = state == UNDER_WAY
    part = wanted_part(request) == "making"
    if part and not still:
        return HttpResponseClientRefresh()
    context = {
        "head": Head(row.name or gettext("Edition %d") % row.number, _said(row), trail=trail(row.series)),
        "edition": row,
        "word": words.EDITIONS[state],
        "open": still,
        "held": held_work(job) if still or state == EditionState.FAILED else None,
        "error": retold(row.error or (job.error if lost else "")),
        "bar": Bar(job.progress_done, job.progress_total, job.progress_note) if job else Bar(0, None),
        "done": state == EditionState.DONE,
        "forms": [(form.value, form.value.upper()) for form in _forms(row)],
        "facts": [
            Fact(gettext("Lines"), count_text(row.rows)),
            Fact(gettext("Size"), size_text(row.size)),
            Fact(gettext("SHA-256 of the TSV file"), row.sha256),
        ],
        "causes": [(words.cause(code), number) for code, number in sorted(row.counts.items())],
        "left": list(_left(row)) if state == EditionState.DONE else [],
        "left_more": row.left_out > LEFT_SHOWN,
        "others": _others(row),
    }
    if part:
        return TemplateResponse(request, "kbart/edition_state.html", context)
    return TemplateResponse(request, "kbart/edition.html", context)


def _forms(row: Edition) -> list[Form]:
    return [Form.TSV] if row.options.get("report") == Shape.SFX else list(Form)


def _said(row: Edition) -> str:
    who = row.user.display_name if row.user else gettext("the schedule")
    asked = gettext("Asked for by %(who)s, %(when)s") % {"who": who, "when": moment_text(row.created_at)}
    number = gettext("Edition %d") % row.number
    return f"{number}. {asked}" if row.name else asked


def _others(row: Edition) -> list[Edition]:
    """What it can be compared with; the newest first."""
    made = Edition.objects.filter(state=EditionState.DONE).exclude(pk=row.pk).select_related("series")
    # Those for the Keepers have columns of their own.
    alike = Q(options__contains={"report": Shape.KEEPERS.value})
    if row.options.get("report") == Shape.SFX:
        return []
    made = made.exclude(options__contains={"report": Shape.SFX.value})
    made = made.filter(alike) if row.options.get("report") == Shape.KEEPERS else made.exclude(alike)
    made = Edition.with_numbers(made)
    own = list(made.filter(series=row.series_id).order_by("-pk")[:30])
    return [*own, *made.exclude(series=row.series_id).order_by("-pk")[:20]]


def _left(row: Edition) -> Iterator[dict]:
    try:
        with row.left_out_path.open(encoding="utf-8") as file:
            for line in islice(file, LEFT_SHOWN):
                yield json.loads(line)
    except OSError:
        return


@require_safe
@tokens_too(Scope.REPORTS)
@role_required(*READERS)
def edition_file(request: HttpRequest, pk: int) -> HttpResponse:
    """In any format; what it leaves out, or what its words mean, by ``part``."""
    row = _edition(pk)
    given = given_in(request.GET)
    part = given.pop("part", "")
    if row.state != EditionState.DONE:
        raise BadQuery(gettext("This edition has no file."))
    if part:
        return _beside(request, row, part)
    order = order_for(row, given)
    try:
        file, done = open_edition(row, order)
    except ReportError as error:
        raise BadQuery(str(error)) from error
    return answer(
        request,
        file,
        name=row.numbered(done.name),
        content_type=done.type,
        # Of the bytes: spreadsheets, PDF and archives tell in the reader's language what their words mean.
        mark=done.sha256[:32],
        size=done.size,
        at=row.made_at,
    )


def _beside(request: HttpRequest, row: Edition, part: str) -> HttpResponse:
    known = {
        "left-out": (row.left_out_path, "left-out.jsonl", "application/x-ndjson"),
        "about": (row.about_path, "about", "text/plain; charset=utf-8"),
    }
    if part not in known:
        raise BadQuery(gettext("“part” is one of: left-out, about."))
    path, ending, content_type = known[part]
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadQuery(gettext("The file of this edition cannot be read: %s.") % error.strerror) from error
    name = f"{row.own_name.rpartition('.')[0]}.{ending}"
    mark = f"{part}-{digest_of(file)[:32]}"
    return answer(
        request,
        file,
        name=name,
        content_type=content_type,
        mark=mark,
        size=path.stat().st_size,
        at=row.made_at,
    )


@require_safe
@tokens_too(Scope.REPORTS)
@role_required(*READERS)
def compare(request: HttpRequest) -> HttpResponse:
    """``before`` and ``after`` are numbers of editions, in either order; ``download``: what is new, as KBART, or all differences."""
    given = given_in(request.GET)
    before, after = _chosen(given, "before"), _chosen(given, "after")
    wanted = given.get("download", "")
    if unknown := set(given) - {"before", "after", "download"}:
        raise BadQuery(gettext("“%s” is no option here.") % min(unknown))
    if wanted not in ("", "new", "json"):
        raise BadQuery(gettext("“download” is one of: new, json."))
    _comparable(before, after)
    # From whichever of them somebody comes: what is older was before.
    before, after = sorted((before, after), key=lambda one: (one.made_at, one.pk))
    try:
        with compared(before.rows_path, after.rows_path) as (heads, found):
            if wanted == "new":
                rows = (row for one in found for row in one.new_rows)
                return _made(request, after, heads, rows)
            if wanted == "json":
                return _all(request, before, after, found)
            shown = list(islice(found, MOST_SHOWN))
    except ReportError as error:
        raise BadQuery(str(error)) from error
    context = {
        "head": Head(
            gettext("What differs"),
            gettext("%(after)s against %(before)s")
            % {"after": _told(after, before), "before": _told(before, after)},
            trail=trail(after.series),
        ),
        "facts": [
            Fact(gettext("Titles that came"), count_text(found.counts[Change.ADDED])),
            Fact(gettext("Titles that went"), count_text(found.counts[Change.GONE])),
            Fact(gettext("Titles that changed"), count_text(found.counts[Change.CHANGED])),
        ],
        "differences": [(_tone(one), one) for one in shown],
        "more": sum(found.counts.values()) - len(shown),
        "address": f"{request.path}?before={before.pk}&after={after.pk}",
    }
    return TemplateResponse(request, "kbart/compare.html", context)


def _comparable(before: Edition, after: Edition) -> None:
    """BadQuery: they have other columns; it leads to where those stand that can be compared."""
    shapes = {one.options.get("report", Shape.KBART.value) for one in (before, after)}
    if len(shapes) == 1 or not shapes & {Shape.KEEPERS.value, Shape.SFX.value}:
        return
    raise BadQuery(
        gettext(
            "They have other columns. Editions for the Keepers Registry are compared with each other, and so are all others; "
            "lines for a link resolver are compared with none."
        ),
        title=gettext("These two cannot be compared"),
        lead=Link(
            gettext("What %s can be compared with") % _dated(after), resolve_url("kbart:edition", pk=after.pk)
        ),
    )


def _dated(row: Edition) -> str:
    """Editions of one day have one name, those of one minute perhaps, too."""
    number = gettext("Edition %d") % row.number
    return f"{row.name} ({moment_text(row.made_at)}, {number})"


def _told(row: Edition, other: Edition) -> str:
    """With its report, where the two are of different ones."""
    return _dated(row) if row.series_id == other.series_id else f"{row.series.label}: {_dated(row)}"


def _chosen(given: dict[str, str], name: str) -> Edition:
    text = given.get(name, "")
    rows = Edition.objects.filter(state=EditionState.DONE).select_related("series")
    row = rows.filter(pk=int(text)).first() if text.isascii() and text.isdigit() and len(text) < 18 else None
    if row is None:
        raise BadQuery(
            gettext("“%s” is the number of an edition that is kept.") % name,
            title=gettext("There is no such edition"),
            lead=Link(gettext("Editions"), resolve_url("kbart:series-list")),
        )
    return row


def _tone(one: Difference) -> tuple[Tone, str]:
    return {
        Change.ADDED: (Tone.SAFE, gettext("came")),
        Change.GONE: (Tone.HARM, gettext("went")),
        Change.CHANGED: (Tone.CARE, gettext("changed")),
    }[one.change]


def _made(request: HttpRequest, after: Edition, heads: tuple[str, ...], rows: Iterator) -> HttpResponse:
    """The difference as a KBART file of its own: what was newly reported."""
    file = nameless()
    write_tsv(file, heads, rows)
    size, mark = file.tell(), digest_of(file)[:32]
    stem, _, day = after.own_name.removesuffix(".txt").rpartition("_")
    return answer(
        request,
        file,
        name=f"{stem}New_{day}.txt",
        content_type=TYPES["tsv"],
        mark=mark,
        size=size,
        at=after.made_at,
    )


def _all(request: HttpRequest, before: Edition, after: Edition, found: Differences) -> HttpResponse:
    file = nameless()
    for one in found:
        told = {"change": one.change.value, "title": one.title, "before": one.was, "after": one.now}
        told["fields"] = {each.name: [each.was, each.now] for each in one.fields}
        file.write(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    size, mark = file.tell(), digest_of(file)[:32]
    name = f"differences-{before.pk}-{after.pk}.jsonl"
    return answer(request, file, name=name, content_type="application/x-ndjson", mark=mark, size=size)
