"""What helps against what went wrong, by the beginning of its code, and what to call many of a kind."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.common.display import count_text
from apps.common.stored import retold
from apps.permissions.choices import Reason

LONGEST = 300


@dataclass(frozen=True, slots=True)
class Help:
    """``text``: the next act; ``url``, ``label``: where it is done; ``headline``: what several rows of a code have in common."""

    text: str | Promise = ""
    url: str = ""
    label: str | Promise = ""
    headline: str | Promise = ""


NOTHING = Help()
_AGREEMENTS = _("Written agreements")
_GROUPS = _("What is held back, by publisher")


def _asked(reason: Reason, text: str | Promise, headline: str | Promise) -> Help:
    """Against what the publisher's own site says or does not say."""
    return Help(text, f"/permissions/blocked/?cause={reason}", _GROUPS, headline)


_PERMISSION = {
    Reason.NO_AGREEMENT: Help(
        _("Enter the signed agreement that covers them, or ask the publisher for one."),
        "/permissions/agreements/",
        _AGREEMENTS,
        _("No signed agreement covers them."),
    ),
    Reason.AGREEMENT_ENDED: Help(
        _("Renew the agreement with the publisher and enter its new period."),
        "/permissions/agreements/?state=lapsed",
        _AGREEMENTS,
        _("The written agreements that covered them have ended."),
    ),
    Reason.RIGHT_DENIED: Help(
        _("What the agreement allows is a matter between the network and the publisher."),
        "/permissions/agreements/",
        _AGREEMENTS,
        _("The written agreements do not let them be collected."),
    ),
    Reason.NO_STATEMENT: _asked(
        Reason.NO_STATEMENT,
        _("Ask the publisher to put the statement on its permission page."),
        _("The permission pages carry no permission statement."),
    ),
    Reason.FETCH_FAILED: _asked(
        Reason.FETCH_FAILED,
        _("Look at how the publisher's site answered; the pages may be asked for again."),
        _("The permission pages could not be read."),
    ),
    Reason.PAGE_GONE: _asked(
        Reason.PAGE_GONE,
        _("Ask the publisher where its permission page is now; a newer title list may say it already."),
        _("The permission pages are not there."),
    ),
    Reason.SIGN_IN: _asked(
        Reason.SIGN_IN,
        _("Ask the publisher to let the permission page be read without signing in."),
        _("The permission pages are behind a sign-in."),
    ),
    Reason.NO_ANSWER: _asked(
        Reason.NO_ANSWER,
        _("The publisher's site may be down; the pages are asked for again by themselves."),
        _("Nobody answered for the permission pages in time."),
    ),
    Reason.UNKNOWN_HOST: _asked(
        Reason.UNKNOWN_HOST,
        _("Look whether the publisher has moved, and whether this node's name server answers."),
        _("The hosts of the permission pages are not known."),
    ),
    Reason.PROBE_FAILED: _asked(
        Reason.PROBE_FAILED,
        _("Look at how the publisher's site answered; the pages may be asked for again."),
        _("The pages that permission is probed with could not be read."),
    ),
    Reason.NO_PAGE_FOR_HOST: _asked(
        Reason.NO_PAGE_FOR_HOST,
        _("Ask the publisher for a permission page on each of its hosts."),
        _("A host of the content has no permission page."),
    ),
    Reason.PLUGIN_CHECKER: _asked(
        Reason.PLUGIN_CHECKER,
        _("The plugin asks for a statement of its own; the evidence shows what the page said."),
        _("The plugin's own check of the permission page refused."),
    ),
}
_CRAWL = _("Look at the crawl: its page says which URL failed and how the publisher answered.")
_POLL = _("The next poll tries again. If it comes again and again, look at the peers.")
_LIST = _("The title list's page says which line is wrong.")
_DISKS = _("Look at the disks: a bad one shows itself like this.")
ADVICE = {
    "job-worker-died": Help(
        _("The computer may be short of memory. Fewer processes, or crawls at once, help."),
        headline=_("A worker died over this work."),
    ),
    "job-error": Help(
        _("A fault of this program. Its log file says more; tell those who maintain it."),
        headline=_("Work ended with an error."),
    ),
    "job-kind-unknown": Help(_("A worker of an older version runs. Start the node again.")),
    "crawl-": Help(_CRAWL, "/crawls/", _("Crawls"), _("The publisher's site did not give everything.")),
    # Nothing was asked of the publisher, so no crawl says more.
    "crawl-plugin-error": Help(
        _("The page of plugins says which are missing, and which cannot collect."),
        "/plugins/",
        _("Plugins"),
        _("Their plugin is not loaded, cannot be used or does not fit."),
    ),
    # What older versions wrote; the cause stands in each row.
    "crawl-no-permission": Help(
        _("Each says which permission is missing; the page of permissions groups them by cause."),
        "/permissions/",
        _("Permissions"),
        _("They may not be collected."),
    ),
    "peer-": Help(_("Ask the people of the other node; its page shows what it sent."), "/peers/", _("Peers")),
    "poll-": Help(_POLL, "/peers/", _("Peers")),
    "vote-": Help(_POLL, "/peers/", _("Peers")),
    "list-": Help(_LIST, "/lists/", _("Title lists")),
    "import-": Help(_LIST, "/lists/", _("Title lists")),
    "plugin": Help(_("The plugin's page says what it cannot do."), "/plugins/", _("Plugins")),
    "store-": Help(_("Look at the disks: make room, or add one.")),
    "repository-": Help(_DISKS),
    "content-": Help(
        _("Polls repair what is damaged. A disk that comes up again and again goes bad."),
        headline=_("Stored bytes are damaged, missing or cannot be checked."),
    ),
    "fixity-": Help(_("Look at the disks: a bad one shows itself like this. Polls find what was damaged.")),
    "permission-": Help(
        _("The page of permissions says what each publisher permits."), "/permissions/", _("Permissions")
    ),
    **{f"permission-{reason}": said for reason, said in _PERMISSION.items()},
}


def advice(code: str) -> Help:
    """Of the longest beginning that fits."""
    fitting = [start for start in ADVICE if code.startswith(start)]
    return ADVICE[max(fitting, key=len)] if fitting else NOTHING


def headline(group: Mapping, code: str, newest: str) -> str:
    """What all rows of a group say; where they differ, what they have in common.

    ``group`` has their number ``n`` and the ``least`` and ``most`` of their texts; ``newest`` is the text of the newest.
    """
    own = retold(newest)[:LONGEST]
    if group["least"] == group["most"]:
        return own
    if shared := advice(code).headline:
        return str(shared)
    more = group["n"] - 1
    said = ngettext("%(newest)s And %(n)s more.", "%(newest)s And %(n)s more.", more)
    return said % {"newest": own, "n": count_text(more)}
