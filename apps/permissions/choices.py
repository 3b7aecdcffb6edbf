from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Verdict(models.TextChoices):
    """What the decision for an AU says; anything but GRANTED stops collection."""

    GRANTED = "granted", "permitted"
    REFUSED = "refused", "not permitted"
    UNKNOWN = "unknown", "not asked yet"


class Reason(models.TextChoices):
    """Why, in the order in which they are looked at; the sentence stands in ``services.decide``."""

    NONE = "", ""
    NOT_CHECKED = "not-checked", "the permission page has not been read yet"
    NO_STATEMENT = "no-statement", "no permission statement on the permission page"
    FETCH_FAILED = "fetch-failed", "the permission page could not be read"
    PAGE_GONE = "page-gone", "there is no such permission page"
    SIGN_IN = "sign-in", "the permission page is behind a sign-in"
    NO_ANSWER = "no-answer", "nobody answered for the permission page in time"
    UNKNOWN_HOST = "unknown-host", "the host of the permission page is not known"
    PROBE_FAILED = "probe-failed", "the probe page could not be read"
    NO_PAGE_FOR_HOST = "no-page-for-host", "no permission page for a host"
    PLUGIN_CHECKER = "plugin-checker", "the platform definition's own check refused"
    NO_AGREEMENT = "no-agreement", "no written agreement covers this AU"
    AGREEMENT_ENDED = "agreement-ended", "the written agreement has ended"
    RIGHT_DENIED = "right-denied", "the written agreement does not let it be collected"


# No refusal: nobody has read what the page says.
UNREACHED = (
    Reason.FETCH_FAILED,
    Reason.PAGE_GONE,
    Reason.SIGN_IN,
    Reason.NO_ANSWER,
    Reason.UNKNOWN_HOST,
    Reason.PROBE_FAILED,
)


class Policy(models.TextChoices):
    """What a network demands before it collects (node setting ``permission_policy``)."""

    MACHINE = "machine", _("a statement on the publisher's site")
    BOTH = "written_and_machine", _("a written agreement and a statement on the site")
    WRITTEN = "written", _("a written agreement")


class AgreementState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SENT = "sent", _("sent")
    SIGNED = "signed", _("signed")
    LAPSED = "lapsed", _("lapsed")
    WITHDRAWN = "withdrawn", pgettext_lazy("agreement", "withdrawn")


class ScopeKind(models.TextChoices):
    PUBLISHER = "publisher", _("everything of the publisher")
    TITLES = "titles", _("named titles")
    AUS = "aus", _("named AUs")


class Right(models.TextChoices):
    """What an agreement can speak about; each a column of it."""

    COLLECT = "collect", _("collect")
    PRESERVE = "preserve", _("preserve")
    SERVE = "serve", _("serve to our own readers")
    SERVE_OPENLY = "serve_openly", _("serve openly")
    SHARE_REPAIRS = "share_repairs", _("share repairs")
    PERPETUAL = "perpetual", _("perpetual access")
    TRIGGER = "trigger", _("trigger events")


class Said(models.TextChoices):
    """What an agreement says of a right."""

    YES = "yes", _("yes")
    NO = "no", _("no")
    NOTHING = "", _("not said")


class Renewal(models.TextChoices):
    NONE = "none", _("not renewed")
    AUTOMATIC = "automatic", _("renews itself unless one side gives notice")
    BY_HAND = "by-hand", _("renewed by hand")


class PartyRole(models.TextChoices):
    PUBLISHER = "publisher", _("publisher")
    PLATFORM = "platform", _("platform or host")
    NETWORK = "network", _("preservation network")
    LIBRARY = "library", _("library")
    AGENT = "agent", _("agent of a party")
    OTHER = "other", _("other party")


class Channel(models.TextChoices):
    MAIL = "mail", _("e-mail")
    LETTER = "letter", _("letter")
    PHONE = "phone", _("telephone")
    MEETING = "meeting", _("meeting")
    OTHER = "other", _("other")


class ReminderKind(models.TextChoices):
    """What somebody is reminded of."""

    ENDS = "ends", _("its last day")
    NOTICE = "notice", _("the last day to give notice")
    NEXT_STEP = "next-step", _("a next step")
