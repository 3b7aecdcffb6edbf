"""The page of a plugin says when its publisher may be asked."""

from apps.lockss.plugin.windows import Always, Combined, Daily
from apps.plugins.views_parts import window_text


def test_a_window_is_told_in_words():
    night = Daily(22 * 60, 6 * 60 + 30, frozenset(), "Europe/London")
    assert window_text(None) == ""
    assert window_text(Always()) == ""
    assert "never" in window_text(Always(open=False))
    assert window_text(night) == "from 22:00 to 06:30 (Europe/London)"
    assert "several rules" in window_text(Combined((night, night), every=True))
