from django.apps import AppConfig


class AusConfig(AppConfig):
    name = "apps.aus"
    label = "aus"
