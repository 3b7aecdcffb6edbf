from django.db import models


class PollState(models.TextChoices):
    """For lists: what the core's finer status numbers come to."""

    INVITING = "inviting", "inviting"
    VOTING = "voting", "waiting for votes"
    TALLYING = "tallying", "counting"
    REPAIRING = "repairing", "repairing"
    DONE = "done", "done"


class RepairState(models.TextChoices):
    WANTED = "wanted", "wanted"
    REQUESTED = "requested", "requested"
    RECEIVED = "received", "received"
    REPAIRED = "repaired", "repaired"
    FAILED = "failed", "not repaired"


class TaskKind(models.TextChoices):
    """Long work that a poll waits for; each is a job whose subject names the row."""

    POLL_HASH = "poll-hash", "hashing for an own poll"
    VOTE_HASH = "vote-hash", "hashing for a vote"
    TALLY = "poll-tally", "counting votes"
    CHECK_REPAIR = "repair-check", "checking a repair"
