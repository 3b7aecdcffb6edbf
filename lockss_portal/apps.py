from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The composition root as an app: its commands, and the Celery app that tasks bind to."""

    name = "lockss_portal"
    label = "lockss_portal"

    def ready(self) -> None:
        from lockss_portal import celery  # noqa: F401 - makes it the current app
