"""JARs, signers, registries and their files, versions that are tried and what they do differently."""

from django.db.models import Q
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.common.clock import now
from apps.common.lists import Cell, Choice, Column, Exact, Flag, Search, Table, cells
from apps.common.pages import Action, Empty
from apps.common.stored import retold
from apps.common.text import shown_address
from apps.common.words import Tone
from apps.plugins.choices import Compared, FileState, JarOutcome, JarSignature, RegistryState, TrialState
from apps.plugins.models import PluginJar, PluginRegistry, RegistryFile, Trial, TrialDifference, TrustedSigner
from apps.plugins.words import FILES, REGISTRIES, SIGNATURES, TRIALS


def signature_cell(jar: PluginJar) -> Cell:
    return cells.status(SIGNATURES[JarSignature(jar.signature)], _name_of(jar.signer))


def _name_of(subject: str) -> str:
    """The common name of a subject, else all of it."""
    parts = [part for part in subject.split(",") if part.startswith("CN=")]
    return parts[0][3:] if parts else subject


def _outcome(jar: PluginJar) -> Cell:
    if jar.outcome == JarOutcome.REFUSED:
        return cells.toned(Tone.HARM, gettext("refused"))
    return cells.toned(Tone.SAFE, gettext("loaded"))


def _jar(jar: PluginJar) -> Cell:
    return cells.link(jar.name, f"/plugins/jars/{jar.pk}/")


_JAR = Column("name", _("JAR"), _jar, sort="name")
_SIGNATURE = Column("signature", _("Signature"), signature_cell)
JAR_COLUMNS = (
    _JAR,
    _SIGNATURE,
    Column(
        "source", pgettext_lazy("source", "From"), lambda j: cells.text(shown_address(j.source)), priority=3
    ),
    Column("at", _("Judged"), lambda j: cells.moment(j.judged_at), priority=2),
)
JARS = Table(
    name="jars",
    caption=_("JARs"),
    columns=(
        _JAR,
        _SIGNATURE,
        Column("outcome", _("Outcome"), _outcome),
        Column("size", _("Size"), lambda j: cells.size(j.size), sort="size", numeric=True, priority=3),
        Column(
            "source",
            pgettext_lazy("source", "From"),
            lambda j: cells.text(shown_address(j.source)),
            priority=3,
        ),
        Column(
            "at",
            _("Taken in"),
            lambda j: cells.moment(j.created_at),
            sort="id",
            priority=2,
            descending_first=True,
        ),
    ),
    filters=(
        Choice("signature", _("Signature"), "signature", [(v, SIGNATURES[v].label) for v in JarSignature]),
        Choice("outcome", _("Outcome"), "outcome", JarOutcome.choices),
        Exact("signer", _("Signer"), "signer_fingerprint"),
    ),
    search=Search(("name", "signer"), label=_("Name or signer")),
    sort="-at",
    noun=lambda n: ngettext("JAR", "JARs", n),
    empty=Empty(
        _("No JAR was taken in"),
        _("Plugins come in JARs: from a registry that is followed, or loaded by hand."),
        Action(_("To the registries"), "/plugins/registries/"),
    ),
)
PROBLEMS = (
    Column("entry", _("File in the JAR"), lambda p: cells.code(p["entry"])),
    Column("message", _("What is wrong"), lambda p: retold(p["message"])),
)


def _until(signer: TrustedSigner) -> Cell:
    if signer.not_after < now():
        return cells.toned(Tone.CARE, gettext("expired"))
    return cells.day(signer.not_after)


def _trusted(signer: TrustedSigner) -> Cell:
    if signer.withdrawn_at is None:
        return cells.toned(Tone.SAFE, gettext("trusted"))
    return cells.toned(Tone.IDLE, pgettext("signer", "withdrawn"))


SIGNERS = Table(
    name="signers",
    caption=_("Trusted signers"),
    columns=(
        Column(
            "subject",
            _("Who"),
            lambda s: cells.link(_name_of(s.subject), f"/plugins/signers/{s.pk}/", s.subject),
            sort="subject",
        ),
        Column("state", _("State"), _trusted),
        Column("until", _("Valid until"), _until, sort="not_after", priority=2),
        Column("fingerprint", _("Fingerprint (SHA-256)"), lambda s: cells.code(s.fingerprint), priority=3),
        Column(
            "from", pgettext_lazy("source", "From"), lambda s: cells.text(s.keystore, s.alias), priority=3
        ),
    ),
    filters=(Flag("trusted", _("Trusted"), Q(withdrawn_at=None)),),
    search=Search(("subject", "fingerprint"), label=_("Name or fingerprint")),
    sort="subject",
    noun=lambda n: ngettext("signer", "signers", n),
    empty=Empty(
        _("No signer is trusted yet"),
        _(
            "A network signs its plugins and ships the certificates of its signers as a key store. "
            "A network administrator enters it here; until then every signature is a stranger's."
        ),
    ),
)


def _registry(row: PluginRegistry) -> Cell:
    name = shown_address(row.name)
    markup = format_html(
        '<a href="/plugins/registries/{}/">{}</a><span class="note"><code>{}</code></span>',
        row.pk,
        name,
        shown_address(row.url),
    )
    return Cell(markup, name)


REGISTRY_TABLE = Table(
    name="registries",
    caption=_("Plugin registries"),
    columns=(
        Column("name", _("Registry"), _registry, sort="name"),
        Column(
            "state", _("State"), lambda r: cells.status(REGISTRIES[RegistryState(r.state)], retold(r.reason))
        ),
        Column("files", _("JARs"), lambda r: cells.count(len(r.links)), numeric=True, priority=2),
        Column(
            "read",
            _("Last read"),
            lambda r: cells.age(r.read_at),
            sort="read_at",
            priority=2,
            descending_first=True,
        ),
        Column("next", _("Next"), lambda r: cells.moment(r.next_at), sort="next_at", priority=3),
    ),
    filters=(Choice("state", _("State"), "state", [(v, REGISTRIES[v].label) for v in RegistryState]),),
    search=Search(("name", "url"), label=_("Name or address")),
    sort="name",
    noun=lambda n: ngettext("registry", "registries", n),
    empty=Empty(
        _("No registry is followed"),
        _(
            "A registry is a page that links to the JARs of a network's plugins. A network administrator "
            "enters its address here, and this node takes in what is new by itself."
        ),
    ),
)


def _file(row: RegistryFile) -> Cell:
    url = shown_address(row.url)
    name = url.rpartition("/")[2] or url
    shown = cells.link(name, f"/plugins/jars/{row.jar_id}/") if row.jar_id else cells.text(name)
    return Cell(format_html('{}<span class="note"><code>{}</code></span>', shown.html, url), url)


REGISTRY_FILES = Table(
    name="files",
    caption=_("JARs of the registry"),
    columns=(
        Column("file", _("JAR"), _file, sort="url"),
        Column("state", _("State"), lambda f: cells.status(FILES[FileState(f.state)], retold(f.reason))),
        Column(
            "signature",
            _("Signature"),
            lambda f: signature_cell(f.jar) if f.jar else cells.text("–"),
            priority=2,
        ),
        Column("at", _("Fetched"), lambda f: cells.moment(f.fetched_at), sort="fetched_at", priority=3),
    ),
    filters=(Choice("state", _("State"), "state", [(v, FILES[v].label) for v in FileState]),),
    search=Search(("url",), label=_("Address")),
    sort="file",
    noun=lambda n: ngettext("JAR", "JARs", n),
)


def _version(trial: Trial) -> Cell:
    plugin = trial.plugin
    name = plugin.name or plugin.plugin_id.rpartition(".")[2]
    return cells.link(name, f"/plugins/trials/{trial.pk}/", plugin.plugin_id)


def trial_word(trial: Trial) -> Cell:
    return cells.status(TRIALS[TrialState(trial.state)])


TRIAL_TABLE = Table(
    name="trials",
    caption=_("Versions that were tried"),
    columns=(
        Column("name", _("Plugin"), _version),
        Column("version", _("Version"), lambda t: t.plugin.version),
        Column("state", _("State"), trial_word),
        Column("aus", _("Units"), lambda t: cells.count(t.aus), sort="aus", numeric=True, priority=3),
        Column("urls", _("Pages"), lambda t: cells.count(t.urls), sort="urls", numeric=True, priority=3),
        Column(
            "differences",
            _("Differences"),
            lambda t: cells.count(t.difference_count),
            sort="difference_count",
            numeric=True,
            priority=2,
            descending_first=True,
        ),
        Column(
            "at",
            _("Arrived"),
            lambda t: cells.moment(t.created_at),
            sort="id",
            priority=2,
            descending_first=True,
        ),
    ),
    filters=(Choice("state", _("State"), "state", [(v, TRIALS[v].label) for v in TrialState]),),
    search=Search(("plugin__plugin_id", "plugin__name"), label=_("Name or id")),
    sort="-at",
    noun=lambda n: ngettext("version", "versions", n),
    empty=Empty(
        _("No newer version was tried"),
        _("When a newer version of a plugin arrives whose pages are stored here, it is tried on them first."),
        Action(_("To the plugins"), "/plugins/"),
    ),
)


def _difference_au(row: TrialDifference) -> Cell:
    return cells.link(row.au_name, f"/aus/{row.au_slug}/")


def _what(row: TrialDifference) -> Cell:
    kind = row.get_kind_display()
    if not row.subject:
        return cells.text(kind)
    markup = format_html('{}<span class="note"><code>{}</code></span>', kind, row.subject)
    return Cell(markup, f"{kind}: {row.subject}")


def _shortened(text: str) -> Cell:
    """A digest by its beginning; a download has all of it."""
    name, _blank, digest = text.partition(" ")
    if name == "SHA-256" and len(digest) == 64:
        return Cell(format_html('{} <span title="{}">{}…</span>', name, digest, digest[:12]), text)
    return cells.code(text) if len(text) > 60 and " " not in text else cells.text(text)


DIFFERENCES = Table(
    name="differences",
    caption=_("What it does differently"),
    columns=(
        Column("what", _("In what"), _what),
        Column("before", _("Now"), lambda d: _shortened(d.before), priority=2),
        Column("after", _("With it"), lambda d: _shortened(d.after)),
        Column("au", _("Archival unit"), _difference_au, priority=3),
    ),
    filters=(Choice("kind", _("In what"), "kind", Compared.choices),),
    search=Search(("subject", "au_name"), label=_("Page or unit")),
    noun=lambda n: ngettext("difference", "differences", n),
    empty=Empty(
        _("No difference"), _("On the stored pages that were tried it does what the version in use does.")
    ),
)


def _compare(plugin) -> Cell:
    if plugin.current:
        return Cell(cells.text(gettext("in use")).html, "in use")
    word = trial_word(plugin.trial) if getattr(plugin, "trial", None) else None
    link = format_html(
        '<a href="/plugins/{}/compare/?version={}">{}</a>',
        plugin.plugin_id,
        plugin.pk,
        gettext("what differs"),
    )
    return Cell(format_html("{} {}", word.html, link) if word else link, word.value if word else "")


VERSIONS = (
    Column("version", _("Version"), lambda p: p.version),
    Column("current", _("State"), _compare),
    Column("at", _("Loaded"), lambda p: cells.moment(p.created_at), priority=2),
    Column(
        "source", pgettext_lazy("source", "From"), lambda p: cells.text(shown_address(p.source)), priority=3
    ),
    Column("digest", _("SHA-256"), lambda p: cells.code(p.sha256[:16]), priority=3),
)
