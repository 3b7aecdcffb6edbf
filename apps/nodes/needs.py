"""What waits for a person, in groups with one button each: AUs by what is wrong with them, findings by their code."""

from collections.abc import Mapping
from functools import cache
from urllib.parse import urlencode

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce, NullIf, Substr
from django.utils.translation import gettext, ngettext

from apps.accounts.choices import Role
from apps.aus.models import Au
from apps.aus.services.rooming import SUBJECT as STORE
from apps.common.choices import Severity
from apps.common.display import count_text
from apps.common.models import Finding
from apps.common.pages import Action, Need
from apps.common.parts import status_word
from apps.common.prepared import Prepared
from apps.common.stored import retold
from apps.lockss.lcap.poll_codes import PollCode
from apps.nodes.choices import HOPELESS, PLATFORM_BLOCKS, AuWord, Block, Care, care_key, word_key
from apps.nodes.error_advice import headline
from apps.nodes.lists import caring_page
from apps.nodes.models import AuStatus
from apps.nodes.needs_alerts import alert_needs_by_weight
from apps.nodes.services import counting
from apps.nodes.words import AU_WORDS, BLOCKED_TOO, FINDING_WORDS
from apps.nodes.work import said_with_unit
from apps.peers.models import Peer
from apps.permissions.panels import reminder_sentence
from apps.permissions.services import open_reminders
from apps.permissions.words import REMINDER

MOST_NEEDS = 6
# So many of a kind are told by name.
NAMED = 2
# More are not grouped for this page.
MOST_GROUPED = 5_000


def urgent_needs(numbers: Mapping[str, int]) -> list[Need]:
    """What is wrong or held up, the most urgent first. ``numbers``: those of ``counting``."""
    critical, warnings = alert_needs_by_weight()
    return [
        *critical,
        *_store(),
        *_wrong(numbers),
        *warnings,
        *_blocked(numbers),
        *_reminders(),
        *_tired(numbers),
    ]


def needs() -> list[Need]:
    """What waits for a person, the most urgent first: AUs by what is wrong, then findings by what was found."""
    found = urgent_needs(counting.numbers())
    return [*found, *finding_needs(max(1, MOST_NEEDS - len(found)))][:MOST_NEEDS]


def _store() -> list[Need]:
    """A store that is full takes nothing more in, so it comes first."""
    row = Finding.objects.filter(subject=STORE, resolved_at=None, seen_at=None).order_by("-id").first()
    if row is None:
        return []
    word = status_word(FINDING_WORDS[Severity(row.severity)])
    return [
        Need(
            word,
            gettext("The store"),
            "/node/",
            retold(row.message),
            Action(gettext("Look"), f"/findings/{row.pk}/"),
            (Role.SYSTEM,),
        )
    ]


def _wrong(numbers: Mapping[str, int]) -> list[Need]:
    """Damaged and differing AUs: a few by name, many as a group."""
    needs = []
    words = {word: numbers.get(word_key(word), 0) for word in (AuWord.DAMAGED, AuWord.DIFFERS)}
    named = [word for word, number in words.items() if 0 < number <= NAMED]
    rows = (
        AuStatus.objects.filter(word__in=named).select_related("au").order_by("au_id")[: NAMED * len(words)]
    )
    found = list(rows) if named else []
    for word, number in words.items():
        if number <= NAMED:
            needs += [_one(row) for row in found if row.word == word]
            continue
        subject = ngettext("%s archival unit", "%s archival units", number) % count_text(number)
        cause = str(AU_WORDS[word].meaning)
        page = f"/aus/?state={word}"
        look = Action(gettext("Look"), page)
        needs.append(Need(status_word(AU_WORDS[word]), subject, page, cause, look, (Role.LIBRARIAN,)))
    return needs


def _one(row: AuStatus) -> Need:
    page = f"/aus/{row.au.slug}/"
    look = Action(gettext("Look"), page)
    return Need(
        status_word(AU_WORDS[row.word]), row.au.name, page, retold(row.reason), look, (Role.LIBRARIAN,)
    )


def _blocked(numbers: Mapping[str, int]) -> list[Need]:
    """AUs that may not be collected, by cause and publisher."""
    number = numbers.get(care_key(Care.BLOCKED), 0)
    if number > MOST_GROUPED:
        subject = ngettext("%s archival unit", "%s archival units", number) % count_text(number)
        look = Action(gettext("Permissions"), "/permissions/")
        cause = gettext("The page of permissions groups them by cause, the worst first.")
        word = status_word(AU_WORDS[AuWord.BLOCKED])
        return [Need(word, subject, caring_page(Care.BLOCKED), cause, look, (Role.LIBRARIAN, Role.NETWORK))]
    if not number:
        return []
    groups = (
        AuStatus.objects.filter(care=Care.BLOCKED)
        .order_by()
        .values("block", "au__publisher", "au__publisher__name")
        .annotate(n=Count("pk"), newest=Max("pk"))
        .order_by("-n")[:3]
    )
    newest = AuStatus.objects.select_related("au").in_bulk([group["newest"] for group in groups])
    needs = []
    for group in groups:
        row = newest[group["newest"]]
        page = f"{caring_page(Care.BLOCKED)}&block={group['block']}"
        if group["n"] == 1:
            subject, page = row.au.name, f"/aus/{row.au.slug}/"
        else:
            said = ngettext("%(n)s archival unit of %(who)s", "%(n)s archival units of %(who)s", group["n"])
            who = group["au__publisher__name"] or gettext("an unknown publisher")
            subject = said % {"n": count_text(group["n"]), "who": who}
            page += f"&publisher={group['au__publisher']}" if group["au__publisher"] else ""
        button = Action(gettext("Permissions"), "/permissions/")
        if group["n"] == 1:
            button = Action(gettext("Look"), f"{page}#permission")
        if group["block"] in PLATFORM_BLOCKS:
            button = Action(gettext("Plugins"), "/plugins/")
        elif group["block"] == Block.PUBLISHER_DOWN:
            button = Action(gettext("Look"), page)
        word = AU_WORDS[AuWord.BLOCKED] if row.word == AuWord.BLOCKED else BLOCKED_TOO
        said = retold(row.block_reason)
        needs.append(Need(status_word(word), subject, page, said, button, _who_lifts(group["block"])))
    return needs


def _who_lifts(block: str) -> tuple[Role, ...]:
    """Agreements and plugins are entered by network administrators; publishers are asked again by librarians too."""
    if block == Block.PUBLISHER_DOWN:
        return (Role.LIBRARIAN,)
    return (Role.NETWORK,) if block in HOPELESS else (Role.LIBRARIAN, Role.NETWORK)


_OF_REMINDER = ("kind", "due_on", "agreement__name", "agreement__renewal", "contact__next_step")


def _reminders() -> list[Need]:
    """Days of agreements that are near: a few by name, more as a group."""
    rows = list(open_reminders().only(*_OF_REMINDER)[: NAMED + 1])
    if len(rows) > NAMED:
        nearest = rows[0]
        page = "/permissions/agreements/?state=signed&sort=ends"
        subject = gettext("Agreements whose day is near")
        cause = f"{nearest.agreement.name}: {reminder_sentence(nearest)}"
        look = Action(gettext("Look"), page)
        return [Need(status_word(REMINDER), subject, page, cause, look, (Role.NETWORK,))]
    return [
        Need(
            status_word(REMINDER),
            row.agreement.name,
            page,
            reminder_sentence(row),
            Action(gettext("Look"), page),
            (Role.NETWORK,),
        )
        for row in rows
        for page in [f"/permissions/agreements/{row.agreement_id}/"]
    ]


def _tired(numbers: Mapping[str, int]) -> list[Need]:
    """Polls without a landslide, old proofs, polls without a result, crawls that fail again and again: as groups."""
    said = {
        Care.UNSETTLED: (
            AuWord.UNSETTLED,
            gettext("Votes decided nothing about some URLs; no damage is known. The polls tell who differs."),
        ),
        Care.STALE: (
            AuWord.STALE,
            gettext("No comparison for long. More peers, or more polls at once, help."),
        ),
        Care.POLLS_FAIL: (
            AuWord.COLLECTED,
            gettext("The last poll had too few votes. No damage is known."),
        ),
        Care.CRAWLS_FAIL: (
            AuWord.WAITING,
            gettext("The publisher gave nothing three times in a row. What is stored is kept."),
        ),
    }
    needs = []
    for care, (word, cause) in said.items():
        if number := numbers.get(care_key(care), 0):
            subject = ngettext("%s archival unit", "%s archival units", number) % count_text(number)
            page = caring_page(care)
            look = Action(gettext("Look"), page)
            # More peers are entered, and publishers asked, by others.
            roles = (Role.LIBRARIAN,) if care == Care.CRAWLS_FAIL else (Role.NETWORK,)
            needs.append(Need(status_word(AU_WORDS[word]), subject, page, cause, look, roles))
    return needs


def asking_findings() -> QuerySet[Finding]:
    """Open ones that ask for a person by themselves: unseen, and not said by an AU's own word already."""
    said_by_words = Q(code__in=("crawl-no-permission", "crawl-plugin-error"))
    # A message that came late did no harm; older versions called it a warning.
    said_by_words |= Q(code=PollCode.OUT_OF_TURN)
    said_by_words |= Q(code__startswith="permission-") | Q(code__startswith="content-")
    rows = Finding.objects.filter(resolved_at=None, seen_at=None).exclude(severity=Severity.INFO)
    return rows.exclude(said_by_words).exclude(said_with_unit())


_GROUP = ("code", "severity", "n", "newest", "least", "most")


@cache
def _grouped(limit: int) -> Prepared:
    """Longer to plan than to answer, and Home of everybody asks."""

    def make() -> QuerySet:
        rows = asking_findings().exclude(subject=STORE).order_by().values("code", "severity")
        told = rows.annotate(n=Count("id"), newest=Max("id"), least=Min("message"), most=Max("message"))
        return told.order_by("-n", "code").values_list(*_GROUP)[:limit]

    return Prepared(make)


def _with_names() -> QuerySet[Finding]:
    """Each with the name of the AU or the peer that it is about: in one query, because Home asks many."""
    au = Au.objects.filter(slug=Substr(OuterRef("subject"), len("au:") + 1))
    peer = Peer.objects.filter(identity=Substr(OuterRef("subject"), len("peer:") + 1))
    named = Coalesce(NullIf("name", Value("")), "identity", output_field=TextField())
    return Finding.objects.annotate(
        au_name=Subquery(au.values("name")[:1]), peer_name=Subquery(peer.values(said=named)[:1])
    )


def finding_needs(limit: int = MOST_NEEDS) -> list[Need]:
    """Open findings that nobody has seen, by code; what an AU's own word says already is left out."""
    groups = [dict(zip(_GROUP, row, strict=True)) for row in _grouped(limit).rows()]
    newest = _with_names().in_bulk([group["newest"] for group in groups])
    needs = []
    for group in groups:
        one = newest[group["newest"]]
        page = f"/findings/{one.pk}/"
        if group["n"] > 1:
            given = {"open": "yes", "seen": "no", "code": one.code, "severity": one.severity, "blocked": "no"}
            page = f"/findings/?{urlencode(given)}"
        subject = ngettext("%s finding", "%s findings", group["n"]) % count_text(group["n"])
        if group["n"] == 1:
            subject = one.au_name or one.peer_name or subject
        word = status_word(FINDING_WORDS[Severity(one.severity)])
        look = Action(gettext("Look"), page)
        said = headline(group, one.code, one.message)
        needs.append(Need(word, subject, page, said, look, (Role.LIBRARIAN, Role.NETWORK)))
    return needs
