"""The one list of the portal: filters, search, sortable heads, pages by key, downloads.

An app declares a ``Table`` once and answers with ``show_list``::

    PEERS = Table(
        name="peers",
        caption=_("Peers"),
        columns=(
            Column("name", _("Peer"), lambda peer: cells.link(peer.name, f"/peers/{peer.pk}/"), sort="name"),
            Column("polls", _("Polls"), lambda peer: cells.count(peer.polls), sort="polls", numeric=True),
        ),
        filters=(Choice("source", _("Source"), "source", PeerSource.choices),),
        search=Search(("name", "address")),
        sort="name",
    )

    def peers(request):
        return show_list(request, table=PEERS, rows=Peer.objects.all(), template="peers/list.html")

and the page says ``{% include "common/list.html" %}``. Rows become text in Python; the template only lays them out.
"""

from apps.common.errors import BadQuery
from apps.common.lists.cells import Cell
from apps.common.lists.columns import Column
from apps.common.lists.filters import Choice, Day, Exact, Flag, Search
from apps.common.lists.seen import count_in, seen_in
from apps.common.lists.show import chosen_rows, show_list, small_list
from apps.common.lists.table import Bulk, Page, Table

__all__ = [
    "BadQuery",
    "Bulk",
    "Cell",
    "Choice",
    "Column",
    "Day",
    "Exact",
    "Flag",
    "Page",
    "Search",
    "Table",
    "chosen_rows",
    "count_in",
    "seen_in",
    "show_list",
    "small_list",
]
