"""The model clause: what an agreement should say so that a copy can be kept, checked and mended for good."""

from django.utils.translation import gettext_lazy as _

# docs/permission.md shows the same words; a test holds the two together.
MODEL = (
    _(
        "The publisher permits the library to collect the content that this agreement names, to keep it for good, and to "
        "use the kept copy for archiving and for restoring what was lost, in the ways that the library's licence for that "
        "content allows. For content that was collected while this agreement was in force the permission is perpetual: it "
        "ends neither with the licence nor with this agreement."
    ),
    _(
        "Other systems of the preservation network may hold copies of the content as well, if each of them has shown that "
        "it has a right to it: by a licence of its own, by an agreement such as this one, or by the publisher's statement "
        "on the site from which it collects."
    ),
    _(
        "Where a copy is damaged or lost, another system may give what is missing only to one that once held its own copy "
        "of the same content and has proved it by comparison. Nobody obtains by way of repair what it never had."
    ),
)


def model_text() -> str:
    return "\n\n".join(str(paragraph) for paragraph in MODEL)
