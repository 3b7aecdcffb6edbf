from django.apps import AppConfig


class KbartConfig(AppConfig):
    name = "apps.kbart"
    label = "kbart"
