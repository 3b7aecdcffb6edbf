"""A letter to a publisher: made once from an agreement as plain values, then shown as a page, a PDF and a mail."""

import datetime as dt
import textwrap
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.utils import formats, translation
from django.utils.translation import gettext, ngettext

from apps.common.pdf import make_pdf
from apps.common.text import shortened
from apps.permissions.choices import AgreementState, PartyRole, Renewal, Right, Said, ScopeKind
from apps.permissions.models import PublisherAgreement
from apps.permissions.services.covering import ended_on, standing
from apps.permissions.services.renewing import coming_period, has_ended_now

TEMPLATE = Path(__file__).resolve().parent / "typst" / "letter.typ"
# Titles and AUs of a letter that are named; the rest is counted.
NAMED = 20
# Mail programs cut longer addresses.
LONGEST_MAILTO = 1_900
WIDTH = 76
# Of a name that a list brought in; no title is longer, and a letter must be readable.
LONGEST_NAME = 1_000
_FOR_US = (PartyRole.LIBRARY, PartyRole.NETWORK)


def content_of(row: PublisherAgreement, day: dt.date) -> dict:
    """Plain values only: they are kept with a letter that was sent."""
    publisher = shortened(row.publisher.name, LONGEST_NAME)
    parties = list(row.parties.order_by("id"))
    theirs = [one for one in parties if one.role not in _FOR_US]
    return {
        "lang": (translation.get_language() or "en").partition("-")[0],
        "date": formats.date_format(day, "j F Y"),
        "sender": {
            "name": settings.NODE.name,
            "network": settings.NODE.network_name,
            "address": settings.NODE.public_url,
        },
        "recipient": [publisher, *(f"{one.name} ({one.get_role_display()})" for one in theirs)],
        "email": next((one.email for one in theirs if one.email), ""),
        "subject": gettext("Preservation of your publications: %s") % row.name,
        "salutation": gettext("Dear colleagues,"),
        "opening": _opening(row),
        "covers": {"title": gettext("What it is about"), "lines": _covers(row)},
        "permits": {"title": gettext("What you permit"), "lines": _rights(row, Said.YES)},
        "forbids": {"title": gettext("What you do not permit"), "lines": _rights(row, Said.NO)},
        "clause": {"title": gettext("The clause"), "lines": paragraphs(row.clause)},
        "closing": [
            _what_is_asked(row),
            gettext("With kind regards,"),
            settings.NODE.name,
        ],
        "signatures": {
            "title": gettext("Agreed"),
            "below": gettext("Name, date, signature"),
            "lines": []
            if _is_signed(row)
            else [
                {"name": publisher, "role": gettext("publisher")},
                *({"name": one.name, "role": str(one.get_role_display())} for one in parties),
                *_our_line(parties),
            ],
        },
    }


def _our_line(parties: list) -> list[dict]:
    """This node signs for its library unless one is entered as a party."""
    if any(one.role in _FOR_US for one in parties):
        return []
    return [{"name": settings.NODE.name, "role": gettext("for the library")}]


def paragraphs(text: str) -> list[str]:
    blocks = text.replace("\r\n", "\n").split("\n\n")
    return [" ".join(block.split()) for block in blocks if block.strip()]


def _opening(row: PublisherAgreement) -> list[str]:
    if row.opening.strip():
        return paragraphs(row.opening)
    network = settings.NODE.network_name
    who = (
        gettext("We are a library of a preservation network, %s.") % network
        if network
        else gettext(
            "We are a library of a preservation network: libraries that together preserve what their readers rely on."
        )
    )
    return [
        f"{who} "
        + gettext(
            "Each library of such a network collects the publications it has a right to from the publisher's own site, "
            "keeps them on its own machine, and compares them with the copies of the others, so that no accident, and no "
            "end of a company, makes them disappear."
        ),
        gettext(
            "You have permitted us to do this with your publications. This letter repeats what was agreed."
        )
        if _is_signed(row)
        else _request(row),
    ]


def _request(row: PublisherAgreement) -> str:
    old = row if has_ended_now(row) else row.renews
    if old is None:
        return gettext("We ask for your permission to do this with your publications, as said below.")
    last = ended_on(old)
    return gettext(
        "You have permitted this before: “%(name)s” ended on %(day)s. We ask you to renew it, as said below."
    ) % {
        "name": old.name,
        "day": formats.date_format(last, "j F Y") if last else "–",
    }


def _is_signed(row: PublisherAgreement) -> bool:
    return standing(row) == AgreementState.SIGNED


def _what_is_asked(row: PublisherAgreement) -> str:
    if _is_signed(row):
        return gettext(
            "Both sides have signed, and nothing has to be done. If something in it should be said otherwise, please write "
            "to us; copies that were made in the meantime stay as the clause says."
        )
    return gettext(
        "If you agree, please sign and send this letter back, or write to us what should be said otherwise. "
        "Without your word nothing is collected, and what you withdraw later is collected no more; copies that "
        "were made in the meantime stay as the clause says."
    )


def _covers(row: PublisherAgreement) -> list[str]:
    lines = [gettext("Publisher: %s") % shortened(row.publisher.name, LONGEST_NAME)]
    if row.scope == ScopeKind.PUBLISHER:
        lines.append(gettext("Everything that you publish"))
    elif row.scope == ScopeKind.TITLES:
        lines += _some(list(row.titles.order_by("name_key").values_list("name", flat=True)))
    else:
        lines += _some(list(row.listed_aus.order_by("name_key").values_list("name", flat=True)))
    if row.platforms:
        lines.append(gettext("As far as it is on: %s") % ", ".join(_short(row.platforms)))
    if row.networks:
        lines.append(gettext("In: %s") % ", ".join(row.networks))
    lines.append(term_text(row))
    return lines


def _short(platforms: list[str]) -> list[str]:
    """A definition's own name, without the names of the packages it lies in."""
    return [name.rpartition(".")[2] for name in platforms]


def _some(names: list[str]) -> list[str]:
    more = len(names) - NAMED
    return [shortened(name, LONGEST_NAME) for name in names[:NAMED]] + (
        [gettext("and %d more") % more] if more > 0 else []
    )


def term_text(row: PublisherAgreement) -> str:
    """Its period; of what ended, the one that is asked for now."""
    starts, ends = coming_period(row) if has_ended_now(row) else (row.starts, row.ends)
    if starts is None:
        if ends is None:
            return gettext("From the day on which both sides have signed, without an end")
        last = formats.date_format(ends, "j F Y")
        return gettext("From the day on which both sides have signed, to %s") % last
    begin = formats.date_format(starts, "j F Y")
    if ends is None:
        return gettext("From %s on, without an end") % begin
    said = gettext("From %(begin)s to %(end)s") % {
        "begin": begin,
        "end": formats.date_format(ends, "j F Y"),
    }
    if row.renewal == Renewal.AUTOMATIC:
        months = ngettext(
            "then each time for %d month more", "then each time for %d months more", row.renewal_months
        )
        said += ", " + months % row.renewal_months
        if row.notice_days:
            days = ngettext(
                "unless one side gives notice %d day before",
                "unless one side gives notice %d days before",
                row.notice_days,
            )
            said += " " + days % row.notice_days
    elif row.renewal == Renewal.BY_HAND:
        said += ", " + gettext("to be renewed by both sides")
    return said


def _rights(row: PublisherAgreement, wanted: Said) -> list[str]:
    phrases = {
        Right.COLLECT: gettext("to collect the content from your site"),
        Right.PRESERVE: gettext("to keep it, and to compare and mend it with the copies of other libraries"),
        Right.SERVE: gettext("to show the kept copy to our own readers"),
        Right.SERVE_OPENLY: gettext("to show the kept copy to everybody"),
        Right.SHARE_REPAIRS: gettext("to give a repair to a library that has had a copy of its own"),
        Right.PERPETUAL: gettext("to go on with all this after the agreement has ended"),
        Right.TRIGGER: gettext("to open the content when a trigger event has happened"),
    }
    if row.trigger_text.strip():
        phrases[Right.TRIGGER] += f": {' '.join(row.trigger_text.split())}"
    return [phrase for right, phrase in phrases.items() if getattr(row, right) == wanted]


def mail_text(content: dict) -> str:
    """The letter as plain text, in lines that no mail program needs to break."""
    parts = [content["salutation"], *content["opening"]]
    for name in ("covers", "permits", "forbids"):
        part = content[name]
        if part["lines"]:
            parts.append("\n".join([part["title"] + ":", *(_item(line) for line in part["lines"])]))
    if content["clause"]["lines"]:
        parts += [content["clause"]["title"] + ":", *content["clause"]["lines"]]
    parts += content["closing"]
    return "\n\n".join(part if "\n" in part else _filled(part) for part in parts) + "\n"


def _item(line: str) -> str:
    return textwrap.fill(line, WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)


def _filled(line: str) -> str:
    return textwrap.fill(line, WIDTH, break_on_hyphens=False)


def mailto(content: dict) -> tuple[str, bool]:
    """An address that opens the mail, and whether the text came along: long ones carry the subject alone."""
    start = f"mailto:{quote(content['email'], safe='@')}?subject={quote(content['subject'])}"
    whole = f"{start}&body={quote(mail_text(content).replace(chr(10), chr(13) + chr(10)))}"
    return (whole, True) if len(whole) <= LONGEST_MAILTO else (start, False)


def letter_pdf(content: dict, made_at: dt.datetime) -> bytes:
    return make_pdf(TEMPLATE, content, made_at)
