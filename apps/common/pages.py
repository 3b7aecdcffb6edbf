"""What the parts of a page are made of: values that a view fills in and one template each shows.

``Head`` common/page_head.html, ``Vital`` vitals.html, ``Need`` needs_you.html, ``Event`` timeline.html,
``Fact`` facts.html, ``Bar`` progress.html, ``Matrix`` matrix.html, ``Empty`` empty.html, ``Side`` sides.html,
``Confirm`` confirm.html. Texts that are already markup are SafeString; all others are escaped.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from apps.common.display import in_one_minute, percent_text, rest_text
from apps.common.stored import retold
from apps.common.words import Tone


@dataclass(frozen=True, slots=True)
class Action:
    """A button: a link, or a form that posts ``fields`` to ``url`` when ``post``. One primary a page."""

    label: str
    url: str
    primary: bool = False
    post: bool = False
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Head:
    """``identity``: the one line under the title; ``code``: set it in the typewriter face (an AUID)."""

    title: str
    identity: SafeString | str = ""
    code: bool = False
    trail: Sequence[Link] = ()
    actions: Sequence[Action] = ()


@dataclass(frozen=True, slots=True)
class Vital:
    """A number (or a shelf), the sentence that gives it its meaning, and the rows behind it.

    ``parts``: where the number is a sum, each of its parts leads to its own rows.
    """

    value: str
    meaning: str
    url: str = ""
    parts: Sequence["Link"] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """``word`` is a drawn status word, ``cause`` one sentence of why and of what was not lost.

    ``roles``: who can act on it (one of them); none: whoever reads it.
    """

    word: str
    subject: str
    url: str
    cause: str
    action: Action | None = None
    roles: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a story, the newest first."""

    at: dt.datetime
    tone: Tone
    text: str
    detail: str = ""
    # A neighbour falls into the same minute (``in_order``).
    seconds: bool = False


def in_order(events: Sequence[Event]) -> list[Event]:
    """As they are, with seconds where the minute alone does not tell which came first."""
    near = in_one_minute([event.at for event in events])
    return [replace(event, seconds=same) for event, same in zip(events, near, strict=True)]


@dataclass(frozen=True, slots=True)
class Fact:
    term: str
    value: SafeString | str
    help: SafeString | str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """How far something is. ``total`` None: nobody knows yet."""

    done: int
    total: int | None
    note: str = ""
    seconds_left: float | None = None

    @property
    def text(self) -> str:
        said = [
            percent_text(self.done, self.total) if self.total else "",
            retold(self.note),
            rest_text(self.seconds_left),
        ]
        return ", ".join(part for part in said if part)

    @property
    def label(self) -> str:
        return self.text or "…"


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a matrix; ``label`` is read out and shown on hover."""

    tone: Tone | None
    label: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Who agrees with whom: ``rows`` of (name, cells), as many cells as ``columns``."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]


@dataclass(frozen=True, slots=True)
class Empty:
    """What this place is, and what to do next."""

    title: str
    text: str
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One of two things that are compared; ``lines`` of (text, whether it differs from the other's)."""

    title: str
    lines: Sequence[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Confirm:
    """Before what cannot be undone: what happens, what stays, and the way back; ``template`` shows more of it.

    ``button`` empty: there is nothing to confirm, and the page says why.
    """

    title: str
    happens: str
    button: str
    back: str
    consequences: Sequence[str] = ()
    stays: str = ""
    # A field that is said several times (the boxes that are ticked) has a list.
    fields: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    template: str = ""
    # Costs time and takes nothing away.
    harmless: bool = False

    @property
    def said_again(self) -> list[tuple[str, str]]:
        """Name and value of each hidden field."""
        return [
            (name, value)
            for name, said in self.fields.items()
            for value in ([said] if isinstance(said, str) else said)
        ]


CONFIRMED = "confirmed"


def is_confirmed(request: HttpRequest) -> bool:
    return request.method == "POST" and request.POST.get(CONFIRMED) == "yes"


def confirm_page(request: HttpRequest, confirm: Confirm, **more: object) -> TemplateResponse:
    """Asks; its button posts ``confirmed=yes`` and ``confirm.fields`` to the same address. ``more`` is what
    ``confirm.template`` reads."""
    context = {"confirm": confirm, "CONFIRMED": CONFIRMED, **more}
    return TemplateResponse(request, "common/confirm.html", context)
