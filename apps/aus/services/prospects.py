"""What of a choice cannot be collected, before it is selected: grouped by platform and status, never unit by unit."""

from collections import Counter, defaultdict

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext

from apps.aus.choices import AuState
from apps.aus.hindrances import Hindrance, found_by_others
from apps.aus.models import Au
from apps.common.stored import retold
from apps.plugins.models import Plugin
from apps.plugins.services import abilities_for
from apps.titles.choices import RELEASED, UNRELEASED, Availability, availability
from apps.titles.models import ListedAu

MISSING, UNUSABLE, CODE_MISSING = "platform-missing", "platform", "code-missing"
# So many platforms say why; the page that a cause leads to lists the others.
NAMED = 4


def prospects(listed: QuerySet[ListedAu], *, unreleased: bool = False) -> list[Hindrance]:
    """The causes, the one that holds back most first; each unit counts once, under the first cause that applies to it.

    What rooms above tell of (permission) is asked of those alone that can be collected otherwise. What is here already
    stays selected whatever the lists say of it, and waits where its platform cannot collect."""
    own = Exists(Au.objects.filter(listed=OuterRef("pk")))
    rows = listed.order_by().values_list("plugin_id", "status", own).annotate(number=Count("pk"))
    groups = [(plugin_id, availability(status), here, number) for plugin_id, status, here, number in rows]
    plugins = _plugins({plugin_id for plugin_id, _kind, _here, _number in groups})
    by_offer: Counter[Availability] = Counter()
    by_platform: dict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    for plugin_id, kind, here, number in groups:
        if not here and _refused(kind, unreleased):
            by_offer[kind] += number
            continue
        cause = _cause(plugins.get(plugin_id))
        if cause:
            by_platform[cause, here][plugin_id] += number
        elif kind is Availability.DOWN and not here:
            by_offer[kind] += number
    found = [_offer(kind, number) for kind, number in by_offer.items()]
    found += [_platform(cause, counts, waits=here) for (cause, here), counts in by_platform.items()]
    found += found_by_others(collectable(listed, unreleased=unreleased).filter(_able()))
    return sorted(found, key=lambda one: (-one.number, one.code, one.selectable))


def collectable(listed: QuerySet[ListedAu], *, unreleased: bool = False) -> QuerySet[ListedAu]:
    """What of a choice is selected and comes to the store, or is there: by platform and status; permission may
    follow."""
    offered = Q(status__in=(*RELEASED, *UNRELEASED) if unreleased else RELEASED)
    return listed.filter(_able() & offered | Exists(Au.objects.filter(listed=OuterRef("pk"))))


def any_selectable(*, platform: str = "") -> bool:
    """Whether an act of selecting could do anything at all, with what the lists name of a platform, or of any: something
    on offer that its plugin can collect, or something deactivated. Asked platform by platform, never unit by unit.
    """
    offered = ListedAu.objects.filter(plugin_id=OuterRef("plugin_id"), status__in=RELEASED)
    plugins = Plugin.objects.filter(Exists(offered), current=True, can_collect=True)
    stopped = Au.objects.filter(state=AuState.DEACTIVATED)
    if platform:
        plugins, stopped = plugins.filter(plugin_id=platform), stopped.filter(plugin_id=platform)
    return plugins.exists() or stopped.exists()


def _able() -> Exists:
    return Exists(Plugin.objects.filter(plugin_id=OuterRef("plugin_id"), current=True, can_collect=True))


def _plugins(ids: set[str]) -> dict[str, tuple[bool, bool]]:
    rows = Plugin.objects.filter(plugin_id__in=ids, current=True)
    return {pk: (usable, can) for pk, usable, can in rows.values_list("plugin_id", "usable", "can_collect")}


def _refused(kind: Availability, unreleased: bool) -> bool:
    if kind in (Availability.RETIRED, Availability.NOT_OFFERED):
        return True
    return kind is Availability.UNRELEASED and not unreleased


def _cause(plugin: tuple[bool, bool] | None) -> str:
    if plugin is None:
        return MISSING
    usable, can_collect = plugin
    if not usable:
        return UNUSABLE
    return "" if can_collect else CODE_MISSING


def _offer(kind: Availability, number: int) -> Hindrance:
    said = {
        Availability.DOWN: (
            gettext("Gone from the publisher"),
            gettext("The publisher no longer provides it. Only what is held here already can be selected."),
        ),
        Availability.UNRELEASED: (
            gettext("Not released"),
            gettext("The network has not released it yet; it can be selected when a list says so."),
        ),
        Availability.NOT_OFFERED: (
            gettext("Not offered"),
            gettext("The title list names it, but not for preservation."),
        ),
        Availability.RETIRED: (gettext("No longer listed"), gettext("No title list names it any more.")),
    }
    label, sentence = said[kind]
    return Hindrance(str(kind), label, number, sentence)


def _platform(cause: str, counts: Counter[str], *, waits: bool) -> Hindrance:
    labels = {
        MISSING: gettext("Plugin not loaded"),
        UNUSABLE: gettext("Plugin not usable"),
        CODE_MISSING: gettext("Code missing"),
    }
    first = [plugin_id for plugin_id, _number in counts.most_common(NAMED)]
    said = [retold(abilities_for(plugin_id).why_not_collect) for plugin_id in first]
    if cause == MISSING:
        url = "/plugins/not-loaded/"
    elif len(counts) > 1:
        url = "/plugins/?usable=no" if cause == UNUSABLE else "/plugins/?collect=no"
    else:
        url = f"/plugins/{first[0]}/"
    return Hindrance(
        cause,
        labels[cause],
        sum(counts.values()),
        said[0],
        url,
        selectable=waits,
        others=tuple(said[1:]),
        left=len(counts) - len(first),
    )
