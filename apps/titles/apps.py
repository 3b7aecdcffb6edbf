from django.apps import AppConfig

from apps.common import words
from apps.titles.words import ALL


class TitlesConfig(AppConfig):
    name = "apps.titles"
    label = "titles"

    def ready(self) -> None:
        words.register(*ALL)
