"""Which nodes are a member's own."""

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.network.models import Member, MemberNode
from apps.network.services.rows import facts, locked, once, put

FACTS = ("member_id", "identity", "name", "certificate_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSaid:
    """``identity`` normalised, as ``PeerId`` writes it."""

    identity: str
    name: str = ""
    certificate_name: str = ""


def add_node(*, member: Member, user: User, said: NodeSaid, request_key: UUID | None = None) -> MemberNode:
    def make() -> MemberNode:
        _check(said, None)
        row = MemberNode(member=member, request_key=request_key)
        put(row, said)
        row.save()
        _note(row, user, None, facts(row, FACTS))
        return row

    return once(MemberNode, request_key, said, make, _taken)


def change_node(*, node: MemberNode, version: int, user: User, member: Member, said: NodeSaid) -> MemberNode:
    """Also to another member: a node may move with its people."""
    try:
        with transaction.atomic():
            row = locked(node, version)
            _check(said, row.pk)
            before = facts(row, FACTS)
            put(row, said)
            row.member = member
            row.version += 1
            row.save()
            after = facts(row, FACTS)
            if after != before:
                _note(row, user, before, after)
    except IntegrityError:
        raise ValidationError(_taken()) from None
    return row


def remove_node(*, node: MemberNode, user: User) -> None:
    """It is nobody's any more; the peer stays as it is. Twice is once."""
    with transaction.atomic():
        row = MemberNode.objects.select_for_update().filter(pk=node.pk).first()
        if row is None:
            return
        _note(row, user, facts(row, FACTS), None)
        row.delete()


def _check(said: NodeSaid, own: int | None) -> None:
    other = MemberNode.objects.exclude(pk=own).filter(identity=said.identity).select_related("member").first()
    if other is not None:
        raise ValidationError({"identity": gettext("It is a node of “%s” already.") % other.member.name})


def _note(row: MemberNode, user: User, before, after) -> None:
    audit(user=user, action="network.node", subject=f"member:{row.member_id}", before=before, after=after)


def _taken() -> str:
    return gettext("Somebody entered this node a moment ago. Nothing was saved.")
