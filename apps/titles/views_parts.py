"""Parts of the pages about an import: where it stands, its numbers, and what there is to decide."""

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.common.choices import OPEN
from apps.common.display import age, count_text, moment, moment_text
from apps.common.forms import VersionForm
from apps.common.models import Job
from apps.common.pages import Action, Empty, Fact, Link, Vital
from apps.titles import lists
from apps.titles.choices import ChangeKind, ImportState
from apps.titles.forms import DecisionForm
from apps.titles.lists_lacking import lacking_context
from apps.titles.models import ListAddress, ListImport, TitleList
from apps.titles.services import Repeat, gone_text, reads_nothing, repeated_by, repeats_how
from apps.titles.words import address_word

READ_WHOLE = (ImportState.PREVIEW, ImportState.DONE, ImportState.DISCARDED, ImportState.UNDONE)


def trail() -> list[Link]:
    return [Link(gettext("Titles"), "/titles/"), Link(gettext("Title lists"), resolve_url("titles:lists"))]


def to_list_links(row: TitleList) -> list[Link]:
    return [*trail(), Link(row.name, resolve_url("titles:list", pk=row.pk))]


def of_list(row: ListImport) -> list[Link]:
    return to_list_links(row.title_list)


def of_import(row: ListImport) -> list[Link]:
    return [*of_list(row), Link(gettext("Import %d") % row.pk, resolve_url("titles:import", pk=row.pk))]


def _new_titles_said(row: ListImport) -> str:
    """Of how many titles that is which would be new."""
    if not row.added:
        return ""
    # A line of coverage is named as its title is; beside it stand its dates.
    of = "name" if row.lines else "title_name"
    new = row.preview.filter(kind=ChangeKind.ADDED).order_by()
    number = new.values("fields__publisher", of).distinct().count()
    said = ngettext(
        "The new %(what)s belong to %(n)s title.", "The new %(what)s belong to %(n)s titles.", number
    )
    if row.added == 1:
        said = gettext("The new %(what)s belongs to one title.")
    return said % {"what": noun(row, row.added), "n": count_text(number)}


def retires(row: ListImport) -> bool:
    """Whether, as it is chosen now, what the import does not name would be no longer listed."""
    return row.retire and not row.unread


def ending_said(row: ListImport) -> str:
    """Who undid it or gave it up, and when; empty for others."""
    if row.state == ImportState.UNDONE and row.undone_at is not None:
        who = row.undone_by.display_name if row.undone_by else gettext("the command line")
        said = gettext("It was undone by %(who)s, %(when)s. The numbers tell what was taken back.")
        return said % {"who": who, "when": moment_text(row.undone_at)}
    if row.state == ImportState.DISCARDED and row.finished_at is not None:
        # By its subject the audit record has an index; of a list that was renamed since, it is not looked up.
        told = AuditEvent.objects.filter(subject=f"title-list:{row.title_list.name}", action="titles.discard")
        event = told.filter(after__import=row.pk).select_related("user").order_by("-pk").first()
        when = moment_text(row.finished_at)
        if event is None or event.user is None:
            return gettext("It was given up %s. Nothing of it came into the catalogue.") % when
        said = gettext("It was given up by %(who)s, %(when)s. Nothing of it came into the catalogue.")
        return said % {"who": event.user.display_name, "when": when}
    return ""


def once_more(request: HttpRequest, row: ListImport) -> dict[str, str]:
    """What became of an import that was undone since: the one that did it again, or why none can."""
    if row.state != ImportState.UNDONE:
        return {}
    made = repeated_by(row)
    if made is not None:
        said = (
            gettext("Import %d did it once more")
            if made.state == ImportState.DONE
            else gettext("Import %d is to do it once more")
        )
        return {"label": said % made.pk, "url": resolve_url("titles:import", pk=made.pk)}
    if not request.user.has_role(Role.NETWORK):
        return {}
    how = repeats_how(row)
    if how is Repeat.GONE:
        return {
            "text": gone_text(row),
            "label": gettext("To its list"),
            "url": resolve_url("titles:list", pk=row.title_list_id),
        }
    if how is Repeat.READ:
        return {
            "text": gettext(
                "Other imports were applied or undone since it was applied: read again, it is shown before anything "
                "is changed."
            )
        }
    return {"text": gettext("Nothing came in between: applied again, it does what the numbers tell.")}


def decision_context(request: HttpRequest, row: ListImport) -> dict[str, object]:
    """The form about a preview, for whoever may decide; ``cautious`` says why nothing can be taken for gone."""
    if row.state != ImportState.PREVIEW:
        return {"waits": False}
    retiring = ""
    if row.retired and not row.unread:
        retiring = ngettext(
            "Take the %(n)s %(what)s that it does not name as no longer listed",
            "Take the %(n)s %(what)s that it does not name as no longer listed",
            row.retired,
        ) % {"n": count_text(row.retired), "what": noun(row, row.retired)}
    initial = {"version": row.version, "retire": row.retire}
    return {
        "waits": True,
        "may_decide": request.user.has_role(Role.NETWORK),
        "decision": DecisionForm(initial=initial, retiring=retiring),
        "cautious": bool(row.retired and row.unread),
        "nothing": reads_nothing(row),
        "new_titles": _new_titles_said(row),
        **lacking_context(request, row),
        "version": row.version,
    }


def address_context(request: HttpRequest, row: TitleList) -> dict[str, object]:
    """The address that a list follows, where it follows one: how it stands and what one may do about it."""
    address = getattr(row, "address", None)
    if address is None:
        return {"address": None}
    job = Job.objects.filter(subject=address.job_subject, state__in=OPEN).first()
    may = request.user.has_role(Role.NETWORK)
    facts = [
        Fact(gettext("Address"), link_text(address.url)),
        Fact(gettext("Asked"), address.get_every_display()),
        Fact(gettext("When it has changed"), _when_changed(address)),
        Fact(gettext("Answered last"), age(address.reached_at) if address.reached_at else gettext("never")),
    ]
    if address.next_at and job is None:
        facts.append(Fact(gettext("Asked next"), moment(address.next_at)))
    return {
        "address": address,
        "address_word": address_word(address, fetching=job is not None),
        "address_facts": facts,
        "fetching": job is not None,
        "may_follow": may,
        "stop_form": VersionForm(initial={"version": address.version}) if may and address.next_at else None,
    }


def _when_changed(address: ListAddress) -> str:
    if address.by_itself:
        return gettext("applied by itself; nothing is taken for gone")
    return gettext("shown first, and a network administrator decides")


def link_text(url: str) -> SafeString:
    return format_html('<a href="{}" rel="noreferrer">{}</a>', url, url)


def taken_back(row: ListImport) -> list[str]:
    """What an undo does, in sentences; nothing of what it does not."""
    said = [
        ngettext(
            "%(n)s %(what)s that it added leaves the list",
            "%(n)s %(what)s that it added leave the list",
            row.added,
        ),
        ngettext(
            "%(n)s %(what)s is described as before", "%(n)s %(what)s are described as before", row.changed
        ),
        ngettext(
            "%(n)s title is described as before", "%(n)s titles are described as before", row.titles_changed
        ),
        ngettext("%(n)s %(what)s is listed again", "%(n)s %(what)s are listed again", row.retired),
    ]
    numbers = (row.added, row.changed, row.titles_changed, row.retired)
    found = [
        text % {"n": count_text(number), "what": noun(row, number)}
        for text, number in zip(said, numbers, strict=True)
        if number
    ]
    return found or [gettext("It changed nothing; only its record is marked as undone")]


def noun(row: ListImport, number: int) -> str:
    """What the list names: archival units, or of a KBART list lines of coverage."""
    if not row.lines:
        return ngettext("archival unit", "archival units", number)
    if row.lines == row.added + row.changed + row.unchanged:
        return ngettext("line of coverage", "lines of coverage", number)
    return ngettext("archival unit or line", "archival units and lines", number)


def vitals(row: ListImport) -> list[Vital]:
    own = resolve_url("titles:import", pk=row.pk)
    if row.state == ImportState.PREVIEW:
        return _preview_vitals(row, own)
    if row.state == ImportState.DONE:
        return _done_vitals(row, own)
    return _past_vitals(row)


def _preview_vitals(row: ListImport, own: str) -> list[Vital]:
    lines = f"{own}preview/"
    changed = row.changed + row.titles_changed
    return [
        Vital(
            count_text(row.added),
            ngettext("%s would be new", "%s would be new", row.added) % noun(row, row.added),
            f"{lines}?kind={ChangeKind.ADDED}",
        ),
        Vital(
            count_text(changed),
            ngettext(
                "would be described otherwise; %(same)s stay as they are",
                "would be described otherwise; %(same)s stay as they are",
                changed,
            )
            % {"same": count_text(row.unchanged)},
            lines,
        ),
        Vital(
            count_text(row.retired),
            _retired_said(row),
            f"{lines}?kind={ChangeKind.RETIRED}",
        ),
        _findings_vital(row),
    ]


def _retired_said(row: ListImport) -> str:
    """What becomes of those that it does not name, as it is chosen now."""
    if row.retired and retires(row):
        return ngettext(
            "of the list is not named and would be no longer listed, unless you choose otherwise below",
            "of the list are not named and would be no longer listed, unless you choose otherwise below",
            row.retired,
        )
    if row.retired and not row.unread:
        return ngettext(
            "of the list is not named; it stays listed unless you choose otherwise below",
            "of the list are not named; they stay listed unless you choose otherwise below",
            row.retired,
        )
    return ngettext(
        "of the list is not named; it stays listed",
        "of the list are not named; they stay listed",
        row.retired,
    )


def _past_vitals(row: ListImport) -> list[Vital]:
    """Of what was taken back or given up: nothing of it stands, so nothing leads there."""
    undone = row.state == ImportState.UNDONE
    changed = row.changed + row.titles_changed
    said = (
        (row.added, gettext("%s had been new, and were taken back"), gettext("%s would have been new")),
        (
            changed,
            gettext("%s had been described otherwise, and are as they were"),
            gettext("%s would have been described otherwise"),
        ),
        (
            row.retired,
            gettext("%s had been taken for no longer listed, and are listed again"),
            gettext("%s were not named"),
        ),
    )
    shown = [
        Vital(count_text(number), (taken if undone else given) % noun(row, number))
        for number, taken, given in said
    ]
    return [*shown, _findings_vital(row)]


def _findings_vital(row: ListImport) -> Vital:
    return Vital(
        count_text(row.finding_count),
        ngettext(
            "finding: an entry that is odd or was left out",
            "findings: entries that are odd or were left out",
            row.finding_count,
        ),
        "#list-findings",
    )


def _done_vitals(row: ListImport, own: str) -> list[Vital]:
    changes = f"{own}changes/"
    return [
        Vital(
            count_text(row.added),
            ngettext("%s is new in this list", "%s are new in this list", row.added) % noun(row, row.added),
            f"{own}added/",
        ),
        Vital(
            count_text(row.changed + row.titles_changed),
            ngettext(
                "is described otherwise than before; %(same)s are as they were",
                "are described otherwise than before; %(same)s are as they were",
                row.changed + row.titles_changed,
            )
            % {"same": count_text(row.unchanged)},
            changes,
        ),
        Vital(
            count_text(row.retired),
            ngettext("is no longer listed", "are no longer listed", row.retired),
            f"{changes}?kind={ChangeKind.RETIRED}",
        ),
        _findings_vital(row),
    ]


def changes_empty(row: ListImport) -> Empty:
    """Of an import that changed nothing of what was there; what it added is not denied."""
    if row.state not in (ImportState.DONE, ImportState.UNDONE):
        return Empty(gettext("Nothing was changed"), gettext("This import was not applied."))
    if not row.added:
        return lists.CHANGES.empty
    return Empty(
        gettext("Nothing else was changed"),
        gettext("It added what was not there before, and left what was there as it was."),
        Action(gettext("What it added"), resolve_url("titles:import-added", pk=row.pk)),
    )
