"""What evidence keeps in words: why a page, as the core read it, gives no permission, and what on it is nearly right."""

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
# What is nearly right on it, as ``advice.kind_title`` calls it.
remember(
    _("Other words than the statement's"),
    _("Markup inside the statement"),
    _("An entity inside the statement"),
    _("Punctuation or blanks that are not the statement's"),
    _("The statement of another network"),
    _("The statement in another language"),
    _("The statement only appears when scripts run"),
    _("The page is not open to everybody"),
    _("A licence link that is not recognised"),
)
