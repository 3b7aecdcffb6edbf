"""What jobs and audit events of this room are about, for ``common.subjects``."""

from django.utils.translation import gettext_lazy as _

from apps.common.subjects import Look, numbered
from apps.exports.models import Export, PackageImport

KINDS: dict[str, Look] = {
    "export": numbered(_("export %d"), "/exports/", Export),
    "package-import": numbered(_("import %d"), "/imports/", PackageImport),
}
