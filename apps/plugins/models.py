"""Platform definitions (plugins) this node has loaded; the text itself is kept, the core reads it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.common.models import Stamped
from apps.plugins.choices import Compared, FileState, JarOutcome, JarSignature, RegistryState, TrialState


class Plugin(Stamped):
    """One version of one definition file. The newest version of an id is ``current`` (plugins §1).

    Abilities and reasons are those of the definition with its parents, as it stood when it or one of them was
    loaded last.
    """

    plugin_id = models.TextField(help_text="resource path with dots, without .xml")
    version = models.TextField(default="1")
    version_number = models.BigIntegerField(default=1, help_text="leading integer of version")
    name = models.TextField(blank=True)
    parent_id = models.TextField(blank=True)
    status = models.TextField(blank=True)
    source = models.TextField(blank=True, help_text="folder or archive it came from")
    sha256 = models.CharField(max_length=64)
    xml = models.BinaryField()
    current = models.BooleanField(default=True)
    usable = models.BooleanField(default=False, help_text="read without an error, parents included")
    can_collect = models.BooleanField(default=False)
    collect_overridable = models.BooleanField(
        default=False, help_text="a person may let it collect all the same"
    )
    collect_override = models.BooleanField(default=False, help_text="a person did; another version asks anew")
    can_poll = models.BooleanField(default=False)
    can_extract = models.BooleanField(default=False)
    reasons = models.JSONField(default=list, help_text="[{capability, key, class, effect}]")
    findings = models.JSONField(default=list, help_text="[{code, severity, key, place, message}]")
    judged_with = models.CharField(
        max_length=16, blank=True, default="", help_text="what this node's code knew of classes then"
    )
    missing_count = models.PositiveIntegerField(
        default=0, help_text="classes without which something is blocked"
    )
    listed_count = models.PositiveIntegerField(
        default=0, help_text="AUs of the title lists; of the current row"
    )
    selected_count = models.PositiveIntegerField(default=0, help_text="AUs selected here; of the current row")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plugin_id", "sha256"], name="plugin_text_once"),
            models.UniqueConstraint(
                fields=["plugin_id"], condition=models.Q(current=True), name="plugin_one_current"
            ),
        ]
        indexes = [
            models.Index(fields=["parent_id"], condition=models.Q(current=True), name="plugin_children"),
            models.Index(
                fields=["-listed_count", "-id"], condition=models.Q(current=True), name="plugin_by_listed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plugin_id} {self.version}"


class PluginUse(models.Model):
    """How many AUs a plugin id has, loaded or not; counted after imports and acts of selecting, never per request."""

    plugin_id = models.TextField()
    listed = models.PositiveIntegerField(default=0, help_text="AUs that a title list names")
    selected = models.PositiveIntegerField(default=0, help_text="AUs selected here")
    loaded = models.BooleanField(default=False)
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plugin_id"], name="plugin_use_once")]
        indexes = [
            models.Index(
                fields=["-listed", "-id"], condition=models.Q(loaded=False), name="plugin_use_not_loaded"
            )
        ]

    def __str__(self) -> str:
        return self.plugin_id


class PluginNeed(models.Model):
    """A Java class that a current definition names and this node does not have, with all that it blocks there."""

    plugin = models.ForeignKey(Plugin, on_delete=models.CASCADE, related_name="needs", db_index=False)
    class_name = models.TextField()
    keys = ArrayField(models.TextField(), default=list)
    policy = models.CharField(
        max_length=24, help_text="the strictest of its keys (lockss.plugin.javaclasses.Policy)"
    )
    collect = models.BooleanField(default=False, help_text="without it nothing is collected")
    vote = models.BooleanField(default=False, help_text="without it there are no votes")
    extract = models.BooleanField(default=False, help_text="without it articles are not described")
    effect = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plugin", "class_name"], name="plugin_need_once")]
        indexes = [models.Index(fields=["class_name", "plugin"], name="plugin_need_by_class")]


class MissingClass(models.Model):
    """One missing Java class over all current definitions: the sums of ``PluginNeed``."""

    class_name = models.TextField()
    keys = ArrayField(models.TextField(), default=list)
    policy = models.CharField(max_length=24)
    collect = models.BooleanField(default=False)
    vote = models.BooleanField(default=False)
    extract = models.BooleanField(default=False)
    effect = models.TextField()
    definitions = models.PositiveIntegerField(default=0)
    listed = models.PositiveIntegerField(default=0)
    selected = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["class_name"], name="missing_class_once")]
        indexes = [models.Index(fields=["-listed", "-id"], name="missing_by_listed")]

    def __str__(self) -> str:
        return self.class_name


class TrustedSigner(Stamped):
    """A certificate whose signature on a JAR this node trusts, until somebody withdraws it."""

    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the certificate")
    alias = models.TextField(blank=True)
    subject = models.TextField()
    issuer = models.TextField()
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    der = models.BinaryField()
    keystore = models.TextField(blank=True, help_text="name of the file it came in")
    user = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL)
    withdrawn_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0, help_text="of the row, for forms")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fingerprint"], name="trusted_signer_once")]

    def __str__(self) -> str:
        return self.subject


class PluginRegistry(Stamped):
    """An address whose page links to plugin JARs; read again and again until it is ended."""

    name = models.TextField()
    url = models.TextField()
    state = models.CharField(max_length=16, choices=RegistryState.choices, default=RegistryState.WAITING)
    needs_permission = models.BooleanField(
        default=True, help_text="read only where its page carries a statement"
    )
    statement = models.TextField(blank=True, help_text="what its page permits, as it stood when it was read")
    reason = models.TextField(blank=True, help_text="why it could not be read, in words")
    failures = models.PositiveIntegerField(default=0, help_text="in a row")
    etag = models.TextField(blank=True)
    last_modified = models.TextField(blank=True)
    links = models.JSONField(default=list, help_text="addresses of JARs, as the page has them")
    page_sha256 = models.CharField(max_length=64, blank=True)
    read_at = models.DateTimeField(null=True, help_text="when it was last read whole")
    next_at = models.DateTimeField(null=True, help_text="when it is read next; empty: never")
    user = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL)
    request_key = models.UUIDField(null=True, help_text="of the form: sent twice, it is one registry")
    version = models.PositiveIntegerField(default=0, help_text="of the row, for forms")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["url"], name="registry_url_once"),
            models.UniqueConstraint(fields=["request_key"], name="registry_request_once"),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(next_at__isnull=False), name="registry_due")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def job_subject(self) -> str:
        return f"registry:{self.pk}"


class PluginJar(Stamped):
    """A JAR as it came, kept below the media folder by its digest, and what was made of it."""

    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    name = models.TextField()
    source = models.TextField(blank=True, help_text="file, folder or address it came from, newest")
    signature = models.CharField(max_length=16, choices=JarSignature.choices)
    signer = models.TextField(blank=True, help_text="subject of who signed all of it")
    signer_fingerprint = models.CharField(max_length=64, blank=True)
    signer_until = models.DateTimeField(null=True)
    digest = models.CharField(max_length=16, blank=True, help_text="of the signature")
    problems = models.JSONField(default=list, help_text="[{entry, message}] of the signature")
    outcome = models.CharField(max_length=16, choices=JarOutcome.choices)
    reason = models.TextField(blank=True, help_text="why it was refused, in words")
    judged_at = models.DateTimeField()
    user = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL)
    definitions = models.ManyToManyField(Plugin, related_name="jars")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256"], name="plugin_jar_once")]

    def __str__(self) -> str:
        return self.name


class RegistryFile(Stamped):
    """A JAR that a registry's page links to."""

    registry = models.ForeignKey(
        PluginRegistry, on_delete=models.CASCADE, related_name="files", db_index=False
    )
    url = models.TextField()
    state = models.CharField(max_length=16, choices=FileState.choices, default=FileState.WAITING)
    reason = models.TextField(blank=True)
    jar = models.ForeignKey(PluginJar, null=True, on_delete=models.SET_NULL, related_name="files")
    etag = models.TextField(blank=True)
    last_modified = models.TextField(blank=True)
    fetched_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["registry", "url"], name="registry_file_once")]


class Trial(Stamped):
    """A newer version, tried on what is stored before it is used. ``against`` is the version in use then."""

    plugin = models.OneToOneField(Plugin, on_delete=models.CASCADE, related_name="trial")
    against = models.ForeignKey(Plugin, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=16, choices=TrialState.choices, default=TrialState.WAITING)
    reason = models.TextField(blank=True, help_text="why it is refused, or what was too much to try")
    aus = models.PositiveIntegerField(default=0, help_text="AUs it was tried on")
    urls = models.PositiveIntegerField(default=0, help_text="stored pages it was tried on")
    difference_count = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL)
    decided_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0, help_text="of the row, for forms")

    class Meta:
        indexes = [models.Index(fields=["state", "-id"], name="trial_by_state")]

    def __str__(self) -> str:
        return f"trial {self.pk}"

    @property
    def job_subject(self) -> str:
        return f"plugin-trial:{self.pk}"


class TrialDifference(models.Model):
    """One thing that the newer version does differently with what is stored here."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="differences", db_index=False)
    kind = models.CharField(max_length=16, choices=Compared.choices)
    au_name = models.TextField()
    au_slug = models.CharField(max_length=20)
    subject = models.TextField(blank=True, help_text="the page it is about")
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["trial", "id"], name="trial_differences"),
            models.Index(fields=["trial", "kind", "id"], name="trial_differences_by_kind"),
        ]
