"""The portal for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from lockss_portal.odd_requests import guarded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lockss_portal.settings")
application = guarded(get_wsgi_application())
