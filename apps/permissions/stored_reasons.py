"""What evidence keeps in words: why a page, as the core read it, gives no permission."""

from django.utils.translation import gettext_noop as _

from apps.common.stored import remember

remember(
    _("no statement and no licence on the page"),
    _("the page holds no text"),
    _("this node reads %s statements"),
    _("broken by markup, an entity or punctuation"),
    _("the page is answered with HTTP %s"),
    _("login page"),
    _("status %s"),
)
