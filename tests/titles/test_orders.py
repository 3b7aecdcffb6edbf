"""What an import added and changed, and what a list names, stand in the order that is asked for."""

from dataclasses import replace

import pytest

from apps.titles import lists_orders
from apps.titles.models import ImportChange
from tests.asking import as_person
from tests.titles.factories import read_au, read_title
from tests.titles.test_related import lines
from tests.titles.test_undoing import do

pytestmark = pytest.mark.django_db


def first_column(client, address: str) -> list[str]:
    page = client.get(address).context["list"]
    return [str(page.table.columns[0].cell(one).value) for one in page.table.shown(page.items)]


@pytest.mark.parametrize("page", ["imports/{row.pk}/added/", "{row.title_list_id}/aus/"])
def test_units(client, page):
    as_person(client)
    row = do([read_au(read_title(name), volume) for name, volume in (("B", 2), ("A", 9), ("C", 1))])
    own = f"/lists/{page.format(row=row)}"
    names = ["B Volume 2", "A Volume 9", "C Volume 1"]
    assert first_column(client, f"{own}?sort=name") == sorted(names)
    assert first_column(client, f"{own}?sort=-title") == sorted(names, reverse=True)
    assert sorted(first_column(client, f"{own}?sort=status")) == sorted(names)


def test_lines(client):
    as_person(client)
    lines("Coverage", (read_title("B"), "1"), (read_title("A"), "2"))
    row = do([read_au(read_title("A"), 1)])
    other = row.title_list.__class__.objects.get(name="Coverage")
    for own in (f"/lists/imports/{other.imports.get().pk}/added/", f"/lists/{other.pk}/coverage/"):
        assert first_column(client, f"{own}?sort=title") == ["A", "B"]
        assert first_column(client, f"{own}?sort=-title") == ["B", "A"]
        assert client.get(f"{own}?sort=span").status_code == 200


def test_changes(client):
    as_person(client)
    aus = [read_au(read_title(name), 1) for name in ("B", "C", "A")]
    do(aus)
    row = do([replace(au, status="down", title=read_title(au.title.name, issn="1234-5679")) for au in aus])
    assert ImportChange.objects.filter(list_import=row).count() == 6
    own = f"/lists/imports/{row.pk}/changes/"
    wanted = ["A", "A Volume 1", "B", "B Volume 1", "C", "C Volume 1"]
    assert first_column(client, f"{own}?sort=subject") == wanted
    assert first_column(client, f"{own}?sort=-subject") == wanted[::-1]
    assert first_column(client, f"{own}?sort=kind&kind=title") != []


def test_of_very_many_rows_no_order_is_offered(client, monkeypatch):
    as_person(client)
    row = do([read_au(read_title(name), 1) for name in "BCA"])
    monkeypatch.setattr(lists_orders, "MOST_IN_ORDER", 2)
    own = f"/lists/imports/{row.pk}/added/"
    assert not any(head.href for head in client.get(own).context["list"].heads)
    assert client.get(f"{own}?sort=name").status_code == 400
