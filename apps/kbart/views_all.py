"""All reports on one page: where the menu's entry leads."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.common.opening import may_open
from apps.common.pages import Head, Link
from apps.kbart.asking import REPORT
from apps.kbart.choices import Shape
from apps.kbart.views import READERS
from apps.kbart.words import SHAPES


@require_safe
@role_required(*READERS)
def all_reports(request: HttpRequest) -> HttpResponse:
    """Each with a sentence; what this person may not open is not named."""
    head = Head(
        gettext("Reports"),
        gettext("What this node tells others of its titles and its content, and where it is downloaded."),
    )
    shown = [(link, said) for link, said in _reports() if may_open(request.user, link.url)]
    return TemplateResponse(request, "kbart/all.html", {"head": head, "reports": shown})


def _reports() -> list[tuple[Link, str]]:
    return [
        (
            Link(gettext("KBART report"), REPORT),
            gettext("The title list that library catalogues and knowledge bases read."),
        ),
        (
            Link(gettext("For the Keepers Registry"), f"{REPORT}?report={Shape.KEEPERS.value}"),
            str(SHAPES[Shape.KEEPERS]),
        ),
        (
            Link(gettext("Editions"), f"{REPORT}series/"),
            gettext("Reports that are kept, made again, compared, and fetched by knowledge bases."),
        ),
        (
            Link(gettext("Preservation reports"), "/report/"),
            gettext(
                "What was chosen, collected, proved, damaged and repaired in a year, and what is at risk."
            ),
        ),
        (
            Link(gettext("Usage"), "/reports/usage/"),
            gettext("How much readers read of preserved copies, by the rules of COUNTER."),
        ),
        (
            Link(gettext("Exports"), "/exports/"),
            gettext("Preserved content as files, for another archive, another node or a person."),
        ),
        (
            Link(gettext("Check a file"), f"{REPORT}check/"),
            gettext("Any KBART file, judged line by line: what is wrong with it, and what was expected."),
        ),
        (
            Link(gettext("Keys of knowledge bases"), f"{REPORT}keys/"),
            gettext("With which knowledge bases fetch the newest edition, and who made them."),
        ),
    ]
