"""Notices: what was done, shown once on the next page, with undo where there is one."""

import json
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest

from apps.common.words import Tone


@dataclass(frozen=True, slots=True)
class Notice:
    """``undo`` is an address that takes back what was done when something is posted to it."""

    text: str
    tone: Tone = Tone.SAFE
    undo: str = ""


def leave(request: HttpRequest, text: str, *, tone: Tone = Tone.SAFE, undo: str = "") -> None:
    """For the next page that this person sees."""
    level = messages.ERROR if tone == Tone.HARM else messages.SUCCESS
    # The framework keeps a text and tags; the tags hold what it has no field for.
    messages.add_message(request, level, text, extra_tags=json.dumps({"tone": tone, "undo": undo}))


def take(request: HttpRequest) -> list[Notice]:
    """Those left for this page; they are gone afterwards."""
    found = []
    for message in messages.get_messages(request):
        try:
            extra = json.loads(message.extra_tags or "{}")
            found.append(Notice(str(message), Tone(extra.get("tone", "safe")), extra.get("undo", "")))
        except (ValueError, AttributeError):
            # Left by code of others, with tags of their own.
            tone = Tone.HARM if message.level >= messages.ERROR else Tone.IDLE
            found.append(Notice(str(message), tone))
    return found
