"""What is wrong with a request, for whoever wrote the link."""

from django.utils.translation import gettext

from apps.lockss.openurl import OpenUrlFinding
from apps.lockss.replay import AskCode, AskError


def words_of(fault: AskError | OpenUrlFinding) -> tuple[str, str]:
    """A sentence, and what stood there."""
    if isinstance(fault, OpenUrlFinding):
        return gettext("the question is too long to be read"), ""
    texts = {
        AskCode.TOO_LONG: gettext("it is longer than 16,384 characters"),
        AskCode.NO_URL: gettext("it names no URL"),
        AskCode.NOT_HTTP: gettext("only http and https URLs are preserved"),
        AskCode.BAD_VERSION: gettext("a version is a number"),
        AskCode.VERSION_ALONE: gettext("a version needs a URL and an archival unit beside it"),
        AskCode.BAD_TIMESTAMP: gettext("a timestamp has 1 to 14 digits and names a moment that there is"),
        AskCode.UNKNOWN_MODIFIER: gettext("nobody knows the sign behind the timestamp"),
        AskCode.BAD_PAGE: gettext("a page is a number from 1 on"),
        AskCode.BAD_DOI: gettext("a DOI begins with 10. and has a slash"),
    }
    return texts[fault.code], fault.found
