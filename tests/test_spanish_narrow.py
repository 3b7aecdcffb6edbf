"""Spanish on a telephone: nothing in a table's cell, a form's choice or a legend is cut or torn."""

import pytest
from django.db.models import Count

from apps.accounts.choices import Role
from apps.lockss.lcap.verdict import UrlResult
from apps.polls.models import Poll
from tests.accounts.factories import make_person
from tests.aus.factories import offer, volumes
from tests.chromium import opened
from tests.test_every_page import HOST, NARROW, serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
# The texts of cells that stand beyond their cell's edge.
CUT = """() => [...document.querySelectorAll('main th, main td')].filter(cell => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  const said = range.getBoundingClientRect(), edge = cell.getBoundingClientRect();
  return said.width && !cell.querySelector('.unseen') && (said.right > edge.right + 1 || said.left < edge.left - 1);
}).map(cell => cell.textContent.trim().slice(0, 60))"""
# What of a table lies beyond its frame although the frame does not scroll.
HIDDEN = """() => [...document.querySelectorAll('main .frame')].filter(frame =>
  frame.scrollWidth > frame.clientWidth && !['auto', 'scroll'].includes(getComputedStyle(frame).overflowX)
).map(frame => frame.getAttribute('aria-label'))"""
# Choices of which some are longer than the field.
LONG_CHOICES = """() => [...document.querySelectorAll('main select')].filter(one => {
  const pen = document.createElement('canvas').getContext('2d');
  pen.font = getComputedStyle(one).font;
  return one.clientWidth && [...one.options].some(o => pen.measureText(o.text).width > one.clientWidth - 36);
}).map(one => `${one.name} (${one.clientWidth})`)"""
# Swatches of a legend that stand on another line than the word they belong to.
TORN = """() => [...document.querySelectorAll('.key i')].filter(one => {
  const range = document.createRange();
  const word = one.nextSibling;
  const start = word.textContent.search(/\\S/);
  range.setStart(word, start); range.setEnd(word, start + 1);
  return range.getBoundingClientRect().top > one.getBoundingClientRect().bottom;
}).map(one => one.className)"""


@pytest.fixture
def shown(sample, client, settings) -> dict[str, tuple[str, object]]:
    settings.ALLOWED_HOSTS = ["localhost"]
    person = make_person("judge", Role.SYSTEM)
    person.language = "es"
    person.save()
    client.force_login(person)
    disputed = Poll.objects.annotate(n=Count("url_tallies")).filter(n__gt=0).order_by("pk").first()
    kinds = [one for one in UrlResult if one != UrlResult.WON]
    for kind, row in zip(kinds, disputed.url_tallies.order_by("pk"), strict=False):
        disputed.url_tallies.filter(pk=row.pk).update(
            result=kind, url=f"http://pub.example/{kind}/figure.png"
        )
    title = offer(*volumes(3))[0].title_id
    paths = {
        "years": f"/titles/{title}/",
        "disputed": f"/polls/{disputed.pk}/",
        "poll": f"/polls/{sample.poll.pk}/",
        "title": f"/titles/{sample.au.title_id}/",
        "rules": "/alerts/rules/",
        "me": "/me/",
        "agreement": "/permissions/agreements/new/",
        "jobs": "/jobs/",
        "polls": "/polls/",
        "blocked": "/permissions/blocked/",
        "nodes": "/network/nodes/",
    }
    return {name: (path, client.get(path, headers={"Host": "localhost"})) for name, path in paths.items()}


def test_nothing_is_cut_or_torn(shown) -> None:
    wrong = []
    with opened() as browser:
        page = browser.new_context(base_url=HOST, viewport=NARROW, reduced_motion="reduce").new_page()
        serve(page, shown)
        for name, (path, answer) in shown.items():
            assert answer.status_code == 200, name
            page.goto(path)
            assert page.locator(".key i").count() or name != "years"
            for what in (CUT, HIDDEN, LONG_CHOICES, TORN):
                wrong += [f"{name}: {one}" for one in page.evaluate(what)]
    assert not wrong, "\n".join(wrong)
