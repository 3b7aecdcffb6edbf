"""A publisher's permission, as evidence: what was written, and what its site said when it was asked.

An AU's ``Permission`` row is the current answer; ``Evidence`` rows are never changed and tell how it came
about: the address, the statement found, the time, what was sent, and the page itself.
"""

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.common.models import Stamped
from apps.permissions.choices import (
    AgreementState,
    Channel,
    PartyRole,
    Reason,
    ReminderKind,
    Renewal,
    Right,
    Said,
    ScopeKind,
    Verdict,
)


def _said(right: Right) -> models.CharField:
    return models.CharField(
        max_length=3, choices=Said.choices, blank=True, default=Said.NOTHING, help_text=str(right.label)
    )


class PublisherAgreement(Stamped):
    """A written agreement with a publisher: what it covers, what it permits, and from when to when.

    It covers what ``scope`` names, of these ``platforms`` alone and in these ``networks`` alone; empty lists are
    all of them.
    """

    publisher = models.ForeignKey("titles.Publisher", on_delete=models.PROTECT, related_name="agreements")
    name = models.TextField(help_text="as the parties call it")
    state = models.CharField(max_length=16, choices=AgreementState.choices, default=AgreementState.DRAFT)
    scope = models.CharField(max_length=16, choices=ScopeKind.choices, default=ScopeKind.PUBLISHER)
    titles = models.ManyToManyField("titles.Title", blank=True, related_name="agreements")
    listed_aus = models.ManyToManyField("titles.ListedAu", blank=True, related_name="agreements")
    platforms = ArrayField(models.TextField(), default=list, blank=True, help_text="platform definitions")
    networks = ArrayField(models.TextField(), default=list, blank=True, help_text="names of networks")
    collect = _said(Right.COLLECT)
    preserve = _said(Right.PRESERVE)
    serve = _said(Right.SERVE)
    serve_openly = _said(Right.SERVE_OPENLY)
    share_repairs = _said(Right.SHARE_REPAIRS)
    perpetual = _said(Right.PERPETUAL)
    trigger = _said(Right.TRIGGER)
    trigger_text = models.TextField(blank=True, help_text="which events open the content, as agreed")
    starts = models.DateField(
        null=True, blank=True, help_text="first day on which it holds; empty = not agreed yet"
    )
    ends = models.DateField(null=True, blank=True, help_text="last day on which it holds; empty = for good")
    sent_on = models.DateField(null=True, blank=True)
    signed_on = models.DateField(null=True, blank=True, help_text="empty: it never was in force")
    closed_on = models.DateField(null=True, blank=True, help_text="when it lapsed or was withdrawn")
    renewal = models.CharField(max_length=16, choices=Renewal.choices, default=Renewal.NONE)
    renewal_months = models.PositiveSmallIntegerField(default=12, help_text="each renewal lasts so long")
    notice_days = models.PositiveSmallIntegerField(
        default=0, help_text="notice is given so long before its end"
    )
    remind_days = models.PositiveSmallIntegerField(
        default=90, help_text="somebody is reminded so long before"
    )
    clause = models.TextField(blank=True, help_text="the clause that the parties agreed")
    opening = models.TextField(blank=True, help_text="words of our own at the beginning of its letter")
    notes = models.TextField(blank=True)
    renews = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="renewals",
        help_text="what ended, and this one goes on from",
    )
    version = models.PositiveIntegerField(default=0, help_text="of the row, for forms")
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one agreement")

    class Meta:
        indexes = [
            models.Index(fields=["publisher", "state"], name="agreement_by_publisher"),
            models.Index(fields=["state", "ends"], name="agreement_by_end"),
            models.Index(fields=["name", "id"], name="agreement_by_name"),
            models.Index(fields=["updated_at"], name="agreement_by_change"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["request_key"], name="agreement_request_once"),
            models.CheckConstraint(
                condition=models.Q(ends__isnull=True) | models.Q(ends__gte=models.F("starts")),
                name="agreement_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(starts__isnull=False) | ~models.Q(state=AgreementState.SIGNED),
                name="agreement_signed_has_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def notice_day(self) -> dt.date | None:
        """The last day on which notice can be given; None where none is asked."""
        if self.ends is None or not self.notice_days:
            return None
        # No day lies before the first that a calendar has.
        return dt.date.fromordinal(max(1, self.ends.toordinal() - self.notice_days))


class AgreementParty(models.Model):
    """Who signs beside, or for, the publisher."""

    agreement = models.ForeignKey(PublisherAgreement, on_delete=models.CASCADE, related_name="parties")
    name = models.TextField()
    role = models.CharField(max_length=16, choices=PartyRole.choices, default=PartyRole.PUBLISHER)
    email = models.EmailField(blank=True, max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "role", "name"], name="agreement_party_once")
        ]

    def __str__(self) -> str:
        return self.name


class AgreementDocument(models.Model):
    """A file that belongs to an agreement, as it came. Never changed or deleted; the same bytes twice are one."""

    agreement = models.ForeignKey(PublisherAgreement, on_delete=models.PROTECT, related_name="documents")
    name = models.TextField(help_text="as it was called where it came from")
    path = models.TextField(help_text="below the node's agreements folder")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    added_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "sha256"], name="agreement_document_once")
        ]

    def __str__(self) -> str:
        return self.name


class AgreementContact(models.Model):
    """What was said to or by a publisher. The log can only grow; the database itself refuses to change a row."""

    agreement = models.ForeignKey(PublisherAgreement, on_delete=models.PROTECT, related_name="contacts")
    on = models.DateField()
    channel = models.CharField(max_length=16, choices=Channel.choices)
    who = models.TextField(help_text="with whom, and who of us")
    said = models.TextField()
    next_step = models.TextField(blank=True)
    next_on = models.DateField(null=True, blank=True)
    added_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one line")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request_key"], name="agreement_contact_request_once")]
        indexes = [models.Index(fields=["agreement", "-on", "-id"], name="agreement_contacts")]


class AgreementLetter(models.Model):
    """A letter as it was sent. The database itself refuses to change a row."""

    agreement = models.ForeignKey(PublisherAgreement, on_delete=models.PROTECT, related_name="letters")
    number = models.PositiveIntegerField()
    sent_on = models.DateField()
    subject = models.TextField()
    text = models.TextField(help_text="as a mail")
    content = models.JSONField(help_text="what page and PDF are made of")
    pdf = models.BinaryField()
    pdf_sha256 = models.CharField(max_length=64)
    sent_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one letter")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="agreement_letter_number"),
            models.UniqueConstraint(fields=["request_key"], name="agreement_letter_request_once"),
        ]


class AgreementReminder(models.Model):
    """That a day comes which somebody should know of: each day of an agreement, or of its log, once."""

    agreement = models.ForeignKey(PublisherAgreement, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=16, choices=ReminderKind.choices)
    due_on = models.DateField()
    contact = models.ForeignKey(AgreementContact, null=True, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "kind", "due_on", "contact"],
                nulls_distinct=False,
                name="agreement_reminder_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_on", "id"],
                condition=models.Q(done_at__isnull=True),
                name="agreement_reminders_open",
            )
        ]


class Evidence(models.Model):
    """One reading of one permission page, kept as it was."""

    au = models.ForeignKey("aus.Au", on_delete=models.PROTECT, related_name="permission_evidence")
    url = models.TextField()
    final_url = models.TextField(blank=True, help_text="after redirects on the same host")
    host = models.TextField()
    read_at = models.DateTimeField()
    status = models.SmallIntegerField(null=True, help_text="HTTP status; empty when nothing answered")
    granted = models.BooleanField()
    reason = models.CharField(max_length=24, choices=Reason.choices, blank=True)
    checker = models.CharField(
        max_length=64, blank=True, help_text="which statement or licence was recognised"
    )
    statement = models.TextField(blank=True, help_text="the words found, or the licence's address")
    access_type = models.CharField(max_length=16, blank=True)
    message = models.TextField(blank=True)
    request_headers = models.JSONField(default=list)
    response_headers = models.JSONField(default=list)
    page_sha256 = models.CharField(max_length=64, blank=True)
    page = models.BinaryField(null=True, help_text="the stored page, up to the settings' limit")
    page_truncated = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["au", "-read_at"], name="evidence_by_au")]


class Permission(Stamped):
    """The machine-readable side of an AU's permission as last read."""

    au = models.OneToOneField("aus.Au", primary_key=True, on_delete=models.CASCADE, related_name="permission")
    verdict = models.CharField(max_length=16, choices=Verdict.choices, default=Verdict.UNKNOWN)
    reason = models.CharField(max_length=24, choices=Reason.choices, blank=True)
    message = models.TextField(blank=True)
    access_type = models.CharField(max_length=16, blank=True)
    checked_at = models.DateTimeField(null=True)
    evidence = models.ForeignKey(Evidence, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(
                fields=["reason", "au"], condition=models.Q(verdict="refused"), name="permission_refused"
            )
        ]


from apps.permissions.models_testing import PageTrial, PermissionChange  # noqa: E402, F401
