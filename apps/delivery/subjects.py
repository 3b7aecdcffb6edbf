"""What audit events of this room are about, for ``common.subjects``."""

from apps.common.subjects import Look, named
from apps.delivery.models import InstitutionProxy
from apps.titles.models import Title

KINDS: dict[str, Look] = {
    "proxy": named(InstitutionProxy, "/serving/proxies/"),
    "title": named(Title, "/titles/"),
}
