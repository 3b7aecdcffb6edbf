"""The parts of a poll's, a vote's and a repair's page."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.common.display import count_text, duration_text, moment, moment_text, percent_text, size_text
from apps.common.lists import Column, Page, cells, small_list
from apps.common.pages import Cell, Fact, Head, Link, Matrix, Side
from apps.common.parts import status_word
from apps.common.stored import retold
from apps.common.words import Tone
from apps.lockss.lcap.verdict import UrlResult, Verdict
from apps.peers.choices import AgreementType
from apps.polls.choices import RepairState
from apps.polls.lists import before_cell, named_sources, short, url_page, with_states
from apps.polls.models import Participant, Poll, Repair, Vote
from apps.polls.outcome import whose_sentence
from apps.polls.repaired import Version, bytes_said, sides, states_before
from apps.polls.words import REPAIRS, RESULTS, VERDICTS, nak_sentence, voter_word
from apps.repository import services as repository
from apps.repository.choices import ArtifactState
from apps.repository.values import StoredArtifact

# What fits on a page; the whole is in the list above it.
MOST_URLS = 25
MOST_REPAIRS = 25


def voters_list(voters: Sequence[Participant]) -> Page:
    return small_list(
        "voters",
        gettext("Who was invited"),
        (
            Column("peer", _("Peer"), lambda one: cells.link(str(one.peer), f"/peers/{one.peer_id}/")),
            Column("state", _("State"), _voter_state),
            Column("agreement", pgettext_lazy("copies", "Agreement"), _voter_agreement),
            Column("same", _("Same"), lambda one: cells.count(one.agreed), numeric=True, priority=2),
            Column("other", _("Different"), lambda one: cells.count(one.disagreed), numeric=True, priority=2),
            Column("only", _("Only here, there"), _only, numeric=True, priority=3),
        ),
        voters,
    )


def _voter_state(one: Participant):
    tone, label = voter_word(one.status)
    return cells.toned(tone, label, nak_sentence(one.nak))


def _only(one: Participant):
    if one.poller_only is None or one.agreement is None:
        return cells.text("–")
    return cells.text(f"{count_text(one.poller_only)}, {count_text(one.voter_only)}")


def _voter_agreement(one: Participant):
    if one.agreement is None:
        return cells.text("–")
    return cells.toned(Tone.SAFE if one.agreement >= 1 else Tone.HARM, percent_text(one.agreement, 1))


def repairs_list(poll: Poll) -> Page:
    rows = list(poll.repairs.select_related("au").order_by("id")[:MOST_REPAIRS])
    return small_list(
        "poll-repairs",
        gettext("Repairs"),
        (
            Column("url", _("URL"), lambda row: cells.code(row.repair.url, f"/repairs/{row.repair.pk}/")),
            Column("state", _("State"), lambda row: cells.status(REPAIRS[RepairState(row.repair.phase)])),
            Column("source", pgettext_lazy("source", "From"), lambda row: row.source, priority=2),
            Column("before", _("Was"), before_cell, priority=2),
            Column("after", _("Is"), lambda row: cells.code(short(row.repair.after_sha256)), priority=2),
        ),
        with_states(rows),
    )


def matrix(poll: Poll, voters: Sequence[Participant]) -> Matrix | None:
    """URLs in dispute against those who voted; None where nobody dissented."""
    frozen = poll.state.get("frozen") or []
    names = {one.peer.identity: str(one.peer) for one in voters}
    asked = [identity for identity in frozen if identity in names]
    rows = []
    for tally in poll.url_tallies.order_by("pk")[:MOST_URLS]:
        verdicts = dict(zip(frozen, tally.row.get("verdicts") or [], strict=False))
        rows.append((_tail(tally.url), [_verdict(names[i], verdicts.get(i)) for i in asked]))
    if not rows or not asked:
        return None
    return Matrix(gettext("Who voted how"), heads([names[i] for i in asked]), rows)


def _verdict(name: str, verdict: str | None) -> Cell:
    if verdict is None:
        return Cell(None)
    tone, said = VERDICTS[Verdict(verdict)]
    return Cell(tone, f"{name}: {said}")


def _tail(url: str) -> str:
    """The last part of a URL's path, by which people know it."""
    path = url.partition("://")[2].partition("/")[2] or url
    return path if len(path) <= 40 else "…" + path[-39:]


def heads(names: Sequence[str]) -> list[str]:
    """What stands for each node above its narrow column; where initials are the same, how the names begin."""
    short = [initials(name) for name in names]
    return [name[:3] if short.count(one) > 1 else one for name, one in zip(names, short, strict=True)]


def initials(name: str) -> str:
    """Two or three letters that stand for a node; of an identity its port."""
    if name.startswith("TCP:["):
        return name.rpartition(":")[2]
    words = [word for word in name.split() if word[:1].isalnum()]
    if len(words) > 1:
        return "".join(word[0] for word in words[:3]).upper()
    return name[:2]


def vote_page(request: HttpRequest, row: Vote, state: SafeString) -> TemplateResponse:
    facts = [
        Fact(gettext("State"), state),
        Fact(gettext("Called by"), format_html('<a href="/peers/{}/">{}</a>', row.poller_id, row.poller)),
        Fact(gettext("Invited"), moment(row.created_at)),
        Fact(gettext("Vote due"), moment(row.vote_deadline_at)),
        Fact(gettext("Ended"), moment(row.ended_at)),
        Fact(
            gettext("URLs"),
            format_html('<a href="/aus/{}/content/">{}</a>', row.au.slug, count_text(row.urls)),
        ),
        Fact(
            gettext("Hashed here"),
            f"{size_text(row.hashed_bytes)}, {duration_text(row.hash_ms / 1000)}"
            if row.hashed_bytes
            else "–",
        ),
        Fact(
            gettext("It found"),
            _found_of(row),
            gettext("How far our copy agreed in its poll, as it told us."),
        ),
        Fact(gettext("Repairs given"), count_text(row.repairs_served), _whose(row)),
    ]
    if row.detail:
        facts.insert(1, Fact(gettext("Why"), retold(row.detail)))
    head = Head(
        gettext("Vote of %s") % moment_text(row.created_at),
        key_line(row.key),
        trail=[
            Link(gettext("Our votes for others"), "/polls/votes/"),
            Link(row.au.name, f"/aus/{row.au.slug}/"),
        ],
    )
    return TemplateResponse(request, "nodes/facts_page.html", {"head": head, "facts": facts})


def key_line(key: str) -> SafeString:
    """Said to be one: it stands there alone, and looks like nothing that people know."""
    return format_html("{} <code>{}</code>", gettext("Poll key"), key)


def _found_of(row: Vote) -> SafeString | str:
    if row.agreement_hint is None:
        return "–"
    page = f"/aus/{row.au.slug}/agreements/?type={AgreementType.POR_HINT}"
    return format_html('<a href="{}">{}</a>', page, percent_text(row.agreement_hint, 1))


def _whose(row: Vote) -> str:
    said = whose_sentence(row.agreement_hint, row.repairs_served)
    alone = gettext("It alone keeps which URLs these were.")
    return f"{said} {alone}" if row.repairs_served else said


def repair_page(request: HttpRequest, row: Repair) -> TemplateResponse:
    tally = row.poll.url_tallies.filter(url_digest=bytes(row.url_digest)).first()
    name = named_sources([row])[0].source
    facts = [
        Fact(gettext("State"), status_word(REPAIRS[RepairState(row.phase)])),
        Fact(pgettext("source", "From"), name),
        Fact(gettext("Found"), moment(row.created_at)),
        Fact(gettext("Ended"), moment(row.ended_at)),
        Fact(gettext("Poll"), format_html('<a href="/polls/{}/">{}</a>', row.poll_id, _of(row.poll))),
        Fact(
            gettext("URL"),
            format_html('<a href="{}"><code>{}</code></a>', url_page(row.au.slug, row.url), row.url),
        ),
    ]
    if tally is not None:
        found = UrlResult.LOST_VOTER_ONLY if _was_missing(row) else UrlResult(tally.result)
        facts.insert(1, Fact(gettext("The poll found"), status_word(RESULTS[found])))
    head = Head(
        gettext("Repair of %s") % _tail(row.url),
        trail=[Link(gettext("Repairs"), "/repairs/"), Link(row.au.name, f"/aus/{row.au.slug}/")],
    )
    context = {"head": head, "facts": facts, "sides": repair_sides(row)}
    return TemplateResponse(request, "polls/repair.html", context)


def _of(poll: Poll) -> str:
    return gettext("poll of %s") % moment_text(poll.created_at)


def _was_missing(row: Repair) -> bool:
    """A version whose file was gone takes part in a poll as one that differs; for people it was missing."""
    return states_before([row]).get(row.pk) == ArtifactState.MISSING


def repair_sides(row: Repair) -> list[Side]:
    """The version that was wrong and the one that took its place, line by line."""
    stored = {one.version: one for one in repository.history(auid=row.au.auid, url=row.url)}
    old, new = sides((Version(one.version, one.sha256.hex(), one.state) for one in stored.values()), row)
    before = _lines(row.before_sha256, stored[old.version] if old else None)
    after = _lines(row.after_sha256, stored[new.version] if new else None)
    said = bytes_said(old.state) if old else ""
    if said:
        before[0] = gettext("bytes %(what)s; recorded SHA-256 %(digest)s") % {
            "what": said,
            "digest": row.before_sha256,
        }
    differs = [one != two for one, two in zip(before, after, strict=True)]
    return [
        Side(gettext("Was"), list(zip(before, differs, strict=True))),
        Side(gettext("Is"), list(zip(after, differs, strict=True))),
    ]


def _lines(digest: str, stored: StoredArtifact | None) -> list[str]:
    if not digest:
        return [gettext("nothing"), "–", "–", "–", "–"]
    if stored is None:
        return [digest, "–", "–", "–", "–"]
    return [
        digest,
        gettext("version %d") % stored.version,
        size_text(stored.size),
        f"{stored.origin.label}, {moment_text(stored.collected_at)}",
        str(ArtifactState(stored.state).label),
    ]
