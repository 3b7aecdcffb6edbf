"""What is left out when copies are compared: where a plugin filters, equal is not byte for byte (lcap-v3 §5.4)."""

from django.utils.translation import gettext

from apps.aus.models import Au
from apps.lockss.lcap.hash_stream import media_type
from apps.plugins.services import definition_for


def filtered_sentence(au: Au, content_type: str | None = None) -> str:
    """One sentence that names the media types; "" where nothing is filtered.

    ``content_type``: of one URL, where only that is asked for.
    """
    filters = list(definition_for(au.plugin_id).mime.hash_filters)
    if content_type is not None:
        filters = [mime for mime in filters if mime == media_type(content_type)]
    if not filters:
        return ""
    return gettext("Copies are compared without what the plugin filters out (%s).") % ", ".join(filters)
