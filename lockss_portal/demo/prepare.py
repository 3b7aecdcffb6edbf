"""What a person does first on a new node, by the same services that the pages call."""

import io
import json
import sys
import time
from datetime import date
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files import File

import apps.aus.tasks  # noqa: F401 - its jobs register themselves
from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services import create_user
from apps.aus.choices import HoldingsState
from apps.aus.services import (
    Rule,
    add_subscription,
    proposal_of,
    select_aus,
    select_proposed,
    start_holdings,
)
from apps.common import jobs
from apps.common.clock import now
from apps.delivery.models import OwnReaderList
from apps.delivery.services.ruling import set_own_readers
from apps.lockss.lcap.identity import PeerId
from apps.peers.services import register_peer
from apps.permissions.choices import Right, Said
from apps.permissions.clause import model_text
from apps.permissions.models import PublisherAgreement
from apps.permissions.services import Paper, Terms, register_agreement
from apps.plugins.services import load_plugin_folder
from apps.titles.models import ListedAu, Publisher, Title
from apps.titles.services import import_tdb_folder

PLUGINS = Path(__file__).resolve().parent / "plugins"
LIST = "Harbour demonstration list"
PERMITTED = (Right.COLLECT, Right.PRESERVE, Right.SERVE, Right.SHARE_REPAIRS, Right.PERPETUAL)
AGREEMENT = "Archiving agreement, Harbour Press 2024"
# Left for a visitor to select, when asked for.
LEFT = "Journal of Tidal Archives Volume 3"
# Named by the library's own list of holdings.
HELD = "Journal of Tidal Archives Volume 1"
HOLDINGS_FORM = UUID("5f2d3c1e-0000-4000-8000-000000000001")
SUBSCRIBED = "Annals of Paper and Light"
DOCUMENT = b"""Archiving agreement between Harbour Press and the libraries of the Harbour demonstration network.

Harbour Press permits the member libraries to collect, preserve and serve its journals for their readers,
for as long as the network lives, and to restore a copy from any member that once held it.
"""


def prepare(plan: dict) -> dict:
    """Everything up to the selection; a second run changes nothing. ``plan``: titles, peers, username, password."""
    user = User.objects.filter(username=plan["username"]).first() or create_user(
        username=plan["username"], password=plan["password"], roles=[Role.SYSTEM]
    )
    load_plugin_folder(path=PLUGINS, user=user)
    lists = Path(plan["titles"])
    _import(lists / "first", user)
    for peer in plan["peers"]:
        register_peer(
            identity=PeerId.parse(peer["identity"]),
            certificate=Path(peer["certificate"]).read_text(),
            name=peer["name"],
            user=user,
        )
    publisher = Publisher.objects.get(name="Harbour Press")
    if not PublisherAgreement.objects.filter(publisher=publisher, name=AGREEMENT).exists():
        register_agreement(
            user=user,
            publisher=publisher,
            terms=Terms(
                name=AGREEMENT,
                starts=date(now().year - 2, 1, 1),
                rights=dict.fromkeys(PERMITTED, Said.YES),
                clause=model_text(),
            ),
            papers=[Paper("agreement.txt", io.BytesIO(DOCUMENT))],
        )
    if not OwnReaderList.objects.exists():
        # Whoever sits at the machine of the demonstration reads as in the library's reading room.
        set_own_readers(included="127.0.0.1", excluded="", roles=list(Role.values), version=None, user=user)
    _select_held(lists / "holdings.csv", user)
    # The rule acts by itself when the second edition of the list names what it waits for.
    add_subscription(
        user=user, token=LIST, rule=Rule(title=Title.objects.get(name=SUBSCRIBED), ranges="2022")
    )
    _import(lists / "second", user)
    select_aus(user=user, listed_au_ids=_by_hand(publisher, leave=bool(plan.get("leave"))))
    return {"node": settings.NODE.name}


def _import(folder: Path, user: User) -> None:
    done = import_tdb_folder(path=folder, list_name=LIST, user=user)
    if done.finding_count:
        raise ValueError(f"{done.finding_count} entries of the demonstration's title list could not be read")


def _select_held(file: Path, user: User) -> None:
    """The library's own list, as its page does it; a second run finds the first one's upload."""
    with file.open("rb") as opened:
        upload, job = start_holdings(
            upload=File(opened, name=file.name), user=user, request_key=HOLDINGS_FORM
        )
    jobs.run(job.pk)
    upload.refresh_from_db()
    while upload.state in (HoldingsState.WAITING, HoldingsState.READING):
        # A worker of the node has taken it.
        time.sleep(0.2)
        upload.refresh_from_db()
    if upload.selection_id is None:
        mark = proposal_of(upload).mark
        select_proposed(upload=upload, version=upload.version, mark=mark, user=user)


def _by_hand(publisher: Publisher, *, leave: bool) -> list[int]:
    """What neither the holdings file nor the subscription means."""
    offered = ListedAu.objects.filter(publisher=publisher)
    offered = offered.exclude(name=HELD).exclude(title__name=SUBSCRIBED, first_year=2022)
    if leave:
        offered = offered.exclude(name=LEFT)
    return list(offered.values_list("pk", flat=True))


def main() -> None:
    """Reads the plan from standard input, prints what was done."""
    print(json.dumps(prepare(json.load(sys.stdin))))
