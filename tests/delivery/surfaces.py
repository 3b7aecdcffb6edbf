"""A node with an AU of every access policy, everybody who may ask for one, and the verdict for each pair.

What is expected comes of the pure function alone, with facts that are written here beside the rows that say the same.
"""

import datetime as dt
from dataclasses import dataclass, field

from apps.accounts.choices import Role
from apps.aus.models import Au
from apps.common.clock import now
from apps.delivery.models import AuStem, InstitutionProxy, OwnReaderList, StemReading, TriggerEvent
from apps.delivery.passes import Right, client_of, grant
from apps.lockss.delivery import (
    AddressList,
    AuFacts,
    OwnReaders,
    PublisherFlag,
    Reader,
    Surface,
    Trigger,
    Verdict,
)
from apps.lockss.delivery.embargo import FixedDate
from apps.lockss.delivery.policy import Level, Policy, PolicyLine, Terms
from apps.lockss.delivery.verdict import verdict
from apps.repository import services as repository
from apps.repository.names import au_slug
from apps.titles.models import ListedAu
from tests.delivery.places import rule
from tests.factories import make_publisher, make_title
from tests.repository.factories import capture

TODAY = dt.datetime.now(dt.UTC).date()
WEEK = dt.timedelta(days=7)
SHARED = "http://shared.example/page"
COPY, FRESH = b"<p>preserved</p>", "fresh from the publisher"


@dataclass(frozen=True)
class Place:
    """An AU: where it lies and what it is called. Of a made-up one of equal length nothing is in the node."""

    word: str

    @property
    def site(self) -> str:
        return f"http://{self.word}.example"

    @property
    def url(self) -> str:
        return f"{self.site}/page"

    @property
    def auid(self) -> str:
        return f"org|x|P&base_url~http%3A%2F%2F{self.word}%2Eexample%2F"

    @property
    def slug(self) -> str:
        return au_slug(self.auid)

    @property
    def name(self) -> str:
        return f"Of the {self.word}"

    @property
    def twin(self) -> "Place":
        return Place("q" * len(self.word))


@dataclass(frozen=True)
class Kind:
    """An access policy: the rows that say it, and the same as the pure function wants it."""

    facts: AuFacts
    rows: dict = field(default_factory=dict)
    trigger: dict | None = None


def _line(choice: str, **terms: bool) -> tuple[PolicyLine, ...]:
    return (PolicyLine(Level.AU, Policy(choice), Terms(**terms)),)


_TRIGGER = Trigger("the publisher closed", "ann", "ben", TODAY - WEEK)
KINDS = {
    "dark-annals": Kind(AuFacts(lines=_line("dark")), {"choice": "dark"}),
    "gray-annals": Kind(AuFacts(lines=_line("gray")), {"choice": "gray"}),
    "light-annals": Kind(AuFacts(lines=_line("light")), {"choice": "light"}),
    "refused-annals": Kind(AuFacts(lines=_line("light", serve=False)), {"choice": "light", "serve": "no"}),
    "selfserved-annals": Kind(
        AuFacts(lines=_line("light", while_available=False)), {"choice": "light", "while_available": "no"}
    ),
    "granted-annals": Kind(AuFacts(lines=_line("light", openly=True)), {"choice": "light", "openly": "yes"}),
    "lateopen-annals": Kind(AuFacts(lines=_line("gray", openly=True)), {"choice": "gray", "openly": "yes"}),
    "freeforall-annals": Kind(
        AuFacts(lines=_line("gray"), open_access=True), {"choice": "gray", "open_access": "yes"}
    ),
    "embargoed-annals": Kind(
        AuFacts(lines=_line("light"), open_access=True, embargoes=(FixedDate(TODAY + WEEK),)),
        {"choice": "light", "open_access": "yes", "embargo_until": TODAY + WEEK},
    ),
    "released-annals": Kind(
        AuFacts(lines=_line("gray"), embargoes=(FixedDate(TODAY - WEEK),)),
        {"choice": "gray", "embargo_until": TODAY - WEEK},
    ),
    "triggered-annals": Kind(
        AuFacts(lines=_line("dark"), open_access=True, trigger=_TRIGGER, publisher=PublisherFlag.NEVER),
        {"choice": "dark"},
        {"confirmed_name": "ben", "confirmed_at": now()},
    ),
    "proposed-annals": Kind(
        AuFacts(lines=_line("dark"), trigger=Trigger("closed", "ann", "", TODAY - WEEK)),
        {"choice": "dark"},
        {},
    ),
    "departed-annals": Kind(
        AuFacts(lines=_line("gray"), publisher=PublisherFlag.NEVER), {"choice": "gray", "flag": "never"}
    ),
}
PLACES = {word: Place(word) for word in KINDS}
INCLUDED, EXCLUDED = "192.0.2.0/24\n2001:db8::/32", "192.0.2.66"
OUTSIDE = "203.0.113.9"
COUNTED = (Role.READER, Role.LIBRARIAN)
OWN = OwnReaders(
    AddressList.read(INCLUDED, EXCLUDED), frozenset(str(role) for role in COUNTED), frozenset({"Harbour"})
)


@dataclass(frozen=True)
class Who:
    """``carer``: the portal said in her pass that she looks after the copy."""

    address: str
    roles: frozenset[str] = frozenset()
    proxy: str | None = None
    carer: bool = False

    def verdict(self, kind: Kind, surface: Surface = Surface.CONTENT) -> Verdict:
        """For an AU that her pass is good for. A system administrator counts as everybody."""
        moment = now()
        if self.carer and surface is Surface.CONTENT:
            return verdict(Surface.AUDIT, Reader(self.address, auditor=True), OWN, kind.facts, moment)
        every = frozenset(str(role) for role in Role)
        roles = every if Role.SYSTEM in self.roles else self.roles
        return verdict(
            surface, Reader(self.address, roles, self.proxy, auditor=False), OWN, kind.facts, moment
        )

    def front(self, place: Place) -> str:
        """What her addresses begin with."""
        if not self.roles:
            return ""
        key = grant(
            Right.PASS, place.slug, client_of(self.address), roles=sorted(self.roles), carer=self.carer
        )
        return f"/t/{key}"


READERS = {
    "stranger": Who(OUTSIDE),
    "own address": Who("192.0.2.9"),
    "own address, IPv6": Who("2001:db8::9"),
    "excluded address": Who("192.0.2.66"),
    "institution's proxy": Who("198.51.100.7", proxy="Harbour"),
    **{f"signed in as {role}": Who(OUTSIDE, frozenset({str(role)})) for role in Role},
    "carer": Who(OUTSIDE, frozenset({str(Role.LIBRARIAN)}), carer=True),
}
# Whose right does not hang on a pass; and one for each proof.
BY_ADDRESS = {name: who for name, who in READERS.items() if not who.roles}
FEW = {
    name: READERS[name]
    for name in ("stranger", "own address", "institution's proxy", f"signed in as {Role.READER}", "carer")
}


def build() -> dict[str, Au]:
    """The rows: the AUs by the word of their policy."""
    OwnReaderList.objects.create(included=INCLUDED, excluded=EXCLUDED, roles=[str(role) for role in COUNTED])
    InstitutionProxy.objects.create(name="Harbour", addresses="198.51.100.7")
    house = make_publisher("House of Annals")
    # Lists know AUs that nobody selected here.
    for word in {place.twin.word for place in PLACES.values()}:
        _listed(Place(word), house)
    return {word: _au(PLACES[word], kind, house) for word, kind in KINDS.items()}


def _listed(place: Place, house) -> tuple[ListedAu, dict]:
    title = make_title(f"The {place.word}", house)
    shared = {
        "auid": place.auid,
        "slug": place.slug,
        "title": title,
        "publisher": house,
        "plugin_id": "org.x.P",
        "params": {"base_url": f"{place.site}/", "volume_name": "7"},
        "name": place.name,
        "name_key": place.name.lower(),
    }
    return ListedAu.objects.create(**shared, volume="7", year="2019", status="released"), shared


def _au(place: Place, kind: Kind, house) -> Au:
    listed, shared = _listed(place, house)
    au = Au.objects.create(
        key=repository.ensure_au_key(auid=place.auid), listed=listed, selected_at=now(), **shared
    )
    for stem in (place.site, "http://shared.example"):
        AuStem.objects.create(au=au, stem=stem, name_key=au.name_key)
    StemReading.objects.create(au=au, digest="", start_urls=[place.url], read_at=now())
    pages = [capture(place.url, COPY + place.word.encode()), capture(SHARED, COPY + place.word.encode())]
    assert [one.fault for one in repository.add_captures(auid=au.auid, captures=pages)] == [None, None]
    rule(au=au, **kind.rows)
    if kind.trigger is not None:
        TriggerEvent.objects.create(
            au=au,
            reason="the publisher closed",
            since=TODAY - WEEK,
            proposed_name="ann",
            proposed_at=now(),
            **kind.trigger,
        )
    return au


def listed_to(who: Who, surface: Surface = Surface.CONTENT) -> set[str]:
    """The policies whose AU is listed to her. In lists a carer sees what others with her roles see."""
    plain = Who(who.address, who.roles, who.proxy)
    return {word for word, kind in KINDS.items() if plain.verdict(kind, surface).listed}
