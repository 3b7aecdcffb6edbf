"""The content host's own words in the reader's language: what makes them runs with it, in whatever thread, and leaves none
set behind it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from django.utils import translation

from apps.delivery.rooms import Host

T = TypeVar("T")


def spoken(language: str, work: Callable[[], T]) -> T:
    with translation.override(language):
        return work()


def speaking(host: Host, language: str) -> Host:
    """The same host for one reader: whatever it has done in a thread is done in her language."""
    in_thread = host.in_thread
    return replace(host, in_thread=lambda work: in_thread(lambda: spoken(language, work)))
