"""Notices: what was done, shown once on the next page, with undo where there is one."""

import json
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest

from apps.common.words import Tone

# Whose pages somebody passes on the way to their session.
DOORS = "accounts"


@dataclass(frozen=True, slots=True)
class Notice:
    """``undo`` is an address that takes back what was done when something is posted to it."""

    text: str
    tone: Tone = Tone.SAFE
    undo: str = ""


def leave(
    request: HttpRequest, text: str, *, tone: Tone = Tone.SAFE, undo: str = "", past_doors: bool = False
) -> None:
    """For the next page that this person sees; ``past_doors``: for the first one behind the sign-in page, too."""
    level = messages.ERROR if tone == Tone.HARM else messages.SUCCESS
    # The framework keeps a text and tags; the tags hold what it has no field for.
    extra = {"tone": tone, "undo": undo} | ({"past_doors": True} if past_doors else {})
    messages.add_message(request, level, text, extra_tags=json.dumps(extra))


def take(request: HttpRequest) -> list[Notice]:
    """Those left for this page, each once; they are gone afterwards, but for what is to pass the doors."""
    found, kept, at_door = [], [], _is_at_door(request)
    for message in messages.get_messages(request):
        try:
            extra = json.loads(message.extra_tags or "{}")
            notice = Notice(str(message), Tone(extra.get("tone", "safe")), extra.get("undo", ""))
            if not extra.get("past_doors"):
                found.append(notice)
            elif notice not in kept:
                kept.append(notice)
        except (ValueError, AttributeError):
            # Left by code of others, with tags of their own.
            tone = Tone.HARM if message.level >= messages.ERROR else Tone.IDLE
            found.append(Notice(str(message), tone))
    if at_door:
        for notice in kept:
            leave(request, notice.text, tone=notice.tone, undo=notice.undo, past_doors=True)
    return [*found, *kept]


def _is_at_door(request: HttpRequest) -> bool:
    """A page of signing in, for somebody who has not done so yet."""
    person, place = getattr(request, "user", None), request.resolver_match
    return not getattr(person, "is_authenticated", False) and place is not None and place.app_name == DOORS
