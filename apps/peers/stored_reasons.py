"""What rows of this room keep in words: why a message or a connection was refused."""

from django.utils.translation import gettext_noop as _

from apps.common.stored import remember

remember(
    _("%(came)s repair bytes, %(told)s announced"),
    _("the message ends in its head"),
    _("not a spool file: %s"),
    _("the disk for unfinished messages is nearly full"),
    _("no name within %s s of connecting"),
    _("over %s bytes for its kind"),
    _("a task of the endpoint failed"),
    _("the TLS handshake failed: %s"),
    _("%s is not a peer of this node"),
    _("%s is switched off here"),
    _("%(peer)s showed certificate %(shown)s…, entered is %(entered)s…"),
    _("addressed to %s"),
    _("no certificate is entered for %s"),
    _("sent by %(peer)s in the name of %(other)s"),
    _("the peer claims this node's own identity"),
)
