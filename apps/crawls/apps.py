from django.apps import AppConfig

from apps.common import words
from apps.crawls import stored_reasons as _stored_reasons  # noqa: F401 - remembered by being read
from apps.crawls.words import ALL


class CrawlsConfig(AppConfig):
    name = "apps.crawls"
    label = "crawls"

    def ready(self) -> None:
        words.register(*ALL)
