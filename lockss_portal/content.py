"""The content host's ASGI application, with Django's models ready."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lockss_portal.settings")

import django

django.setup()

from apps.common.clock import now  # noqa: E402 - models must be ready first
from apps.delivery.content import app  # noqa: E402
from apps.usage import keys  # noqa: E402
from apps.usage.recording import begin  # noqa: E402

__all__ = ["app", "begin", "keys", "now"]
