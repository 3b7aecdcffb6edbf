"""What the node's trust hangs on, on its own page: certificates, clock, backup, peers."""

from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from apps.common.clock import now
from apps.common.display import age_text, count_text, day_text, duration_text
from apps.common.pages import Fact
from apps.common.parts import toned
from apps.common.words import Tone
from apps.nodes import alert_rules
from apps.nodes.models import Count
from apps.nodes.sentences import link_to
from apps.nodes.services.measuring import PREFIX
from apps.peers.models import Peer
from apps.peers.words import LATELY

# As many certificates are told by name; what lapses is an alert besides.
MOST_CERTIFICATES = 3
EVERY_CERTIFICATE = "/node/?certificates=all"


def trust_facts(*, every: bool = False) -> list[Fact]:
    """``every``: all certificates by name, not the first few."""
    return [_peers(), *_certificates(every), _clock(), _backup()]


def _peers() -> Fact:
    known = Peer.objects.filter(enabled=True)
    total, heard = known.count(), known.filter(last_message_at__gte=now() - LATELY).count()
    said = gettext("%(heard)s of %(total)s") % {
        "heard": count_text(heard),
        "total": count_text(total),
    }
    if not total:
        return Fact(gettext("Peers"), gettext("none is entered yet"))
    shown = said if heard == total else toned(Tone.CARE, said, "/peers/")
    return Fact(gettext("Peers"), shown, gettext("Heard from within a day."))


def _certificates(every: bool) -> list[Fact]:
    """Our own, then those that end first; where some are left out, how many, and the way to all."""
    at = now()
    ends = sorted(alert_rules.certificate_ends(), key=lambda one: (one[0] != alert_rules.OWN, one[2]))
    shown = ends if every else ends[:MOST_CERTIFICATES]
    facts = []
    for _subject, name, end in shown:
        days = (end - at).days
        said = day_text(end)
        if days < settings.NODE.alert_certificate_days:
            said = toned(Tone.HARM, said, "/peers/")
        left = ngettext("%s day left", "%s days left", days) % count_text(max(0, days))
        facts.append(Fact(gettext("Certificate of %s ends") % name, said, left))
    if len(shown) < len(ends):
        said = gettext("the first %(shown)s of %(all)s: our own, then those that end soonest") % {
            "shown": count_text(len(shown)),
            "all": count_text(len(ends)),
        }
        way = link_to(EVERY_CERTIFICATE, gettext("All certificates"))
        facts.append(Fact(gettext("Certificates"), format_html("{}. {}", said, way)))
    return facts


def _clock() -> Fact:
    row = Count.objects.filter(pk=f"{PREFIX}clock-ms").first()
    if row is None:
        return Fact(
            gettext("Clock"),
            gettext("compared with none"),
            gettext("A time server is named by clock_server."),
        )
    off = abs(row.value) / 1000
    said = gettext("right") if off < 1 else gettext("differs by %s") % duration_text(off)
    if off > alert_rules.CLOCK_WARNS_S:
        said = toned(Tone.HARM if off > alert_rules.CLOCK_HARMS_S else Tone.CARE, said)
    return Fact(gettext("Clock"), said, gettext("Compared %s.") % age_text(row.at))


def _backup() -> Fact:
    if not settings.NODE.backup_stamp:
        return Fact(
            gettext("Backup"),
            gettext("not watched"),
            gettext("Name a file that each backup touches: backup_stamp."),
        )
    age = alert_rules.backup_age()
    if age is None:
        return Fact(gettext("Backup"), toned(Tone.HARM, gettext("none yet")))
    said = gettext("%s ago") % duration_text(age)
    late = age > settings.NODE.backup_max_age
    return Fact(gettext("Backup"), toned(Tone.HARM, said) if late else said)
