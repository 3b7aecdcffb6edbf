"""What people have said about serving, and on which sites the AUs lie.

A change of ``ServingRule``, ``TriggerEvent``, ``OwnReaderList`` or ``InstitutionProxy`` gives the row *policy* of
``Generation`` another number, in the same transaction (a trigger of the database sees to it): so every process knows
by one look whether what it keeps is still so.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from apps.accounts.choices import Role
from apps.common.models import Stamped
from apps.delivery.choices import Changed, Choice, Flag, WallUnit
from apps.permissions.choices import Said


def _said(what: str) -> models.CharField:
    return models.CharField(
        max_length=3, choices=Said.choices, blank=True, default=Said.NOTHING, help_text=what
    )


class ServingRule(Stamped):
    """What is said of serving at one level: of a publisher, a title or an AU; of none of them: of the network.

    The choice is the node's or network's; the four terms are the publisher's word. Of both embargoes the later end
    counts.
    """

    publisher = models.OneToOneField(
        "titles.Publisher", null=True, on_delete=models.PROTECT, related_name="serving_rule"
    )
    title = models.OneToOneField(
        "titles.Title", null=True, on_delete=models.PROTECT, related_name="serving_rule"
    )
    au = models.OneToOneField("aus.Au", null=True, on_delete=models.CASCADE, related_name="serving_rule")
    choice = models.CharField(max_length=5, choices=Choice.choices, blank=True)
    serve = _said("at all")
    while_available = _said("also while the publisher serves it itself")
    openly = _said("to anybody, not to own readers alone")
    trigger = _said("to everybody after a trigger event")
    open_access = _said("empty: as title list and permission page say")
    flag = models.CharField(
        max_length=5, choices=Flag.choices, blank=True, help_text="empty: as parameters and title list say"
    )
    embargo_until = models.DateField(null=True, blank=True, help_text="the first day on which it may be read")
    wall_length = models.PositiveSmallIntegerField(null=True, blank=True, help_text="from publication")
    wall_unit = models.CharField(max_length=6, choices=WallUnit.choices, blank=True)
    note = models.TextField(blank=True, help_text="where it is written, why it was chosen")
    said_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    said_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0, help_text="of the row, for forms")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(title__isnull=True, au__isnull=True)
                | Q(publisher__isnull=True, au__isnull=True)
                | Q(publisher__isnull=True, title__isnull=True),
                name="serving_rule_of_one_place",
            ),
            models.UniqueConstraint(
                fields=["publisher"],
                condition=Q(publisher__isnull=True, title__isnull=True, au__isnull=True),
                nulls_distinct=False,
                name="serving_rule_of_network_once",
            ),
            models.CheckConstraint(
                condition=Q(wall_length__isnull=True, wall_unit="")
                | Q(wall_length__isnull=False) & ~Q(wall_unit=""),
                name="serving_rule_wall_with_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"serving rule {self.pk}"


class TriggerEvent(Stamped):
    """That an AU or a title is given to everybody: proposed by one person, confirmed by another, perhaps withdrawn.

    Rows are kept; at most one of a place is not withdrawn. Names of people are kept beside their accounts.
    """

    title = models.ForeignKey(
        "titles.Title", null=True, on_delete=models.PROTECT, related_name="trigger_events"
    )
    au = models.ForeignKey("aus.Au", null=True, on_delete=models.PROTECT, related_name="trigger_events")
    reason = models.TextField()
    since = models.DateField(help_text="the first day on which it counts")
    licence = models.TextField(blank=True, help_text="under which it is given, for its page")
    citation = models.TextField(blank=True, help_text="how it is cited, for its page")
    proposed_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    proposed_name = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_name = models.CharField(max_length=150, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    withdrawn_name = models.CharField(max_length=150, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=0, help_text="of the row, for forms")
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one event")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request_key"], name="trigger_request_once"),
            models.UniqueConstraint(
                fields=["title", "au"],
                condition=Q(withdrawn_at__isnull=True),
                nulls_distinct=False,
                name="trigger_once",
            ),
            models.CheckConstraint(
                condition=Q(title__isnull=True, au__isnull=False) | Q(title__isnull=False, au__isnull=True),
                name="trigger_of_one_place",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_name="")
                | (Q(confirmed_at__isnull=False) & ~Q(confirmed_name="")),
                name="trigger_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=models.F("proposed_by")),
                name="trigger_by_two_persons",
            ),
        ]
        indexes = [models.Index(fields=["-proposed_at", "-id"], name="trigger_newest")]

    def __str__(self) -> str:
        return f"trigger event {self.pk}"


def _all_roles() -> list[str]:
    return [str(role) for role in Role]


class OwnReaderList(Stamped):
    """Whom the node counts as its own readers: one row, or none while everything is as it was at first."""

    only = models.BooleanField(default=True, unique=True, help_text="there is one such row")
    included = models.TextField(blank=True, help_text="addresses, one entry a line")
    excluded = models.TextField(blank=True, help_text="addresses, one entry a line")
    roles = ArrayField(models.CharField(max_length=16), default=_all_roles, blank=True)
    version = models.PositiveIntegerField(default=0, help_text="of the row, for forms")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only=True), name="own_readers_one_row")]

    def __str__(self) -> str:
        return "own readers"


class InstitutionProxy(Stamped):
    """A proxy whose readers count as the node's own; it is known by the addresses that it asks from."""

    name = models.CharField(max_length=100)
    addresses = models.TextField(help_text="one entry a line")
    note = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=0, help_text="of the row, for forms")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name"], name="institution_proxy_name")]

    def __str__(self) -> str:
        return self.name


class Generation(models.Model):
    """A number that is another after each change; numbers come of a sequence, so that none comes twice."""

    what = models.CharField(max_length=8, choices=Changed.choices, primary_key=True)
    number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.what} {self.number}"


class AuStem(models.Model):
    """That an AU lies on a site (scheme, host and port as browsers write them), by its definition."""

    au = models.ForeignKey("aus.Au", on_delete=models.CASCADE, related_name="stems")
    stem = models.TextField()
    name_key = models.TextField(help_text="of the AU: the catalogue's order")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["au", "stem"], name="au_stem_once")]
        indexes = [models.Index(fields=["stem", "name_key", "au"], name="au_stem_by_name")]

    def __str__(self) -> str:
        return self.stem


class StemReading(models.Model):
    """When an AU's stems and start URLs were read off its definition; ``digest`` is of the definition's texts."""

    au = models.OneToOneField("aus.Au", primary_key=True, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    start_urls = ArrayField(models.TextField(), default=list)
    read_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["read_at"], name="stems_read_at")]

    def __str__(self) -> str:
        return f"{self.au_id}"


class Article(models.Model):
    """What one preserved page of an AU says of the article or chapter that it shows (``apps.lockss.articles``).

    ``keys``: what an OpenURL asks by, made of its numbers with a page, a name or the first words of its title
    (``services.article_keys``).
    """

    au = models.ForeignKey("aus.Au", on_delete=models.CASCADE, related_name="articles", db_index=False)
    url_digest = models.BinaryField(max_length=32)
    version = models.PositiveIntegerField(help_text="that was read")
    url = models.TextField()
    rank = models.PositiveSmallIntegerField(help_text="of several pages of one article the lowest is opened")
    doi = models.TextField(blank=True, help_text="in lower case")
    doi_digest = models.BinaryField(max_length=32, null=True, help_text="SHA-256 of it")
    pmid = models.CharField(max_length=9, blank=True)
    title = models.TextField(blank=True)
    journal = models.TextField(blank=True)
    issns = ArrayField(models.CharField(max_length=9), default=list, blank=True)
    isbns = ArrayField(models.CharField(max_length=13), default=list, blank=True)
    volume = models.CharField(max_length=50, blank=True)
    issue = models.CharField(max_length=50, blank=True)
    start_page = models.CharField(max_length=50, blank=True)
    item_number = models.CharField(max_length=50, blank=True)
    date = models.CharField(max_length=10, blank=True, help_text="ISO 8601 as far as it is known")
    authors = ArrayField(models.TextField(), default=list, blank=True)
    keys = ArrayField(models.TextField(), default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["au", "url_digest"], name="article_page_once")]
        indexes = [
            models.Index(fields=["doi_digest"], condition=Q(doi_digest__isnull=False), name="article_by_doi"),
            models.Index(fields=["pmid"], condition=~Q(pmid=""), name="article_by_pmid"),
            GinIndex(fields=["keys"], name="article_by_keys", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.doi or self.url


class ArticleReading(models.Model):
    """How far an AU's pages have been read for articles: all that lies before a place in its chain of WARC files."""

    au = models.OneToOneField("aus.Au", primary_key=True, on_delete=models.CASCADE, related_name="+")
    revision = models.PositiveSmallIntegerField(help_text="of the reader; another one reads all anew")
    file_serial = models.PositiveIntegerField(default=0)
    file_offset = models.BigIntegerField(default=-1)
    articles = models.PositiveIntegerField(default=0)
    seen_write_at = models.DateTimeField(null=True, help_text="the AU's last write that was read wholly")
    read_at = models.DateTimeField(null=True, help_text="when the end was reached last")

    def __str__(self) -> str:
        return f"{self.au_id}"
