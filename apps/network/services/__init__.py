"""The only writers of members, their contacts, nodes and agreements, of decisions and papers."""

from apps.network.services.contacts import Person, add_contact, change_contact, erase_contact
from apps.network.services.deciding import Ruling, decide
from apps.network.services.members import Institution, change_member, register_member
from apps.network.services.memberships import Terms, add_membership, change_membership
from apps.network.services.nodes import NodeSaid, add_node, change_node, remove_node
from apps.network.services.papers import add_papers, paper_path
from apps.network.services.rows import today

__all__ = [
    "Institution",
    "NodeSaid",
    "Person",
    "Ruling",
    "Terms",
    "add_contact",
    "add_membership",
    "add_node",
    "add_papers",
    "change_contact",
    "change_member",
    "change_membership",
    "change_node",
    "decide",
    "erase_contact",
    "paper_path",
    "register_member",
    "remove_node",
    "today",
]
