"""Decisions that wait for a person: previews of title lists, plugins that were tried, holdings that were handed on."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext, ngettext

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.aus.choices import HoldingsState
from apps.aus.models import HoldingsUpload
from apps.common.display import count_text, day_text
from apps.common.pages import Action, Need
from apps.common.parts import toned
from apps.common.words import Tone
from apps.plugins.choices import TrialState
from apps.plugins.models import Trial
from apps.titles.choices import ImportState
from apps.titles.models import ListImport

MOST = 2


def decisions(user: User) -> list[Need]:
    """Those of everybody, and of holdings those that are this person's own or were handed to them."""
    handed, own = _holdings(user)
    return [*_imports(), *_trials(), *_handed(handed), *_ambiguous(own)]


def _decide(subject: str, page: str, cause: str, *roles: Role) -> Need:
    word = toned(Tone.CARE, gettext("Undecided"))
    return Need(word, subject, page, cause, Action(gettext("Decide"), page), roles)


def _imports() -> list[Need]:
    rows = ListImport.objects.filter(state=ImportState.PREVIEW).select_related("title_list")
    cause = gettext("It was read and waits for a decision. Nothing of it has been applied.")
    return [
        _decide(row.title_list.name, f"/lists/imports/{row.pk}/preview/", cause, Role.NETWORK)
        for row in rows.order_by("-id")[:MOST]
    ]


def _trials() -> list[Need]:
    """Versions that read stored pages otherwise than the one in use."""
    rows = Trial.objects.filter(state=TrialState.DIFFERENT).select_related("plugin").order_by("-id")
    cause = gettext("A newer version reads stored pages otherwise. The one in use stays until you decide.")
    return [
        _decide(row.plugin.plugin_id, f"/plugins/trials/{row.pk}/", cause, Role.NETWORK)
        for row in rows[:MOST]
    ]


def _holdings(user: User) -> tuple[list[HoldingsUpload], list[HoldingsUpload]]:
    """The newest that were handed to this person, and their own of which lines are ambiguous."""
    own = Q(user=user, state=HoldingsState.READY, ambiguous__gt=0)
    rows = HoldingsUpload.objects.filter(Q(handed_to=user) | own, selection=None).select_related("handed_by")
    found = list(rows.order_by("-id")[: 4 * MOST])
    handed = sorted(
        (row for row in found if row.handed_to_id == user.pk), key=lambda row: row.handed_at, reverse=True
    )
    own = [
        row for row in found if row.user_id == user.pk and row.state == HoldingsState.READY and row.ambiguous
    ]
    return handed[:MOST], own[:MOST]


def _handed(rows: Sequence[HoldingsUpload]) -> list[Need]:
    said = gettext("%s asks you to look at it and to select what it proposes.")
    return [
        _decide(row.file_name, f"/holdings/{row.pk}/", said % row.handed_by.display_name, Role.LIBRARIAN)
        for row in rows
    ]


def _ambiguous(rows: Sequence[HoldingsUpload]) -> list[Need]:
    needs = []
    for row in rows:
        said = ngettext(
            "%(n)s of its %(all)s lines matches more than one title.",
            "%(n)s of its %(all)s lines match more than one title.",
            row.ambiguous,
        ) % {"n": count_text(row.ambiguous), "all": count_text(row.lines)}
        subject = gettext("Holdings of %s") % day_text(row.created_at)
        needs.append(_decide(subject, f"/holdings/{row.pk}/", said, Role.LIBRARIAN))
    return needs
