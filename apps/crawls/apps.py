from django.apps import AppConfig

from apps.common import words
from apps.crawls.words import ALL


class CrawlsConfig(AppConfig):
    name = "apps.crawls"
    label = "crawls"

    def ready(self) -> None:
        words.register(*ALL)
