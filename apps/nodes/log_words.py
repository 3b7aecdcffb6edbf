"""The lines of the log in words: what happened, in the reader's language, from the values that were kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.acts import said as act_said
from apps.common.display import count_text, percent_text
from apps.common.words import Tone
from apps.nodes.alert_words import sentence as alert_sentence
from apps.polls.outcome import vote_sentence


@dataclass(frozen=True, slots=True)
class Happened:
    tone: Tone
    label: str | Promise
    text: str | Promise | Callable[[int], str]
    # The value whose number decides, where ``text`` asks for one.
    counts: str = ""
    # Said behind it, from the values that were kept.
    more: Callable[[Mapping[str, object]], str] | None = None


def _of_vote(params: Mapping[str, object]) -> str:
    """Lines of older versions do not tell how much was given."""
    share, given = params.get("share"), params.get("given")
    return vote_sentence(
        None if share is None else float(str(share)), None if given is None else int(str(given))
    )


CODES: dict[str, Happened] = {
    "crawl-whole": Happened(
        Tone.SAFE,
        # "Collected" is the word of an archival unit that no poll has proved.
        _("collected wholly"),
        lambda n: ngettext(
            "Collected: %(fetched)s requests, %(stored)s URL new or changed.",
            "Collected: %(fetched)s requests, %(stored)s URLs new or changed.",
            n,
        ),
        "stored",
    ),
    "crawl-short": Happened(
        Tone.CARE, _("not collected wholly"), _("Not collected wholly; what came is kept.")
    ),
    "crawl-nothing": Happened(Tone.CARE, _("not collected"), _("Not collected: nothing came.")),
    "crawl-refused": Happened(Tone.CARE, _("no permission"), _("Not collected: no permission.")),
    "crawl-repair": Happened(
        Tone.IDLE,
        _("asked its publisher"),
        lambda n: ngettext(
            "Asked its publisher again for what is wrong here: %(n)s URL.",
            "Asked its publisher again for what is wrong here: %(n)s URLs.",
            n,
        ),
        "n",
    ),
    "poll-agreed": Happened(
        Tone.SAFE,
        _("proved"),
        lambda n: ngettext(
            "Proved by a poll: its %(urls)s URL is what most copies hold.",
            "Proved by a poll: all %(urls)s URLs are what most copies hold.",
            n,
        ),
        "urls",
    ),
    "poll-differed": Happened(
        Tone.HARM, _("differs"), _("A poll found it to differ: it agrees by %(share)s of its URLs.")
    ),
    "poll-undecided": Happened(
        Tone.CARE,
        _("no landslide"),
        _(
            "A poll found nothing wrong here, but no landslide: about %(n)s of %(urls)s URLs the votes decided nothing."
        ),
    ),
    "poll-none": Happened(Tone.CARE, _("poll without a result"), _("A poll came to no result.")),
    "vote": Happened(
        Tone.IDLE,
        _("voted in a peer's poll"),
        _("Voted in a poll of %(poller)s."),
        more=_of_vote,
    ),
    "repair-done": Happened(Tone.SAFE, _("repaired"), _("Repaired a URL: %(url)s")),
    "repair-failed": Happened(Tone.HARM, _("not repaired"), _("Could not repair a URL: %(url)s")),
    "check-good": Happened(
        Tone.SAFE,
        _("bytes read again"),
        lambda n: ngettext(
            "Its stored bytes were read: %(n)s version is as it was written.",
            "Its stored bytes were read: all %(n)s versions are as they were written.",
            n,
        ),
        "n",
    ),
    "check-bad": Happened(
        Tone.HARM,
        _("bytes found wrong"),
        _(
            "Its stored bytes were read. Versions damaged: %(damaged)s, missing: %(missing)s, that could not be read: %(unread)s."
        ),
    ),
    "act": Happened(Tone.IDLE, _("act of a person"), _("By %(who)s: %(act)s.")),
    "alert-raised": Happened(Tone.CARE, _("alert"), _("Alert: %(alert)s")),
    "alert-over": Happened(Tone.SAFE, _("alert over"), _("Over: %(alert)s")),
}
_SHOWN: dict[str, Callable] = {
    "fetched": count_text,
    "stored": count_text,
    "urls": count_text,
    "n": count_text,
    "damaged": count_text,
    "missing": count_text,
    "unread": count_text,
    "share": lambda share: percent_text(float(share), 1),
    "who": lambda name: name or gettext("the node"),
    "act": lambda action: act_said(str(action)),
    "alert": lambda pair: alert_sentence(pair[0], pair[1]),
}


def line_text(code: str, params: Mapping[str, object]) -> str:
    """What happened; the label alone where a value is missing."""
    happened = CODES[code]
    try:
        text = happened.text
        said = text(int(str(params[happened.counts]))) if callable(text) else str(text)
        said = said % {name: _SHOWN.get(name, str)(value) for name, value in params.items()}
        return f"{said} {happened.more(params)}".rstrip() if happened.more else said
    except (KeyError, TypeError, ValueError, IndexError):
        return str(happened.label)
