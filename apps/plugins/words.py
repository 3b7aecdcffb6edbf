from django.utils.translation import gettext_lazy as _

from apps.common.words import Tone, Word
from apps.plugins.choices import FileState, JarSignature, RegistryState, TrialState

CAN = Word(
    "plugin-can", Tone.SAFE, _("Can"), _("This node has everything that the plugin asks for in this respect.")
)
CANNOT = Word(
    "plugin-cannot",
    Tone.CARE,
    _("Cannot"),
    _("The plugin names code that this node does not have, and without it the result would be wrong."),
)
OVERRIDDEN = Word(
    "plugin-overridden",
    Tone.CARE,
    _("Allowed by hand"),
    _(
        "The plugin names code that this node does not have; a network administrator lets it collect all the same."
    ),
)
UNUSABLE = Word(
    "plugin-unusable",
    Tone.HARM,
    _("Unusable"),
    _("The definition has an error: no archival unit can be made of it. The findings say where."),
)
SILENT = Word(
    "plugin-no-metadata",
    Tone.IDLE,
    _("Not described"),
    _("Articles are collected and proved, but this node cannot read titles and authors out of them."),
)
SIGNATURES = {
    JarSignature.TRUSTED: Word(
        "jar-trusted",
        Tone.SAFE,
        _("Signed, trusted"),
        _("Every file of the JAR is as a signer that this node trusts has signed it."),
    ),
    JarSignature.UNKNOWN: Word(
        "jar-unknown",
        Tone.CARE,
        _("Signed by a stranger"),
        _("Every file of the JAR is as somebody has signed it, but this node does not trust who it was."),
    ),
    JarSignature.BROKEN: Word(
        "jar-broken",
        Tone.HARM,
        _("Signature broken"),
        _("A file of the JAR was changed, added or taken away after it was signed. Nothing of it is loaded."),
    ),
    JarSignature.UNSIGNED: Word(
        "jar-unsigned",
        Tone.CARE,
        _("Not signed"),
        _("Nobody has signed the JAR: who made it cannot be told."),
    ),
}
REGISTRIES = {
    RegistryState.WAITING: Word(
        "registry-waiting", Tone.IDLE, _("Not read yet"), _("The registry is read when a worker is free.")
    ),
    RegistryState.GOOD: Word(
        "registry-read", Tone.SAFE, _("Read"), _("The registry's page and all its JARs could be had.")
    ),
    RegistryState.PARTLY: Word(
        "registry-partly",
        Tone.CARE,
        _("Read in part"),
        _("The registry's page was read, but some of its JARs could not be fetched or were refused."),
    ),
    RegistryState.FAILED: Word(
        "registry-failed",
        Tone.HARM,
        _("Could not be read"),
        _("The registry's page could not be had. It is tried again; what it gave before stays loaded."),
    ),
    RegistryState.NOT_PERMITTED: Word(
        "registry-not-permitted",
        Tone.HARM,
        _("No permission"),
        _("The registry's page carries no permission statement, so nothing is fetched from it."),
    ),
    RegistryState.ENDED: Word(
        "registry-ended",
        Tone.IDLE,
        _("No longer followed"),
        _("The registry is not read any more. What it gave stays loaded."),
    ),
}
FILES = {
    FileState.WAITING: Word(
        "registry-file-waiting", Tone.IDLE, _("Not fetched yet"), _("The JAR is fetched at the next reading.")
    ),
    FileState.LOADED: Word(
        "registry-file-loaded", Tone.SAFE, _("Loaded"), _("The definitions of the JAR were taken in.")
    ),
    FileState.REFUSED: Word(
        "registry-file-refused", Tone.HARM, _("Refused"), _("The JAR was not loaded; its page says why.")
    ),
    FileState.FAILED: Word(
        "registry-file-failed",
        Tone.CARE,
        _("Not fetched"),
        _("The JAR could not be had. It is tried again; what was had before stays loaded."),
    ),
    FileState.GONE: Word(
        "registry-file-gone",
        Tone.IDLE,
        _("No longer named"),
        _("The registry's page does not link to the JAR any more. What was loaded of it stays."),
    ),
}
TRIALS = {
    TrialState.WAITING: Word(
        "version-waiting",
        Tone.IDLE,
        _("Being tried"),
        _(
            "The newer version is compared with the one in use on stored pages. Until then the older one is used."
        ),
    ),
    TrialState.SAME: Word(
        "version-same",
        Tone.CARE,
        _("Waits, no difference"),
        _(
            "On stored pages the newer version does what the older one does. A network administrator may use it."
        ),
    ),
    TrialState.DIFFERENT: Word(
        "version-different",
        Tone.CARE,
        _("Waits, differs"),
        _(
            "The newer version does something differently with what is stored. A network administrator decides."
        ),
    ),
    TrialState.REFUSED: Word(
        "version-refused",
        Tone.HARM,
        _("Refused"),
        _("With the newer version archival units would be others than they are, or none. It is never used."),
    ),
    TrialState.USED: Word(
        "version-used", Tone.SAFE, _("Taken into use"), _("The version was tried and has been in use since.")
    ),
    TrialState.KEPT_OUT: Word(
        "version-kept-out",
        Tone.IDLE,
        _("Kept out"),
        _("A network administrator does not want this version to be used."),
    ),
    TrialState.PASSED: Word(
        "version-passed",
        Tone.IDLE,
        _("Passed over"),
        _("A still newer version came into use before this one was."),
    ),
}
ALL = (
    *(CAN, CANNOT, OVERRIDDEN, UNUSABLE, SILENT),
    *SIGNATURES.values(),
    *REGISTRIES.values(),
    *FILES.values(),
    *TRIALS.values(),
)
