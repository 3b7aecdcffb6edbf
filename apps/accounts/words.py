from django.utils.translation import gettext_lazy as _

from apps.common.words import Tone, Word

ACTIVE = Word("may-sign-in", Tone.SAFE, _("May sign in"), _("This person has an account in use."))
BLOCKED = Word(
    "may-not-sign-in",
    Tone.IDLE,
    _("May not sign in"),
    _("The account is kept for its history and opens nothing."),
)

TOKEN_GOOD = Word("token-good", Tone.SAFE, _("Good"), _("This token lets its program in."))
TOKEN_OVER = Word(
    "token-over",
    Tone.IDLE,
    _("Over"),
    _("Revoked, expired, or made before a new password or a lost role: it opens nothing."),
)

# What is open to an account by itself; roles add to it.
WITHOUT_ROLE = _(
    "Somebody without a role reads every page that is open to people here, makes tokens for "
    "reading, and changes nothing but their own account."
)
SHALL_SEE_NOTHING = _("Take “May sign in” away from whoever shall see nothing.")
WITHOUT_ROLE_SHORT = _("reads every page, changes nothing")
