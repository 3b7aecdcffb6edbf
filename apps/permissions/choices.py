from django.db import models


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
    PROBE_FAILED = "probe-failed", "the probe page could not be read"
    NO_PAGE_FOR_HOST = "no-page-for-host", "no permission page for a host"
    PLUGIN_CHECKER = "plugin-checker", "the platform definition's own check refused"
    NO_AGREEMENT = "no-agreement", "no written agreement covers this AU"
    AGREEMENT_ENDED = "agreement-ended", "the written agreement has ended"


class Policy(models.TextChoices):
    """What a network demands before it collects (node setting ``permission_policy``)."""

    MACHINE = "machine", "a statement on the publisher's site"
    BOTH = "written_and_machine", "a written agreement and a statement on the site"
    WRITTEN = "written", "a written agreement"


class AgreementState(models.TextChoices):
    DRAFT = "draft", "draft"
    SENT = "sent", "sent"
    SIGNED = "signed", "signed"
    LAPSED = "lapsed", "lapsed"
    WITHDRAWN = "withdrawn", "withdrawn"


class ScopeKind(models.TextChoices):
    PUBLISHER = "publisher", "everything of the publisher"
    TITLES = "titles", "named titles"
    AUS = "aus", "named AUs"
