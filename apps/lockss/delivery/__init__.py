"""Whether, and from where, a reader gets preserved content: verdict, decision tables, what is missing (delivery §1–4, §10).

The functions ``verdict.verdict`` and ``missing.missing`` are taken from their modules, whose names they share.
"""

from apps.lockss.delivery.addresses import (
    AddressFault,
    AddressFinding,
    AddressList,
    ListKind,
    Membered,
    Membership,
)
from apps.lockss.delivery.asking import (
    Answer,
    Ask,
    Asked,
    Cut,
    DeliverySettings,
    Failure,
    FollowRedirects,
    HostDownAction,
    Mark,
    Missing,
    Named,
    PageKind,
    PassOn,
    Pool,
    Refuse,
    Row,
    Serve,
    Source,
    Step,
    Subscription,
    Terminate,
)
from apps.lockss.delivery.conditions import Conditions, Validator
from apps.lockss.delivery.down_hosts import DownHosts
from apps.lockss.delivery.embargo import Embargo, FixedDate, MovingWall, Published, Unit
from apps.lockss.delivery.machine import after, begin
from apps.lockss.delivery.missing import Listing, MissingAction, MissingAnswer, PublisherState
from apps.lockss.delivery.policy import Level, Policy, PolicyLine, Terms
from apps.lockss.delivery.readers import OwnReaders, Reader, ReaderKind, Standing, Surface, standing
from apps.lockss.delivery.stems import Stem, StemFault, is_held, location, stem_of, tunnel_stem
from apps.lockss.delivery.trigger import Trigger, TriggerState
from apps.lockss.delivery.verdict import Access, AuFacts, PublisherFlag, Reason, Rule, Verdict

__all__ = [
    "Access",
    "AddressFault",
    "AddressFinding",
    "AddressList",
    "Answer",
    "Ask",
    "Asked",
    "AuFacts",
    "Conditions",
    "Cut",
    "DeliverySettings",
    "DownHosts",
    "Embargo",
    "Failure",
    "FixedDate",
    "FollowRedirects",
    "HostDownAction",
    "Level",
    "ListKind",
    "Listing",
    "Mark",
    "Membered",
    "Membership",
    "Missing",
    "MissingAction",
    "MissingAnswer",
    "MovingWall",
    "Named",
    "OwnReaders",
    "PageKind",
    "PassOn",
    "Policy",
    "PolicyLine",
    "Pool",
    "Published",
    "PublisherFlag",
    "PublisherState",
    "Reader",
    "ReaderKind",
    "Reason",
    "Refuse",
    "Row",
    "Rule",
    "Serve",
    "Source",
    "Standing",
    "Stem",
    "StemFault",
    "Step",
    "Subscription",
    "Surface",
    "Terminate",
    "Terms",
    "Trigger",
    "TriggerState",
    "Unit",
    "Validator",
    "Verdict",
    "after",
    "begin",
    "is_held",
    "location",
    "standing",
    "stem_of",
    "tunnel_stem",
]
