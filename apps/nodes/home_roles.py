"""The first page for one person: what they can act on first, what others look after, and what comes next for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.common import first_page
from apps.common.pages import Action, Need
from apps.nodes.choices import Tally
from apps.nodes.lists import Rung
from apps.nodes.needs import MOST_NEEDS, finding_needs, urgent_needs
from apps.nodes.needs_decisions import decisions
from apps.nodes.sentences import link_to
from apps.nodes.services import first_steps
from apps.titles.models import ListedAu

# Of several roles, the one whose next act stands as the one primary button.
FIRST = (Role.LIBRARIAN, Role.NETWORK, Role.REPORTS, Role.SYSTEM, Role.READER)


@dataclass(frozen=True, slots=True)
class Waiting:
    """``mine``: this person can act; ``others``: somebody else here can. ``all`` counts both, before they are cut."""

    mine: Sequence[Need]
    others: Sequence[Need]
    own: int
    all: int


def waiting(user: User, numbers: Mapping[str, int]) -> Waiting:
    """What needs a person, told for this one: their own roles first, then what an administrator may do as well."""
    found = [*urgent_needs(numbers), *decisions(user), *first_page.needs(user), *finding_needs()]
    mine = [need for need in found if not need.roles or user.has_role(*need.roles)]
    mine.sort(key=lambda need: bool(need.roles) and not set(need.roles) & set(user.roles))
    others = [replace(need, action=None) for need in found if need.roles and not user.has_role(*need.roles)]
    return Waiting(mine[:MOST_NEEDS], others[:MOST_NEEDS], len(mine), len(found))


def main_role(user: User) -> Role:
    """Whose work this person does here; without a role they read."""
    return next((role for role in FIRST if role in user.roles), Role.READER)


def actions(user: User, numbers: Mapping[str, int]) -> list[Action]:
    """The report for whoever may make it, and the one act that comes next."""
    role = main_role(user)
    primary = _primary(user, role, numbers)
    report = Action(gettext("KBART report"), "/reports/kbart/", primary=role == Role.REPORTS)
    return [report, *([primary] if primary else [])]


def _primary(user: User, role: Role, numbers: Mapping[str, int]) -> Action | None:
    chosen = numbers.get(Tally.AUS, 0)
    listed = bool(chosen) or ListedAu.objects.exists()
    match role:
        case Role.LIBRARIAN if listed:
            return Action(gettext("Choose content"), "/titles/", primary=True)
        case Role.LIBRARIAN | Role.NETWORK if not listed and user.has_role(Role.NETWORK):
            return Action(gettext("Load a title list"), "/lists/", primary=True)
        case Role.NETWORK:
            return Action(gettext("Permissions"), "/permissions/", primary=True)
        case Role.SYSTEM if not chosen and first_steps.first_open():
            return Action(gettext("First steps"), "/first-steps/", primary=True)
        case Role.SYSTEM if not chosen and listed:
            return Action(gettext("Choose content"), "/titles/", primary=True)
        case Role.SYSTEM if not chosen:
            return Action(gettext("Load a title list"), "/lists/", primary=True)
        case Role.SYSTEM:
            return Action(gettext("The node"), "/node/", primary=True)
        case Role.READER if chosen:
            page = f"/aus/?rung={Rung.COLLECTED}"
            return Action(gettext("What is collected"), page, primary=True)
        case _:
            return None


def next_step(user: User) -> SafeString | str:
    """On a node where nothing is chosen: what this person can do about it, or who can."""
    listed = ListedAu.objects.exists()
    match main_role(user):
        case Role.LIBRARIAN if listed:
            said, links = gettext("Nothing is chosen yet. {choose}."), {"choose": "/titles/"}
        case Role.LIBRARIAN if not user.has_role(Role.NETWORK):
            return gettext(
                "Nothing is chosen yet. Before you can choose, a network administrator loads a title list."
            )
        case Role.LIBRARIAN | Role.NETWORK:
            said = gettext(
                "Nothing is chosen yet. Load {plugins} and {lists}, enter {agreements} and {peers}; then {choose}."
            )
            links = {
                "plugins": "/plugins/",
                "lists": "/lists/",
                "agreements": "/permissions/agreements/",
                "peers": "/peers/",
                "choose": "/titles/",
            }
        case Role.SYSTEM if not first_steps.first_open():
            said = gettext(
                "The node is set up. Nothing is chosen yet. Load {plugins} and {lists}; then {choose}."
            )
            links = {"plugins": "/plugins/", "lists": "/lists/", "choose": "/titles/"}
        case Role.SYSTEM:
            said, links = (
                gettext("Nothing is chosen yet. Go through the {steps}."),
                {"steps": "/first-steps/"},
            )
        case Role.REPORTS:
            return gettext(
                "There is nothing to report yet: nothing is chosen. A collection librarian chooses what is kept."
            )
        case _:
            return gettext(
                "There is nothing to read yet: nothing is chosen. A collection librarian chooses what is kept."
            )
    return format_html(said, **{name: link_to(page, _names()[name]) for name, page in links.items()})


def _names() -> dict[str, str]:
    return {
        "plugins": gettext("plugins"),
        "lists": gettext("a title list"),
        "agreements": gettext("the agreements"),
        "peers": gettext("the peers"),
        "choose": gettext("choose"),
        "steps": gettext("first steps"),
    }


def no_needs(user: User, numbers: Mapping[str, int]) -> str:
    """Instead of a list of needs."""
    if not numbers.get(Tally.AUS):
        return gettext("As soon as something is chosen, it is told here what of it needs a person.")
    return gettext("Nothing needs you just now.")
