"""The guided set-up after the first administrator: each step looks at how things are, and somebody says that it is right.

Nothing here is kept but who went which step; settings stand in node.toml, lists in their room. So it can be left and
taken up again anywhere, by another administrator too.
"""

import os
import socket
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import SetupStep, User
from apps.common.disks import DiskLevel, level_of
from apps.common.display import count_text, size_text
from apps.common.pages import Link
from apps.common.words import Tone
from apps.nodes.machine import disk
from apps.peers.models import Peer
from apps.plugins import counting
from apps.plugins.models import Plugin, PluginUse
from apps.titles.models import TitleList

UNNAMED = "LOCKSS node"
WAIT_S = 3


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found; ``HARM`` stands in the way of going on. ``way``: where what is amiss is mended."""

    tone: Tone
    text: str
    way: Link | None = None


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    title: str | Promise
    why: str | Promise
    looks: Callable[[], list[Look]]
    settings: Sequence[str] = ()


def steps() -> tuple[Step, ...]:
    return STEPS


def step(name: str) -> Step | None:
    return next((one for one in STEPS if one.name == name), None)


def gone() -> set[str]:
    """Names of the steps that somebody went."""
    return set(SetupStep.objects.values_list("name", flat=True))


def settled() -> set[str]:
    """Names of the steps that somebody went, and of those at which nothing is amiss."""
    done = gone()
    return done | {
        one.name
        for one in STEPS
        if one.name not in done and all(look.tone == Tone.SAFE for look in one.looks())
    }


def first_open() -> Step | None:
    done = gone()
    return next((one for one in STEPS if one.name not in done), None)


def _administrator() -> list[Look]:
    people = User.objects.administrators()
    found = [Look(Tone.SAFE, gettext("There is a system administrator: %s.") % people.first().username)]
    if people.count() == 1:
        found.append(
            Look(
                Tone.CARE,
                gettext("There is only one. Add a second one, so that nobody is locked out for good."),
                Link(gettext("Add a person"), "/accounts/people/new/"),
            )
        )
    if not people.filter(second_factor=True).exists():
        way = Link(gettext("Set up a second factor"), "/me/factors/")
        found.append(Look(Tone.CARE, gettext("None of them has a second factor yet."), way))
    return found


def _institution() -> list[Look]:
    name = settings.NODE.name
    if name == UNNAMED:
        return [
            Look(Tone.CARE, gettext("The node is still called “%s”. Peers and readers see this name.") % name)
        ]
    return [
        Look(Tone.SAFE, gettext("The node is called “%s”.") % name),
        Look(Tone.SAFE, gettext("Times on pages are in %s.") % settings.NODE.time_zone),
    ]


def _storage() -> list[Look]:
    folder = settings.NODE.content_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".try-") as file:
            file.write(b"LOCKSS")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        said = gettext("Nothing can be written to %(folder)s: %(why)s.")
        return [Look(Tone.HARM, said % {"folder": folder, "why": error.strerror or error})]
    found = [Look(Tone.SAFE, gettext("%s can be written to.") % folder)]
    if (there := disk(folder)) is not None:
        free = gettext("%(free)s of %(total)s are free.") % {
            "free": size_text(there.free),
            "total": size_text(there.total),
        }
        if level_of(100 * there.free / there.total) == DiskLevel.FREE:
            found.append(Look(Tone.SAFE, free))
        else:
            why = gettext("That is less than the node wants free, and what it keeps only grows.")
            found.append(Look(Tone.CARE, f"{free} {why}", Link(gettext("The disks"), "/node/")))
    quota = settings.NODE.content_quota
    found.append(
        Look(
            Tone.SAFE, gettext("The node takes at most %s.") % quota if quota else gettext("No quota is set.")
        )
    )
    return found


def _network() -> list[Look]:
    node = settings.NODE
    found = [
        Look(Tone.SAFE, gettext("The network is %s.") % node.network_name)
        if node.network_name
        else Look(Tone.CARE, gettext("No network is named."))
    ]
    host = node.lcap_identity.partition("[")[2].partition("]")[0]
    if ip_address(host).is_loopback:
        found.append(
            Look(
                Tone.CARE,
                gettext("Peers know it as %s: no other machine can reach that.") % node.lcap_identity,
            )
        )
    else:
        found.append(Look(Tone.SAFE, gettext("Peers know it as %s.") % node.lcap_identity))
    found.append(_listener())
    peers = Peer.objects.count() or len(node.lcap_peers)
    found.append(
        Look(Tone.SAFE, ngettext("%s peer is known.", "%s peers are known.", peers) % count_text(peers))
        if peers
        else Look(
            Tone.CARE,
            gettext("No peer is known yet: nobody can prove that copies are the same."),
            Link(gettext("Add a peer"), "/peers/new/"),
        )
    )
    return found


def _listener() -> Look:
    node = settings.NODE
    host = "127.0.0.1" if node.lcap_bind in ("0.0.0.0", "::") else node.lcap_bind  # noqa: S104 - compared, not bound
    try:
        socket.create_connection((host, node.lcap_port), timeout=WAIT_S).close()
    except OSError:
        return Look(Tone.CARE, gettext("Nothing listens at port %d yet.") % node.lcap_port)
    return Look(Tone.SAFE, gettext("The listener answers at port %d.") % node.lcap_port)


def _plugins() -> list[Look]:
    """Without its plugin nothing of a platform can be selected or collected."""
    counting.catch_up()
    here = Plugin.objects.filter(current=True)
    number, able = here.count(), here.filter(usable=True, can_collect=True).count()
    if not number:
        said = gettext("No plugin is loaded yet, so nothing can be selected or collected.")
        return [Look(Tone.CARE, said), *_not_loaded()]
    loaded = ngettext("%s plugin is loaded.", "%s plugins are loaded.", number) % count_text(number)
    found = [Look(Tone.SAFE, loaded)]
    if able < number:
        rest = number - able
        said = ngettext("%s of them cannot collect here.", "%s of them cannot collect here.", rest)
        found.append(Look(Tone.CARE, said % count_text(rest), Link(gettext("The plugins"), "/plugins/")))
    return [*found, *_not_loaded()]


def _not_loaded() -> list[Look]:
    number = PluginUse.objects.filter(loaded=False, listed__gt=0).count()
    if not number:
        return []
    said = ngettext(
        "%s plugin that a title list names is not loaded: its units cannot be selected.",
        "%s plugins that title lists name are not loaded: their units cannot be selected.",
        number,
    )
    way = Link(gettext("Plugins that are not here"), "/plugins/not-loaded/")
    return [Look(Tone.CARE, said % count_text(number), way)]


def _titles() -> list[Look]:
    lists = TitleList.objects.count()
    if not lists:
        return [Look(Tone.CARE, gettext("There is no title list yet, so there is nothing to choose from."))]
    said = ngettext("%s title list is here.", "%s title lists are here.", lists) % count_text(lists)
    counting.catch_up()
    return [Look(Tone.SAFE, said), *_not_loaded()]


STEPS = (
    Step(
        "administrator",
        _("Administrator"),
        _("Whoever looks after the node, and who stands in for them."),
        _administrator,
    ),
    Step(
        "institution",
        _("Institution"),
        _("The name by which readers and peers know this node, and its time zone."),
        _institution,
        ("name", "time_zone"),
    ),
    Step(
        "storage",
        _("Storage"),
        _("Where the content lies. It only grows: give it a disk of its own."),
        _storage,
        ("content_dir", "content_quota"),
    ),
    Step(
        "network",
        _("Network"),
        _("The other libraries that keep the same, and how they reach this node."),
        _network,
        ("network_name", "lcap_identity", "lcap_bind", "lcap_peers"),
    ),
    Step(
        "plugins",
        _("Plugins"),
        _(
            "How the pages of each publishing platform are collected. Your network says where its plugins lie."
        ),
        _plugins,
        ("plugin_signatures",),
    ),
    Step(
        "titles",
        _("First title list"),
        _("What can be preserved here. Your network says where its list lies, or sends it as a file."),
        _titles,
    ),
)
