from django.apps import AppConfig

from apps.repository import stored_reasons as _stored_reasons  # noqa: F401 - remembered by being read


class RepositoryConfig(AppConfig):
    name = "apps.repository"
    label = "repository"
