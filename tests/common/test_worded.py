"""Words of the code are put into words once for each language."""

from django.utils.translation import override

from apps.common import worded
from apps.common.worded import once_per_language


def counted():
    asked = []

    @once_per_language
    def said(thing):
        asked.append(thing)
        return f"said {len(asked)}"

    return said, asked


def test_the_same_thing_is_worded_once():
    said, asked = counted()
    thing = ["a"]
    assert [said(thing), said(thing)] == ["said 1", "said 1"]
    assert len(asked) == 1


def test_an_equal_thing_is_another():
    said, _asked = counted()
    assert said(["a"]) != said(["a"])


def test_each_language_has_its_own():
    said, _asked = counted()
    thing = ["a"]
    with override("en"):
        first = said(thing)
    with override("es"):
        assert said(thing) != first
    with override("en"):
        assert said(thing) == first


def test_nothing_is_mixed_up_when_things_come_and_go(monkeypatch):
    monkeypatch.setattr(worded, "MOST_KEPT", 3)

    @once_per_language
    def said(thing):
        return str(thing)

    # Without a reference to them, later ones would stand where earlier ones stood.
    assert [said([n]) for n in range(50)] == [f"[{n}]" for n in range(50)]
