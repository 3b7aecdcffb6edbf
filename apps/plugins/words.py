from django.utils.translation import gettext_lazy as _

from apps.common.words import Tone, Word

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
ALL = (CAN, CANNOT, OVERRIDDEN, UNUSABLE, SILENT)
