"""What everybody may be told of a title or a volume where the node's setting allows it: how many institutions agree
and when that was proved. No person, no peer's name, no address of the portal's own pages.
"""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common.display import count_text, day_text
from apps.common.words import Tone
from apps.nodes.choices import AuWord, ScopeKind
from apps.nodes.models import AuStatus, StandingCount
from apps.nodes.services import standing
from apps.titles.models import Title
from apps.titles.related import now_at


@dataclass(frozen=True, slots=True)
class Public:
    """``agreeing``: institutions whose copies agree, ours included; of a title, of its preserved volume with the fewest.

    ``proved``: parts whose copy here is proved at present, with however many others. ``proved_on``: the last proof.
    """

    name: str
    publisher: str
    volumes: int
    preserved: int
    proved: int
    agreeing: int
    proved_on: dt.date | None

    @property
    def tone(self) -> Tone:
        if not self.preserved:
            return Tone.IDLE
        return Tone.SAFE if self.preserved >= self.volumes else Tone.CARE

    @property
    def short(self) -> str:
        """What stands on the badge."""
        if not self.preserved:
            if self.proved:
                return gettext("too few copies agree")
            return gettext("not proved at present") if self.proved_on else gettext("not proved yet")
        institutions = ngettext("%s institution agrees", "%s institutions agree", self.agreeing)
        said = institutions % count_text(self.agreeing)
        if self.preserved >= self.volumes:
            return said
        parts = gettext("%(some)s of %(all)s parts") % {
            "some": count_text(self.preserved),
            "all": count_text(self.volumes),
        }
        return f"{parts}: {said}"

    @property
    def day(self) -> str:
        return day_text(self.proved_on) if self.proved_on else gettext("never")

    @property
    def full(self) -> str:
        """The badge read out: with the day of the proof, where there is one."""
        if self.proved_on and not self.preserved:
            return gettext("%(said)s; last proved on %(day)s") % {"said": self.short, "day": self.day}
        return f"{self.short}, {self.day}" if self.proved_on else self.short


def of_title(pk: int) -> Public | None:
    """None: not told; nothing of it is selected, or this node tells nobody."""
    if not settings.NODE.public_status:
        return None
    title = Title.objects.select_related("publisher").filter(pk=pk).first()
    row = StandingCount.objects.filter(kind=ScopeKind.TITLE, ref=pk, selected__gt=0).first()
    if title is None or row is None:
        return None
    return Public(
        name=title.name,
        publisher=title.publisher.name,
        volumes=row.selected,
        preserved=row.preserved,
        proved=row.words.get(AuWord.PROVED, 0),
        agreeing=row.fewest_preserved or 0,
        proved_on=_day(row.last_proof_at),
    )


def title_now_at(pk: int) -> tuple[tuple[int, str], ...]:
    """(number, name) of the titles that have the units of one which has none left, as far as they are told of here."""
    if not settings.NODE.public_status:
        return ()
    title = Title.objects.filter(pk=pk).first()
    later = now_at(title) if title is not None else ()
    told = StandingCount.objects.filter(
        kind=ScopeKind.TITLE, ref__in=[one.pk for one in later], selected__gt=0
    )
    known = set(told.values_list("ref", flat=True))
    return tuple((one.pk, one.name) for one in later if one.pk in known)


def name_of_title(pk: int) -> str:
    return Title.objects.values_list("name", flat=True).get(pk=pk)


def of_au(slug: str) -> Public | None:
    if not settings.NODE.public_status:
        return None
    au = Au.objects.select_related("publisher").filter(slug=slug, state=AuState.SELECTED).first()
    row = AuStatus.objects.filter(pk=au.pk).exclude(word=AuWord.DEACTIVATED).first() if au else None
    if au is None or row is None:
        return None
    return Public(
        name=au.name,
        publisher=au.publisher.name if au.publisher else "",
        volumes=1,
        preserved=int(standing.is_preserved(row)),
        proved=int(row.word == AuWord.PROVED),
        agreeing=row.replicas,
        proved_on=_day(row.last_proof_at),
    )


def _day(at: dt.datetime | None) -> dt.date | None:
    return timezone.localdate(at) if at else None
