"""The manifest page's writer: what it writes is what a node recognises, filled in for people of this node only."""

import pytest

from apps.lockss.permission import Network, try_page
from tests import factories as make
from tests.asking import as_person

pytestmark = pytest.mark.django_db
PATH = "/permissions/manifest/"
VOLUMES = "https://journal.example/vol/1/ Volume 1 (2023)\n\n  journal.example/vol/2/ <Volume> 2\nhttp://journal.example/3"


def form(**given) -> dict:
    return {
        "title": "Tides & Mud",
        "publisher": "Tidewater Press",
        "volumes": VOLUMES,
        "network": "lockss",
        **given,
    }


@pytest.mark.parametrize("network", Network)
def test_what_is_downloaded_permits(client, network) -> None:
    answer = client.post(PATH, form(network=network.value, download="yes"))
    assert answer["Content-Disposition"] == f'attachment; filename="tides-mud-{network}.html"'
    assert answer["Content-Type"] == "application/octet-stream"
    page = answer.content.decode()
    assert try_page(answer.content, network).granted
    assert '<a href="https://journal.example/vol/1/">Volume 1 (2023)</a>' in page
    assert '<a href="https://journal.example/vol/2/">&lt;Volume&gt; 2</a>' in page
    assert '<a href="http://journal.example/3">http://journal.example/3</a>' in page


def test_what_is_shown_is_text_to_copy(client) -> None:
    answer = client.post(PATH, form(open_access="on"))
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "It was tried here and permits." in shown
    assert "serve this open access Archival Unit" in shown
    assert "&lt;h1&gt;Tides &amp;amp; Mud&lt;/h1&gt;" in shown
    assert "/permissions/test/?network=lockss" in shown
    assert 'form="about"' in shown


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"title": ""}, "title", "required"),
        (
            {"volumes": "https://ok.example/ x\njavascript:alert(1) y"},
            "volumes",
            "Line 2: “javascript:alert(1) y” is no address.",
        ),
        ({"volumes": "\n".join(f"https://a.example/{n}" for n in range(501))}, "volumes", "500 volumes"),
        ({"network": "none"}, "network", "valid choice"),
    ],
)
def test_what_cannot_be_written(client, given, field, said) -> None:
    answer = client.post(PATH, form(**given))
    assert answer.status_code == 422
    assert said in str(answer.context["form"].errors[field]).replace("&#x27;", "'")


def test_a_title_is_filled_in_for_people_of_this_node_only(client) -> None:
    title = make.make_title("Tides")
    path = f"{PATH}?title={title.pk}"
    assert "Tides" not in client.get(path).content.decode()
    as_person(client)
    shown = client.get(path).content.decode()
    assert 'value="Tides"' in shown
    assert 'value="Tidewater Press"' in shown
    for odd in ("x", "999999", "9" * 40, "²"):
        assert client.get(f"{PATH}?title={odd}").status_code == 200
    assert f"{PATH}?title={title.pk}" in client.get(f"/titles/{title.pk}/").content.decode()
