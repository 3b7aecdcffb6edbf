"""``{% load portal %}``: the parts of a page and the numbers on it.

{% shelf copies %} {% status_word word %} {% toned "safe" "100 %" %} {% day_bars days %}
{{ row.size|size }} {{ row.count|count }} {{ row.at|moment }} {{ row.at|age }} {{ seconds|duration }}
{{ row.error|retold }}
{% help_for "An AU is ..." %} {% percent part whole %}
"""

from django import template
from django.conf import settings
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from apps.common import display, languages, navigation, notices, parts
from apps.common.opening import may_open
from apps.common.stored import retold
from apps.common.words import Tone, word

register = template.Library()

register.filter("moment", display.moment)
register.filter("moment_text", display.moment_text)
register.filter("day", display.day_text)
register.filter("age", display.age)
register.filter("duration", display.duration_text)
register.filter("size", display.size_text)
register.filter("count", display.count_text)
register.filter("retold", retold)


@register.simple_tag
def percent(part: float, whole: float) -> str:
    return display.percent_text(part, whole)


@register.simple_tag
def shelf(copies, large: bool = False) -> SafeString:
    return parts.shelf(copies, large=large)


@register.simple_tag
def status_word(code) -> SafeString:
    """A word of state, by its code or as a ``Word``."""
    return parts.status_word(word(code) if isinstance(code, str) else code)


@register.simple_tag
def toned(tone: str, label: str, href: str = "") -> SafeString:
    return parts.toned(Tone(tone), label, href)


@register.simple_tag
def day_bars(days) -> SafeString:
    return parts.day_bars(days)


@register.simple_tag(takes_context=True)
def notice_list(context) -> list[notices.Notice]:
    request = context.get("request")
    return notices.take(request) if request is not None and hasattr(request, "_messages") else []


@register.simple_tag(takes_context=True)
def places(context) -> list[navigation.Shown]:
    """The places of the header for the person who looks."""
    request = context.get("request")
    if request is None:
        return []
    return navigation.shown(getattr(request, "user", None), request.path)


@register.simple_tag
def offered_languages() -> list[tuple[str, str]]:
    """Code and name; of one alone nothing can be chosen."""
    found = languages.offered_languages()
    return found if len(found) > 1 else []


@register.simple_tag
def node_zone() -> str:
    return str(timezone.get_current_timezone_name())


@register.simple_tag
def node_name() -> str:
    """Also where no context processor ran: on the page of an error."""
    return settings.NODE.name


@register.simple_tag(takes_context=True)
def action_button(context, action) -> SafeString:
    """A ``pages.Action`` as a link or as a form that posts; nothing for a person whom its page would turn away."""
    request = context.get("request")
    if request is not None and not may_open(getattr(request, "user", None), action.url):
        return SafeString("")
    token = get_token(request) if action.post and request is not None else ""
    return render_to_string("common/action.html", {"action": action, "token": token})
