from django.apps import AppConfig


class RepositoryConfig(AppConfig):
    name = "apps.repository"
    label = "repository"
