"""What every page knows of its node."""

from django.conf import settings
from django.http import HttpRequest


def node(request: HttpRequest) -> dict[str, object]:
    return {"node": settings.NODE}
