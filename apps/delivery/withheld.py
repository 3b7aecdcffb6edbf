"""Why an archival unit is not open to somebody who is signed in, in a sentence."""

from django.utils.translation import gettext

from apps.aus.models import Au
from apps.lockss.delivery import Reason, Verdict
from apps.permissions.services import may_serve


def sentence_of(au: Au, verdict: Verdict | None) -> str:
    served = may_serve(au)
    if not served.allowed:
        return served.sentence
    if verdict is not None and verdict.reason is Reason.EMBARGO:
        return gettext("Its publisher lets it be read from %(day)s on.") % {"day": verdict.rule.about}
    if verdict is not None and verdict.reason is Reason.EMBARGO_UNDATED:
        return gettext("It may be read some time after its publication, and nobody has said when that was.")
    if verdict is not None and verdict.reason in (Reason.NO_OWN_READER, Reason.OPENLY_REFUSED):
        return gettext("It is open to the readers of this library, and your role is not one of theirs.")
    return gettext("It is preserved and proven here, and not shown to readers.")
