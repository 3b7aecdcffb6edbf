"""Every page of the portal walked with Tab alone: the skip link first, every control once and in order, always seen."""

import pytest
from playwright.sync_api import Page

from tests.chromium import opened
from tests.test_addresses import paths  # noqa: F401 - the fixture
from tests.test_every_page import HOST, NARROW, WIDE, serve, shown  # noqa: F401 - the fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

# What can be reached, with everything that folds unfolded; then who is reached is noted as each Tab key comes up.
WATCH = """() => {
  const own = 'a[href], area[href], button, input:not([type=hidden]), select, textarea, summary, iframe, [tabindex]';
  document.querySelectorAll('main details').forEach(one => { one.open = true; });
  const reached = one => one.tabIndex >= 0 && !one.matches(':disabled')
    && one.checkVisibility({visibilityProperty: true});
  const all = [...document.querySelectorAll(own)].filter(reached);
  const first = new Map();
  const stops = all.filter(one => {
    if (one.type !== 'radio') return true;
    const group = all.filter(two => two.type === 'radio' && two.name === one.name && two.form === one.form);
    return one === (group.find(two => two.checked) || group[0]);
  });
  const told = one => one.outerHTML.replace(/\\s+/g, ' ').slice(0, 140);
  const wrong = [];
  const complain = (one, what) => wrong.push(`${what}: ${told(one)}`);
  stops.forEach(one => { if (one.tabIndex > 0) complain(one, 'an order of its own'); });
  document.querySelectorAll('main *, header *, footer *').forEach(one => {
    const pointed = getComputedStyle(one).cursor === 'pointer' && one.checkVisibility({visibilityProperty: true});
    if (pointed && !one.closest('label, [aria-disabled=true], :disabled') && !all.some(two => two.contains(one)))
      complain(one, 'only for the mouse');
  });
  const seen = one => {
    const style = getComputedStyle(one);
    const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
    if (!ring && style.boxShadow === 'none') return complain(one, 'no ring');
    const boxes = [...one.getClientRects()].map(box => {
      const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
      const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
      return {x: (left + right) / 2, y: (top + bottom) / 2, wide: right - left, high: bottom - top};
    }).filter(box => box.wide > 1 && box.high > 1);
    if (!boxes.length) return complain(one, 'outside the window');
    const hit = boxes.map(box => document.elementFromPoint(box.x, box.y));
    if (!hit.some(two => two && (one.contains(two) || two.closest('label') === one.closest('label') && one.closest('label'))))
      complain(one, `behind ${hit[0] && told(hit[0]).slice(0, 60)}`);
  };
  let last = null;
  const walk = [];
  document.addEventListener('keyup', event => {
    const now = document.activeElement;
    if (event.key !== 'Tab' || now === last) return;
    last = now;
    if (now === document.body) return;
    walk.push(now);
    // A box that scrolls is a stop of the browser's own.
    if (!stops.includes(now) && now.scrollHeight <= now.clientHeight && now.scrollWidth <= now.clientWidth)
      complain(now, 'reached, but not expected');
    seen(now);
  });
  window.keyboard = {stops, walk, wrong, told};
  return [stops.length, document.querySelectorAll('input[type=date], input[type=time]').length];
}"""
# Walked at a telephone's width too, or four times as large at a screen's.
ALSO_NARROW = {
    "nodes:home",
    "nodes:au",
    "nodes:jobs",
    "nodes:findings",
    "titles:lists",
    "aus:titles",
    "aus:title",
    "polls:poll",
    "kbart:report",
    "network:network",
    "permissions:agreement",
    "common:gallery",
}
NOW = "() => [document.activeElement.className, document.activeElement.id]"
LEFT = "() => window.keyboard.stops.filter(one => !window.keyboard.walk.includes(one)).length"
JUDGED = """() => {
  const {stops, walk, wrong, told} = window.keyboard;
  const once = walk.filter((one, n) => stops.includes(one) && walk.indexOf(one) === n);
  stops.filter(one => !once.includes(one)).forEach(one => wrong.push(`never reached: ${told(one)}`));
  // The walk begins behind the skip link and comes round to it.
  const order = once.map(one => stops.indexOf(one));
  const turns = order.filter((one, n) => n && one < order[n - 1]).length;
  if (turns > 2) wrong.push(`out of order: ${order}`);
  return wrong;
}"""


def walked(page: Page) -> list[str]:
    """What is wrong with this page for who has no mouse."""
    stops, dates = page.evaluate(WATCH)
    own_start = page.evaluate("() => document.activeElement !== document.body")
    page.keyboard.press("Tab")
    told = []
    if not own_start and page.evaluate(NOW)[0] != "skip":
        told.append("the first stop is not the skip link")
    elif not own_start:
        page.keyboard.press("Enter")
        if page.evaluate(NOW)[1] != "content":
            told.append("the skip link does not lead to the content")
    # A date is asked for in parts; once round, the browser's own part between end and beginning included.
    for _ in range(stops + 3 * dates + 2):
        page.keyboard.press("Tab")
    for _ in range(20):
        if not page.evaluate(LEFT):
            break
        page.keyboard.press("Tab")
    return told + page.evaluate(JUDGED)


@pytest.mark.parametrize("part", range(2))
def test_every_control_is_reached_in_order_and_seen(shown, part) -> None:  # noqa: F811
    wrong = []
    with opened() as browser:
        page = browser.new_context(base_url=HOST, reduced_motion="reduce", viewport=WIDE).new_page()
        serve(page, shown)
        for name, (path, _) in sorted(shown.items())[part::2]:
            page.goto(path)
            wrong += [f"{name} {path}: {line}" for line in walked(page)]
            if name in ALSO_NARROW:
                page.set_viewport_size(NARROW)
                page.goto(path)
                wrong += [f"{name} {path}, narrow: {line}" for line in walked(page)]
                page.set_viewport_size(WIDE)
    assert not wrong, "\n".join(wrong)


# A page at fault in every way, and what is said of each.
FAULTY = """<html lang=en><style>
  :focus-visible { outline: 2px solid } .none:focus { outline: none }
  .over { position: fixed; inset: 200px 0 0 0; background: #fff }
  .away { position: fixed; left: -900px } .wait { position: absolute; top: 20px }
</style><a class=skip href="#content">Skip</a><main id=content tabindex=-1>
  <a href=/1>Good</a><a href=/2 class=none>Bare</a><a href=/4 class=away>Away</a>
  <p style="cursor: pointer">Pointed</p><details><summary>More</summary><button>Folded</button></details>
  <input id=trap><button style="position: absolute; top: 400px">Under</button><button id=last>Last</button>
</main><div class=over></div>
<script>addEventListener('keydown', one => { if (one.target.id === 'trap') one.preventDefault(); })</script>"""


def test_the_walk_would_tell(db) -> None:
    with opened() as browser:
        page = browser.new_page(viewport=WIDE)
        page.set_content(FAULTY)
        told = walked(page)
    for what, place in (
        ("no ring", "Bare"),
        ("outside the window", "Away"),
        ("only for the mouse", "Pointed"),
        ("never reached", "Under"),
        ("never reached", "Last"),
    ):
        assert any(line.startswith(what) and place in line for line in told), (what, told)
    assert not any("Good" in line or "Folded" in line for line in told)
    with opened() as browser:
        page = browser.new_page(viewport=WIDE)
        page.set_content(FAULTY.replace("id=trap", "tabindex=3"))
        told = walked(page)
    assert "the first stop is not the skip link" in told
    assert any(line.startswith("an order of its own: <input") for line in told)
    assert any(line.startswith("behind <div") and "Under" in line for line in told)
