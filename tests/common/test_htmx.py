"""One view, one template; htmx is sent the part it replaces."""

import pytest
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.test import RequestFactory

from apps.common.htmx import for_htmx, wanted_part
from apps.common.pages import Confirm, confirm_page, is_confirmed

ASKED = {"HX-Request": "true", "HX-Target": "jobs"}


@for_htmx({"jobs": "common/list.html"})
def page(request):
    return TemplateResponse(request, "base.html", {})


@pytest.mark.parametrize(
    ("headers", "template"),
    [
        ({}, "base.html"),
        ({"HX-Target": "jobs"}, "base.html"),
        (ASKED, "common/list.html"),
        ({**ASKED, "HX-Target": "else"}, "base.html"),
        ({**ASKED, "HX-History-Restore-Request": "true"}, "base.html"),
    ],
)
def test_which_template(headers, template) -> None:
    response = page(RequestFactory().get("/", headers=headers))
    assert response.template_name == template
    assert response["Vary"] == "HX-Request, HX-Target"


def test_a_finished_page_cannot_be_cut() -> None:
    @for_htmx({"jobs": "common/list.html"})
    def finished(request):
        return HttpResponse("all")

    assert finished(RequestFactory().get("/")).content == b"all"
    with pytest.raises(TypeError, match="finished"):
        finished(RequestFactory().get("/", headers=ASKED))


def test_redirects_pass() -> None:
    @for_htmx({"jobs": "common/list.html"})
    def away(request):
        return HttpResponseRedirect("/there/")

    assert away(RequestFactory().get("/", headers=ASKED)).status_code == 302


def test_no_part_is_wanted_by_a_browser() -> None:
    assert wanted_part(RequestFactory().get("/")) == ""


def test_a_confirmation_asks_first_and_counts_only_when_posted() -> None:
    factory = RequestFactory()
    confirm = Confirm(
        "Remove?", "It goes.", "Remove it", "/back/", ("one <b>",), "The WARC files stay.", {"id": "7"}
    )
    request = factory.get("/", {"confirmed": "yes"})
    assert not is_confirmed(request)
    html = confirm_page(request, confirm).render().content.decode()
    assert 'name="confirmed" value="yes"' in html
    assert 'name="id" value="7"' in html
    assert "one &lt;b&gt;" in html
    assert 'href="/back/"' in html
    assert is_confirmed(factory.post("/", {"confirmed": "yes"}))
    assert not is_confirmed(factory.post("/", {}))
