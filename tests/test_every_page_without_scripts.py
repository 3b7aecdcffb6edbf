"""Every page of the portal as a browser reads it that runs no scripts: each control leads somewhere by itself."""

from html.parser import HTMLParser

import pytest

from tests.test_addresses import paths  # noqa: F401 - the fixture
from tests.test_every_page import shown  # noqa: F401 - the fixture

pytestmark = pytest.mark.django_db
SENDS = {"hx-post", "hx-put", "hx-patch", "hx-delete"}
# These ask for news of themselves, and have a link that asks for it too (test_live_parts).
LIVE = "data-live"
# A page of samples for who builds pages; what they lead to is nowhere.
SAMPLES = "common:gallery"
VOID = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]


class Controls(HTMLParser):
    """What of a page does nothing without scripts, or something else than it says."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.ids: set[str] = set()
        self.form_ids: set[str] = set()
        self.belongs: set[str] = set()
        self.forms: list[int] = []
        self.hidden: list[bool] = []
        self.tags: list[str] = []
        self.sendable: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        own = dict(attrs)
        hidden = "hidden" in own or any(self.hidden)
        if tag not in VOID:
            self.tags.append(tag)
            self.hidden.append("hidden" in own)
        if identity := own.get("id"):
            self.ids.add(identity)
        if tag == "form":
            self._form(own)
        elif not hidden:
            self._control(tag, own)

    def _form(self, own: dict) -> None:
        if self.forms:
            # Browsers leave the inner one out: its button would send the outer one.
            self.wrong.append(f"a form within a form: {own}")
        self.forms.append(len(self.tags))
        # Browsers give a passkey to scripts alone; the form says so and names the other ways.
        self.sendable.append("data-passkey" in own)
        self.form_ids.add(own.get("id") or "")
        if own.get("method", "get") not in ("get", "post"):
            self.wrong.append(f"no such method: {own}")

    def _control(self, tag: str, own: dict) -> None:
        if self.sendable and (
            (tag == "button" and own.get("type", "submit") == "submit") or own.get("type") == "submit"
        ):
            self.sendable[-1] = True
        if (tag == "a" and own.get("href", "") in ("#", "javascript:void(0)")) or (
            tag == "a" and "href" not in own
        ):
            self.wrong.append(f"a link to nowhere: {own}")
        if tag == "button":
            if own.get("type") == "button":
                self.wrong.append(f"a button for scripts alone: {own}")
            elif not self.forms and "form" not in own:
                self.wrong.append(f"a button of no form: {own}")
        if own.get("form"):
            self.belongs.add(own["form"])
        if (
            SENDS & set(own)
            or ("hx-get" in own and LIVE not in own)
            or [one for one in own if one.startswith("on")]
        ):
            self.wrong.append(f"only for scripts: <{tag}> {own}")

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.tags:
            return
        while self.tags:
            if self.forms and self.forms[-1] == len(self.tags):
                self.forms.pop()
                if not self.sendable.pop():
                    self.wrong.append("a form that nothing sends")
            self.hidden.pop()
            if self.tags.pop() == tag:
                return


def faults(text: str) -> list[str]:
    page = Controls()
    page.feed(text)
    strange = [f"belongs to no form of the page: {one}" for one in sorted(page.belongs - page.form_ids)]
    return page.wrong + strange


def test_every_control_does_something_by_itself(shown) -> None:  # noqa: F811
    wrong = [
        f"{name} {path}: {line}"
        for name, (path, answer) in sorted(shown.items())
        if name != SAMPLES
        for line in faults(answer.content.decode())
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<form><form><button>Go</button></form></form>", "a form within a form"),
        ("<form><input name=a></form>", "nothing sends"),
        ("<a href='#'>Go</a>", "nowhere"),
        ("<a>Go</a>", "nowhere"),
        ("<button>Go</button>", "of no form"),
        ("<form><button type=button>Go</button><button>Go</button></form>", "scripts alone"),
        ("<button form=other>Go</button>", "belongs to no form"),
        ("<p hx-post=/go/>Go</p>", "only for scripts"),
        ("<p onclick=go()>Go</p>", "only for scripts"),
        ("<form method=dialog><button>Go</button></form>", "no such method"),
    ],
)
def test_it_would_tell(text: str, said: str) -> None:
    assert said in " ".join(faults(text))


def test_it_is_content_with_what_works() -> None:
    good = (
        "<form method=post id=one><input name=a><br><p><button formaction=/b/>Go</button></p></form>"
        "<button form=one>Go</button><a href=/c/>Go</a><p data-live hx-get=/d/></p><button type=button hidden>Go</button>"
    )
    assert faults(good) == []
