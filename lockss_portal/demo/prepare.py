"""What a person does first on a new node, by the same services that the pages call."""

import io
import json
import sys
from datetime import date
from pathlib import Path

from django.conf import settings

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services import create_user
from apps.aus.services import select_aus
from apps.common.clock import now
from apps.lockss.lcap.identity import PeerId
from apps.peers.services import register_peer
from apps.permissions.choices import Right, Said
from apps.permissions.clause import model_text
from apps.permissions.models import PublisherAgreement
from apps.permissions.services import Paper, Terms, register_agreement
from apps.plugins.services import load_plugin_folder
from apps.titles.models import ListedAu, Publisher
from apps.titles.services import import_tdb_folder

PLUGINS = Path(__file__).resolve().parent / "plugins"
LIST = "Harbour demonstration list"
PERMITTED = (Right.COLLECT, Right.PRESERVE, Right.SERVE, Right.SHARE_REPAIRS, Right.PERPETUAL)
AGREEMENT = "Archiving agreement, Harbour Press 2024"
# Left for a visitor to select, when asked for.
LEFT = "Journal of Tidal Archives Volume 3"
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
    imported = import_tdb_folder(path=Path(plan["titles"]), list_name=LIST, user=user)
    if imported.finding_count:
        raise ValueError(
            f"{imported.finding_count} entries of the demonstration's title list could not be read"
        )
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
    offered = ListedAu.objects.filter(publisher=publisher)
    if plan.get("leave"):
        offered = offered.exclude(name=LEFT)
    listed = list(offered.values_list("pk", flat=True))
    select_aus(user=user, listed_au_ids=listed)
    return {"node": settings.NODE.name, "imported": imported.added, "selected": len(listed)}


def main() -> None:
    """Reads the plan from standard input, prints what was done."""
    print(json.dumps(prepare(json.load(sys.stdin))))
