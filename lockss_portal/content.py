"""The content host's ASGI application, with Django's models ready."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lockss_portal.settings")

import django

django.setup()

from apps.delivery.content import app  # noqa: E402 - models must be ready first

__all__ = ["app"]
