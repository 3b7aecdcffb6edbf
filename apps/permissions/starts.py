"""Where the collection of a listed AU would begin, by its platform's definition."""

from apps.aus.definitions import Unmade, definition_of
from apps.aus.models import Au
from apps.titles.models import ListedAu


def start_url(listed: ListedAu) -> str:
    """Empty where the definition is not loaded, or does not say."""
    made = definition_of(
        Au(
            listed=listed,
            plugin_id=listed.plugin_id,
            params=listed.params,
            other_params=listed.other_params,
            name=listed.name,
        )
    )
    return "" if isinstance(made, Unmade) or not made.start_urls else made.start_urls[0]
