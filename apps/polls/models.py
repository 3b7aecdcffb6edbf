"""Polls as rows: our own, our votes in others', what was found about URLs, and repairs.

``state`` is the core's value as JSON and the truth; the columns beside it are for lists, scanners and
people, written from it in the same statement. Rows of URLs exist only where somebody dissents.
"""

from django.db import models

from apps.common.models import Stamped
from apps.polls.choices import PollState, RepairState


class Poll(Stamped):
    """A poll this node has called."""

    key = models.CharField(max_length=64, unique=True)
    au = models.ForeignKey("aus.Au", on_delete=models.PROTECT, related_name="polls")
    variant = models.CharField(max_length=8)
    state = models.JSONField()
    phase = models.CharField(max_length=16, choices=PollState.choices)
    status = models.SmallIntegerField(help_text="the field's own number (lcap-v3 §4.2)")
    next_tick_at = models.DateTimeField(null=True)
    vote_deadline_at = models.DateTimeField()
    poll_deadline_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    quorum = models.PositiveSmallIntegerField()
    quorate = models.BooleanField(default=False)
    agreement = models.FloatField(null=True, help_text="0.0 to 1.0, once counted")
    urls = models.PositiveIntegerField(default=0)
    agreed = models.PositiveIntegerField(default=0)
    disagreed = models.PositiveIntegerField(default=0)
    too_close = models.PositiveIntegerField(default=0)
    no_quorum = models.PositiveIntegerField(default=0)
    poller_only = models.PositiveIntegerField(default=0)
    hash_request = models.JSONField(null=True)
    tally_request = models.JSONField(null=True)
    hashed_bytes = models.PositiveBigIntegerField(default=0)
    hash_ms = models.PositiveIntegerField(default=0)
    detail = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["au"], condition=models.Q(ended_at__isnull=True), name="one_open_poll_per_au"
            )
        ]
        indexes = [
            models.Index(fields=["au", "-id"], name="poll_by_au"),
            models.Index(
                fields=["next_tick_at"], condition=models.Q(next_tick_at__isnull=False), name="poll_tick"
            ),
            models.Index(fields=["ended_at"], condition=models.Q(ended_at__isnull=False), name="poll_by_end"),
        ]

    def __str__(self) -> str:
        return self.key


class Participant(models.Model):
    """A peer invited to one of our polls."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="participants")
    peer = models.ForeignKey("peers.Peer", on_delete=models.PROTECT, related_name="participations")
    position = models.PositiveSmallIntegerField()
    state = models.JSONField()
    status = models.SmallIntegerField()
    nak = models.CharField(max_length=40, blank=True)
    voted_at = models.DateTimeField(null=True)
    agreed = models.PositiveIntegerField(null=True)
    disagreed = models.PositiveIntegerField(null=True)
    poller_only = models.PositiveIntegerField(null=True)
    voter_only = models.PositiveIntegerField(null=True)
    spoiled = models.PositiveIntegerField(null=True)
    agreement = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "peer"], name="participant_once")]
        ordering = ["position"]


class UrlTally(models.Model):
    """A URL of one of our polls about which somebody dissented."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="url_tallies")
    url_digest = models.BinaryField(max_length=32)
    url = models.TextField()
    row = models.JSONField(help_text="the core's row: blocks and verdicts of everybody")
    result = models.CharField(max_length=16)
    final_result = models.CharField(max_length=16, help_text="after repair; equal to result without one")
    agreed = models.PositiveSmallIntegerField()
    disagreed = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "url_digest"], name="url_tally_once")]


class Repair(Stamped):
    """A URL that a poll found wrong here, and what was done about it."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="repairs")
    au = models.ForeignKey("aus.Au", on_delete=models.PROTECT, related_name="repairs")
    url_digest = models.BinaryField(max_length=32)
    url = models.TextField()
    state = models.JSONField()
    phase = models.CharField(max_length=16, choices=RepairState.choices)
    source = models.TextField(blank=True, help_text="identity of the peer, or 'publisher'")
    result = models.CharField(max_length=16, blank=True, help_text="the URL's result after the repair")
    check_request = models.JSONField(null=True)
    before_sha256 = models.CharField(max_length=64, blank=True)
    after_sha256 = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "url_digest"], name="repair_once")]
        indexes = [
            models.Index(fields=["au", "-id"], name="repair_by_au"),
            models.Index(fields=["ended_at"], condition=models.Q(ended_at__isnull=True), name="repair_open"),
        ]


class Vote(Stamped):
    """Our part in a poll that a peer has called."""

    key = models.CharField(max_length=64, unique=True)
    au = models.ForeignKey("aus.Au", on_delete=models.PROTECT, related_name="votes")
    poller = models.ForeignKey("peers.Peer", on_delete=models.PROTECT, related_name="votes")
    state = models.JSONField()
    phase = models.CharField(max_length=24)
    status = models.SmallIntegerField(help_text="the field's own number (lcap-v3 §4.2)")
    next_tick_at = models.DateTimeField(null=True)
    vote_deadline_at = models.DateTimeField()
    hash_request = models.JSONField(null=True)
    hashed_bytes = models.PositiveBigIntegerField(default=0)
    hash_ms = models.PositiveIntegerField(default=0)
    urls = models.PositiveIntegerField(default=0)
    agreement_hint = models.FloatField(null=True)
    repairs_served = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    detail = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["au", "-id"], name="vote_by_au"),
            models.Index(fields=["poller", "au", "-id"], name="vote_by_poller"),
            models.Index(
                fields=["next_tick_at"], condition=models.Q(next_tick_at__isnull=False), name="vote_tick"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class PollStatus(models.Model):
    """What an AU's polls came to, in one row; the scanner and the pages read it."""

    au = models.OneToOneField(
        "aus.Au", primary_key=True, on_delete=models.CASCADE, related_name="poll_status"
    )
    requested_at = models.DateTimeField(null=True, help_text="a person wants a poll now")
    due_at = models.DateTimeField(null=True)
    last_attempt_at = models.DateTimeField(null=True)
    last_start_at = models.DateTimeField(null=True)
    last_end_at = models.DateTimeField(null=True)
    last_status = models.SmallIntegerField(null=True)
    last_complete_at = models.DateTimeField(null=True, help_text="end of the last quorate poll over all URLs")
    agreement = models.FloatField(null=True, help_text="of that poll")
    highest_agreement = models.FloatField(null=True)
    agreeing_peers = models.PositiveSmallIntegerField(default=0)
    last_duration_ms = models.PositiveBigIntegerField(default=0)
    last_hash_ms = models.PositiveIntegerField(null=True)
    blocked = models.TextField(blank=True, help_text="why no poll can be called")

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="poll_due"),
            models.Index(
                fields=["last_complete_at"],
                condition=models.Q(last_complete_at__isnull=False),
                name="poll_status_by_proof",
            ),
            models.Index(
                fields=["requested_at"], condition=models.Q(requested_at__isnull=False), name="poll_requested"
            ),
        ]
