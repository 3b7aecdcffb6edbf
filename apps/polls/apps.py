from django.apps import AppConfig

from apps.common import words
from apps.polls import stored_reasons
from apps.polls.words import ALL, TERMS


class PollsConfig(AppConfig):
    name = "apps.polls"
    label = "polls"

    def ready(self) -> None:
        stored_reasons.remember_words()
        words.register(*ALL, *TERMS)
